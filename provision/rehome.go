package provision

import (
	"cmp"
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"strings"
)

//go:embed sql/objects/move_rights.sql
var moveRightsSQL string

// Rehome makes an installation of its own of a database that is a copy; see [Provisioner.CheckCopy]. It gets another
// installation id, a shared role and tenants' roles with the new id in their names, and the environment and application
// role that Config names, where it names one, and no further logins. The rights of the old roles in this database go to
// the new ones. The database that it was copied from keeps its roles and all that they have there, and is not touched.
//
// Keep programs away from the copy until Rehome has returned. Each tenant has a transaction of its own: when Rehome is
// cut off, nothing can be provisioned in the copy before it has been called again. In a database that is no copy it
// does nothing.
//
// It calls progress after each tenant with how many are done and how many are left; nil means nobody is told. The error
// matches [ErrNotInitialized], [ErrUpgradeRequired], [ErrAppRole] or [ErrPrivileges], on Citus
// [ErrUnsupportedStrategy], or is that of ctx.
func (p *Provisioner) Rehome(ctx context.Context, progress func(done, left int)) error {
	in, err := p.beginRehome(ctx)
	if err != nil || in.home.rehomedFrom == "" {
		return wrap("rehome", "", err)
	}
	ids, err := p.toRehome(ctx, in)
	if err != nil {
		return wrap("rehome", "", err)
	}
	l := lease{db: p.db}
	defer l.retire()
	for i, id := range ids {
		conn, err := l.get(ctx)
		if err != nil {
			return wrap("rehome", "", err)
		}
		if err := p.rehomeTenant(ctx, conn, in, id); err != nil {
			return wrap("rehome", id, err)
		}
		if progress != nil {
			progress(i+1, len(ids)-i-1)
		}
	}
	return wrap("rehome", "", p.endRehome(ctx))
}

// beginRehome gives the installation its new id and makes all that belongs to no tenant. It returns the installation as
// it is then; one that is no copy is as it was.
func (p *Provisioner) beginRehome(ctx context.Context) (in installation, err error) {
	a := &action{name: "rehome"}
	return in, p.act(ctx, a, func(tx *sql.Tx) error {
		srv, err := readServer(ctx, tx)
		if err != nil {
			return err
		}
		if in, err = p.readInstallation(ctx, tx, "", nil); err != nil {
			return err
		}
		if in.version != systemVersion {
			return versionError(in.version)
		}
		if in.home.check() == nil || in.home.rehomedFrom != "" {
			a.recorded = true
			return nil
		}
		if in.distribution != Local {
			return fmt.Errorf("%w: a copy on %q, of which the workers have no part", ErrUnsupportedStrategy,
				string(in.distribution))
		}
		old := in
		in = p.rehomed(old)
		a.detail = fmt.Sprintf("from installation %s to %s, environment %q to %q", old.id, in.id, old.environment,
			in.environment)
		if err := srv.checkRoles(ctx, tx, p.cfg, in); err != nil {
			return err
		}
		return p.rehomeInstallation(ctx, tx, srv, old, in)
	})
}

// rehomed is what a copy becomes.
func (p *Provisioner) rehomed(old installation) installation {
	in := old
	in.id = newInstallationID()
	in.sharedRole = sharedRoleName(in.id)
	in.environment = p.cfg.Environment
	in.appRole, in.loginRole, in.logins = cmp.Or(p.cfg.AppRole, old.appRole), "", nil
	in.home.rehomedFrom = old.sharedRole
	return in
}

func (p *Provisioner) rehomeInstallation(ctx context.Context, tx *sql.Tx, srv server, old, in installation) error {
	if err := createSharedRole(ctx, tx, srv, in); err != nil {
		return err
	}
	if err := moveRights(ctx, tx, old.sharedRole, in.sharedRole); err != nil {
		return err
	}
	for _, login := range old.allLogins() {
		if login == in.appRole || login == old.appRole && !old.app.exists {
			continue
		}
		if err := p.closeSystemSchema(ctx, tx, login); err != nil {
			return err
		}
	}
	const update = `
UPDATE {{system}}.installation SET id = $1, shared_role = $2, app_role = $3, environment = $4, rehomed_from = $5,
       login_role = NULL, logins = '{}'`
	_, err := tx.ExecContext(ctx, p.system(update), in.id, in.sharedRole, in.appRole, in.environment, old.sharedRole)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, p.system(`DELETE FROM {{system}}.reserve`)); err != nil {
		return err
	}
	return p.grantInstallation(ctx, tx, srv, in)
}

// moveRights gives a role what from has in this database, and takes it from that.
func moveRights(ctx context.Context, tx *sql.Tx, from, to string) error {
	return runMade(ctx, tx, moveRightsSQL, from, to)
}

// toRehome returns the tenants whose roles still have the old name.
func (p *Provisioner) toRehome(ctx context.Context, in installation) ([]string, error) {
	const query = `
SELECT id FROM {{system}}.tenant WHERE starts_with(role_name, $1) AND state <> 'dropped' ORDER BY id`
	return rowsOf(ctx, p.db, itself[string], p.system(query), in.home.rehomedFrom)
}

// rehomeTenant gives a tenant a role of this installation, with the rights of the old one.
func (p *Provisioner) rehomeTenant(ctx context.Context, db handle, in installation, id string) error {
	a := &action{name: "rehome", tenant: id}
	return p.actOn(ctx, db, a, func(tx *sql.Tx) error {
		t, err := p.row(ctx, tx, id)
		if err != nil {
			return err
		}
		old := t.Role
		suffix, found := strings.CutPrefix(old, in.home.rehomedFrom)
		if !found || t.State == Dropped { // another caller was here first
			a.recorded = true
			return nil
		}
		t.Role, a.detail = in.sharedRole+suffix, "from role "+old
		s, err := p.checkStrategy(ctx, tx, in)
		if err != nil {
			return err
		}
		statements := []string{makeRole(in, s, t)}
		if t.State == Active {
			statements = append(statements, in.grantMembership(t, in.holder()))
		}
		if _, err := tx.ExecContext(ctx, strings.Join(statements, ";\n")); err != nil {
			return boundaryError(t, err)
		}
		if err := moveRights(ctx, tx, old, t.Role); err != nil {
			return err
		}
		const update = `UPDATE {{system}}.tenant SET role_name = $2 WHERE id = $1`
		if _, err := tx.ExecContext(ctx, p.system(update), id, t.Role); err != nil {
			return err
		}
		return joinShared(ctx, tx, in, t)
	})
}

// endRehome ends it, if no tenant is left. Tombstones get names that no role has.
func (p *Provisioner) endRehome(ctx context.Context) error {
	a := &action{name: "rehome", detail: "finished"}
	return p.act(ctx, a, func(tx *sql.Tx) error {
		const tombstones = `
UPDATE {{system}}.tenant AS t SET role_name = i.shared_role || substr(t.role_name, length(i.rehomed_from) + 1)
  FROM {{system}}.installation AS i WHERE t.state = 'dropped' AND starts_with(t.role_name, i.rehomed_from)`
		if _, err := tx.ExecContext(ctx, p.system(tombstones)); err != nil {
			return err
		}
		const update = `
UPDATE {{system}}.installation AS i SET rehomed_from = NULL
 WHERE NOT EXISTS (SELECT FROM {{system}}.tenant WHERE starts_with(role_name, i.rehomed_from))`
		_, err := tx.ExecContext(ctx, p.system(update))
		return err
	})
}
