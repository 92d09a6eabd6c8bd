package provision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/docex/docex/internal/pgerr"
	"github.com/docex/docex/scope"
)

// visit is how WithTenant and ForEachTenant work for a tenant. Workers share it.
type visit struct {
	p         *Provisioner
	in        installation
	o         WithOptions
	suspended bool // suspended tenants are worked for, too
	f         TenantFunc
	// done ends the transaction's work as the administrator; nil for nothing more to do.
	done func(ctx context.Context, tx *sql.Tx) error
}

// visited is what became of a visit.
type visited struct {
	tenant   Tenant
	entered  bool         // f was called, or was about to be
	accepted []Difference // by Reseal
}

// run works for one tenant, in one transaction under its lock. conn is good for nothing else afterwards, see
// [TenantFunc].
func (v *visit) run(ctx context.Context, conn *sql.Conn, id string) (r visited, err error) {
	if err := forgetStatements(ctx, conn); err != nil {
		return r, err
	}
	worked := false
	err = v.p.lockedOn(ctx, conn, id, func(tx *sql.Tx) (err error) {
		if r.tenant, err = v.p.living(ctx, tx, id); err != nil {
			return err
		}
		if r.tenant.State == Suspended && !v.suspended {
			return fmt.Errorf("%w: its role cannot reach its schema, AsAdministrator does", scope.ErrTenantSuspended)
		}
		r.entered = true
		r.accepted, err = v.work(ctx, tx, r.tenant)
		worked = err == nil
		return err
	})
	if worked {
		err = v.in.committed(err)
	}
	return r, err
}

// committed says of the error of a COMMIT when it leaves open what has happened. Citus commits what one worker has
// changed there first: when it loses the worker then, or is canceled, its answer is an error, and the worker may have
// committed. A violated constraint of the coordinator's is found before.
func (in installation) committed(err error) error {
	switch {
	case err == nil, errors.Is(err, pgx.ErrTxCommitRollback):
		return err
	case err == context.Canceled || err == context.DeadlineExceeded || err == sql.ErrTxDone:
		return err // database/sql's own, which has sent nothing
	case pgerr.IsAnswer(err) && (in.distribution != Citus || pgerr.IsViolation(err)):
		return err
	}
	return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
}

func (v *visit) work(ctx context.Context, tx *sql.Tx, t Tenant) (accepted []Difference, err error) {
	began, joined, err := v.enter(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	m := &mark{db: v.p.db, systemSchema: v.p.cfg.SystemSchema, installation: v.in.id}
	if err := m.call(ctx, func(ctx context.Context) error { return v.f(ctx, tx, t) }); err != nil {
		return nil, v.explain(t, err)
	}
	if err := v.leave(ctx, tx, t, began, joined); err != nil {
		return nil, err
	}
	if v.o.Reseal {
		if accepted, err = v.reseal(ctx, tx, t); err != nil {
			return nil, err
		}
	}
	if v.done != nil {
		err = v.done(ctx, tx)
	}
	return accepted, err
}

// forgetStatements drops what pgx keeps prepared on a connection, by the text alone. Parameters and results of a type
// that the DDL makes are of one tenant's type there, and the server refuses those of the next.
func forgetStatements(ctx context.Context, conn *sql.Conn) error {
	return conn.Raw(func(c any) error {
		if c, ok := c.(*stdlib.Conn); ok { // not a wrapper for tracing and the like
			return c.Conn().DeallocateAll(ctx)
		}
		return nil
	})
}

// enter makes the transaction the tenant's. It returns when the transaction began, which tells it from any other of the
// session, and whether to enter took a membership which has to end with it.
func (v *visit) enter(ctx context.Context, tx *sql.Tx, t Tenant) (began string, joined bool, err error) {
	path := quote(t.Schema)
	if !v.o.AsAdministrator { // whose rights are not for what others may have put into a common schema since Create looked
		for _, s := range v.p.pathSchemas() {
			path += ", " + quote(s)
		}
	}
	const set = `
SELECT pg_catalog.set_config('docex.tenant_id', $1, true), pg_catalog.set_config('docex.user_id', session_user, true),
       pg_catalog.set_config('search_path', $2, true)`
	if _, err := tx.ExecContext(ctx, set, t.ID, path+", pg_temp"); err != nil {
		return "", false, err
	}
	if began, err = beganAt(ctx, tx); err != nil || v.o.AsAdministrator {
		return began, false, err
	}
	if joined, err = v.join(ctx, tx, t); err != nil {
		return began, joined, err
	}
	_, err = tx.ExecContext(ctx, "SET LOCAL ROLE "+quote(t.Role))
	return began, joined, err
}

// beganAt returns when the transaction began, to the microsecond, whatever f has set.
func beganAt(ctx context.Context, tx *sql.Tx) (at string, err error) {
	const query = `SELECT EXTRACT(epoch FROM pg_catalog.now())::pg_catalog.text`
	err = tx.QueryRowContext(ctx, query).Scan(&at)
	return at, err
}

// join makes the administrator a member of the tenant's role, unless the role can be taken on already. That gives no
// new power to whom may grant the role. From 16 on who creates a role may grant it and yet not take it on (PostgreSQL
// manual, 22.2 "Role Attributes", role creation); before, a superuser or any role with CREATEROLE may grant it.
func (v *visit) join(ctx context.Context, tx *sql.Tx, t Tenant) (joined bool, err error) {
	privilege, options := "MEMBER", ""
	if v.in.serverVersion >= inheritOption {
		privilege, options = "SET", " WITH INHERIT FALSE, SET TRUE"
	}
	var member bool
	const query = `SELECT pg_catalog.pg_has_role(session_user, $1, $2)`
	if err := tx.QueryRowContext(ctx, query, t.Role, privilege).Scan(&member); err != nil || member {
		return false, asSentinel(err, ErrDrift, codeUndefinedObject)
	}
	_, err = tx.ExecContext(ctx, "GRANT "+quote(t.Role)+" TO SESSION_USER"+options)
	return true, err
}

// defaultPrinting undoes settings of f's by which the server would print definitions in another way than Verify finds
// them.
const defaultPrinting = `; SET LOCAL datestyle TO DEFAULT; SET LOCAL intervalstyle TO DEFAULT;
SET LOCAL timezone TO DEFAULT; SET LOCAL extra_float_digits TO DEFAULT; SET LOCAL bytea_output TO DEFAULT;
SET LOCAL lc_monetary TO DEFAULT; SET LOCAL quote_all_identifiers TO DEFAULT`

// leave gives the transaction back to the administrator. Triggers that were put off to the commit run before, as f's
// statements did. A membership of join's ends here, so that nobody else ever sees it.
func (v *visit) leave(ctx context.Context, tx *sql.Tx, t Tenant, began string, joined bool) error {
	now, err := beganAt(ctx, tx)
	if err != nil {
		return err
	}
	if now != began {
		return errors.New("the function has ended the transaction itself, and may have committed what it did")
	}
	statements := "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL ROLE " + quote(v.in.administrator) +
		"; SET LOCAL search_path = pg_catalog, pg_temp"
	if v.o.Reseal {
		statements += defaultPrinting
	}
	if joined {
		statements += "; REVOKE " + quote(t.Role) + " FROM SESSION_USER"
	}
	_, err = tx.ExecContext(ctx, statements)
	return err
}

// reseal is Reseal in the transaction of a visit.
func (v *visit) reseal(ctx context.Context, tx *sql.Tx, t Tenant) ([]Difference, error) {
	detail, accepted, err := v.p.resealIn(ctx, tx, v.in, t, ResealOptions{})
	if err != nil {
		return nil, fmt.Errorf("reseal: %w", err)
	}
	return accepted, v.p.record(ctx, tx, action{name: "reseal", tenant: t.ID, detail: detail}, Done)
}

// explain names the way to rights that f lacked: on the tenant's own schema, where the role lacks no other than CREATE,
// or an owner's, which the server says in English where its messages are.
func (v *visit) explain(t Tenant, err error) error {
	var pg *pgconn.PgError
	if v.o.AsAdministrator || !hasCode(err, codeInsufficientPrivilege) || !errors.As(err, &pg) {
		return err
	}
	if !strings.HasPrefix(pg.Message, "must be owner of ") && replaceName(pg.Message, t.Schema) == pg.Message {
		return err
	}
	return fmt.Errorf("%w: the tenant's role makes and changes no tables, AsAdministrator does: %w", ErrPrivileges, err)
}
