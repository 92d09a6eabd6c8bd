package provision

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/docex/docex/scope"
)

// forEachPage is how many tenants are read at a time.
const forEachPage = 200

// forEachRun is one call of ForEachTenant. Its workers share it.
type forEachRun struct {
	p  *Provisioner
	in installation
	o  ForEachOptions
	f  TenantFunc

	mu                   sync.Mutex // guards what follows
	page                 []Tenant   // read and not yet taken
	after                string     // the last id of the page
	over                 bool       // nothing more is to be taken
	done, failed, passed int
	errs                 []error
}

// work is one worker. It has a connection before it takes a tenant, and reads pages on it, so one connection is enough.
func (r *forEachRun) work(ctx context.Context) {
	l := lease{db: r.p.db}
	defer l.retire() // its prepared statements are gone, those of the handle's other users included
	for {
		conn, err := l.get(ctx)
		if err != nil {
			r.stop(err)
			return
		}
		t, more, err := r.next(ctx, conn)
		if err != nil {
			r.stop(err)
		}
		if !more {
			return
		}
		entered, err := r.visit(ctx, conn, t)
		if err != nil {
			l.retire()
		}
		r.count(t, entered, err)
	}
}

// next takes a tenant. Pages go on behind the last id, not at an offset: what is created or dropped meanwhile moves
// nothing.
func (r *forEachRun) next(ctx context.Context, conn *sql.Conn) (t Tenant, more bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return Tenant{}, false, nil
	}
	if len(r.page) == 0 {
		if r.page, err = r.p.page(ctx, conn, ListOptions{After: r.after, Limit: forEachPage}); err != nil {
			return Tenant{}, false, err
		}
		if len(r.page) == 0 {
			r.over = true
			return Tenant{}, false, nil
		}
		r.after = r.page[len(r.page)-1].ID
	}
	t, r.page = r.page[0], r.page[1:]
	return t, true, nil
}

// stop ends the run for an error that is not about one tenant. Workers that meet it too say nothing new.
func (r *forEachRun) stop(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.errs = append(r.errs, err)
	}
	r.over = true
}

func (r *forEachRun) count(t Tenant, entered bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil:
		r.failed++
		r.errs = append(r.errs, wrap("visit", t.ID, err))
		r.over = r.over || !r.o.KeepGoing
	case entered:
		r.done++
	default:
		r.passed++
	}
}

// visit runs f for one tenant and reports whether it did.
func (r *forEachRun) visit(ctx context.Context, conn *sql.Conn, t Tenant) (entered bool, err error) {
	if err := forgetStatements(ctx, conn); err != nil {
		return false, err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback() // does nothing after a commit
	t, err = r.p.row(ctx, tx, t.ID)
	switch {
	case errors.Is(err, scope.ErrTenantNotProvisioned):
		return false, nil
	case err != nil:
		return false, err
	case t.State != Active && !(r.o.Suspended && t.State == Suspended):
		return false, nil
	}
	joined, err := r.enter(ctx, tx, t)
	if err != nil {
		return false, err
	}
	if err := r.f(ctx, tx, t); err != nil {
		return true, err
	}
	if joined {
		if err := r.unjoin(ctx, tx, t); err != nil {
			return true, err
		}
	}
	return true, tx.Commit()
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

// enter makes the transaction the tenant's, and reports whether that took a membership which has to end with it.
func (r *forEachRun) enter(ctx context.Context, tx *sql.Tx, t Tenant) (joined bool, err error) {
	path := quote(t.Schema)
	if !r.o.AsAdministrator { // whose rights are not for what others may have put into a common schema since Create looked
		for _, s := range r.p.pathSchemas() {
			path += ", " + quote(s)
		}
	}
	const set = `
SELECT pg_catalog.set_config('docex.tenant_id', $1, true), pg_catalog.set_config('docex.user_id', session_user, true),
       pg_catalog.set_config('search_path', $2, true)`
	if _, err := tx.ExecContext(ctx, set, t.ID, path+", pg_temp"); err != nil || r.o.AsAdministrator {
		return false, err
	}
	if joined, err = r.join(ctx, tx, t); err != nil {
		return joined, err
	}
	_, err = tx.ExecContext(ctx, "SET LOCAL ROLE "+quote(t.Role))
	return joined, err
}

// join makes the administrator a member of the tenant's role, unless the role can be taken on already. That gives no
// new power to whom may grant the role. From 16 on who creates a role may grant it and yet not take it on (PostgreSQL
// manual, 22.2 "Role Attributes", role creation); before, a superuser or any role with CREATEROLE may grant it.
func (r *forEachRun) join(ctx context.Context, tx *sql.Tx, t Tenant) (joined bool, err error) {
	privilege, options := "MEMBER", ""
	if r.in.serverVersion >= inheritOption {
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

// unjoin undoes join before the commit, so that nobody else ever sees the membership. Triggers that were put off to the
// commit run before it, as the tenant's role.
func (r *forEachRun) unjoin(ctx context.Context, tx *sql.Tx, t Tenant) error {
	_, err := tx.ExecContext(ctx, "SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL ROLE "+quote(r.in.administrator)+
		"; REVOKE "+quote(t.Role)+" FROM SESSION_USER")
	return err
}
