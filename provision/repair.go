package provision

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"
)

// RepairOutcome is what Repair did for one tenant.
type RepairOutcome struct {
	Tenant Tenant // as registered
	// Repaired are the differences that were there before, and are not there now. Empty: there was nothing to do.
	Repaired []Difference
	// Err is nil when the tenant is now as the registry says. A *[DriftError] names what Repair leaves to you, such as a
	// schema that is not there; what it could make is made all the same. Any other error has changed nothing.
	Err error
}

// Repair makes anew what the registry says and the server lacks: roles belong to the server, so a database that was
// restored on another one comes without them, and without the rights that they had. It makes the shared role and the
// tenants' roles, the memberships that go with each tenant's state, the rights on the system schema, on shared schemas
// and on tenants' schemas, and the default privileges. It takes from PUBLIC what Init and Create take, which a restore
// gives back. Where a description of the tenant was recorded, the tenant's role gets the rights that stand in it, as
// far as Create gives them, and no others.
//
// On [Citus] it moves to the workers what of a tenant is on the coordinator, as an older docex has left all tables,
// with their rows. That takes the time of copying them, and keeps everybody from the tables meanwhile. To every worker
// it sends the rights again, for one that was added since the tenants were made.
//
// It makes nothing else. It drops nothing, changes no data, resumes no suspended tenant, and changes no role that is
// there. A tenant without its schema is reported and left as it is. Repair can be repeated, and goes on where an
// earlier one was cut off: each tenant has a transaction of its own, under its lock.
//
// Where the recorded application role does not exist on the server, Config.AppRole may name another one, which is
// recorded in its place.
//
// It calls report once for each tenant that was not dropped, in no particular order, for some at a time; while report
// runs no connection is held for it. When ctx ends, those that were repaired are reported first, except the one that it
// was at. The error is not about single tenants: it is that of ctx, or one of Init's, or matches
// [ErrInvalidConfig] for a nil report.
func (p *Provisioner) Repair(ctx context.Context, report func(RepairOutcome)) error {
	if report == nil {
		return wrap("repair", "", invalidConfig("no function to report to"))
	}
	in, err := p.repairInstallation(ctx)
	if err != nil {
		return wrap("repair", "", err)
	}
	shapes, err := lru.New[string, shape](verifyShapes)
	if err != nil {
		return wrap("repair", "", err)
	}
	v := &verifier{Provisioner: p, in: in, shapes: shapes}
	return wrap("repair", "", p.eachPage(ctx, leaseTenants, func(chunk []Tenant) error {
		return v.repairChunk(ctx, chunk, report)
	}))
}

// repairInstallation makes what belongs to no tenant.
func (p *Provisioner) repairInstallation(ctx context.Context) (in installation, err error) {
	a := &action{name: "repair"}
	return in, p.act(ctx, a, func(tx *sql.Tx) error {
		srv, err := readServer(ctx, tx)
		if err != nil {
			return err
		}
		if err := srv.check(); err != nil {
			return err
		}
		if in, err = p.repairAppRole(ctx, tx, a); err != nil {
			return err
		}
		if err := srv.checkRoles(ctx, tx, p.cfg, in); err != nil {
			return err
		}
		strategy, err := p.checkStrategy(ctx, tx, in)
		if err != nil {
			return err
		}
		if err := p.repairSharedRole(ctx, tx, srv, in); err != nil {
			return err
		}
		if err := repairLoginRole(ctx, tx, in); err != nil {
			return err
		}
		if err := p.closeToPublic(ctx, tx); err != nil {
			return err
		}
		if err := p.grantInstallation(ctx, tx, srv, in); err != nil {
			return err
		}
		return strategy.restoreRights(ctx, tx, in)
	})
}

// repairAppRole reads the installation, and records the configured application role where the recorded one is not on
// the server.
func (p *Provisioner) repairAppRole(ctx context.Context, tx *sql.Tx, a *action) (installation, error) {
	in, err := p.readInstallation(ctx, tx, "", nil)
	if err != nil {
		return in, err
	}
	if err := in.home.check(); err != nil {
		return in, err
	}
	if p.cfg.AppRole == "" || p.cfg.AppRole == in.appRole || in.app.exists {
		return in, in.check(p.cfg)
	}
	a.detail = fmt.Sprintf("the application role was %q, which does not exist here, and is %q", in.appRole, p.cfg.AppRole)
	in.appRole = p.cfg.AppRole
	in.logins = slices.DeleteFunc(in.logins, func(login string) bool { return login == in.appRole })
	if err := in.check(p.cfg); err != nil {
		return in, err
	}
	const update = `UPDATE {{system}}.installation SET app_role = $1, logins = array_remove(logins, $1)`
	_, err = tx.ExecContext(ctx, p.system(update), in.appRole)
	return in, err
}

func (p *Provisioner) repairSharedRole(ctx context.Context, tx *sql.Tx, srv server, in installation) error {
	if !in.tenantRoles() {
		return nil
	}
	exists, err := roleThere(ctx, tx, in.sharedRole)
	if err != nil {
		return err
	}
	if !exists {
		return createSharedRole(ctx, tx, srv, in)
	}
	if _, err := tx.ExecContext(ctx, expand(grantConnect, "role", in.sharedRole, "database", srv.database)); err != nil {
		return err
	}
	return recordHome(ctx, tx, in)
}

// repairLoginRole makes the role of the logins, and their memberships.
func repairLoginRole(ctx context.Context, tx *sql.Tx, in installation) error {
	if in.loginRole == "" {
		return nil
	}
	exists, err := roleThere(ctx, tx, in.loginRole)
	if err != nil {
		return err
	}
	if !exists {
		return createLoginRole(ctx, tx, in)
	}
	for _, login := range in.allLogins() {
		if _, err := tx.ExecContext(ctx, in.grantLoginRole(login)); err != nil {
			return err
		}
	}
	return nil
}

func roleThere(ctx context.Context, q queryer, role string) (exists bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT to_regrole(quote_ident($1)) IS NOT NULL`, role).Scan(&exists)
	return exists, err
}

// closeToPublic takes from PUBLIC what the files of the system schema take. pg_restore runs the REVOKE and the GRANT of
// an object in one transaction, so without the role of the GRANT the REVOKE is lost too.
func (p *Provisioner) closeToPublic(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, p.system(`
REVOKE ALL ON SCHEMA {{system}} FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA {{system}} FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA {{system}} FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA {{system}} FROM PUBLIC`))
	return err
}

// repairChunk repairs those tenants of a chunk that are not sound. It reports after each batch that had one, on which
// the server works for a while: somebody may be watching, and what is cut off has told what it has done.
func (v *verifier) repairChunk(ctx context.Context, chunk []Tenant, report func(RepairOutcome)) error {
	l := lease{db: v.db}
	var outcomes []RepairOutcome
	tell := func() {
		l.retire()
		for _, o := range outcomes {
			report(o)
		}
		outcomes = outcomes[:0]
	}
	defer tell()
	for batch := range slices.Chunk(chunk, verifyBatch) {
		sound, err := v.sound(ctx, &l, batch) // an error is each tenant's, or none, below
		if err != nil {
			l.retire()
		}
		for _, t := range batch {
			o := RepairOutcome{Tenant: t}
			if !sound[t.ID] {
				o.Repaired, err = v.repairOne(ctx, &l, t.ID)
				o.Err = wrap("repair", t.ID, err)
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if !goneMeanwhile(t, o.Err) {
				outcomes = append(outcomes, o)
			}
		}
		if len(sound) < len(batch) {
			tell()
		}
	}
	return nil
}

// repairOne repairs a tenant and records it in the audit log. It returns what is repaired, and as an error what is not.
func (v *verifier) repairOne(ctx context.Context, l *lease, id string) (repaired []Difference, err error) {
	conn, err := l.get(ctx)
	if err != nil {
		return nil, err
	}
	a := &action{name: "repair", tenant: id}
	var left []Difference
	err = v.actOn(ctx, conn, a, func(tx *sql.Tx) error {
		in, err := v.installation(ctx, tx) // AddLogin may have changed who holds the tenants' roles
		if err != nil {
			return err
		}
		t, err := v.living(ctx, tx, id)
		if err != nil {
			return err
		}
		now := &verifier{Provisioner: v.Provisioner, in: in, shapes: v.shapes}
		repaired, left, err = now.repair(ctx, tx, t)
		repaired, left = in.named(t, repaired), in.named(t, left)
		a.recorded = len(repaired) == 0
		a.detail = fmt.Sprintf("%d repaired, %d left", len(repaired), len(left))
		return err
	})
	if err != nil && !errors.Is(err, ErrDrift) {
		l.retire()
		return nil, err
	}
	return repaired, cmp.Or(err, driftError(left))
}
