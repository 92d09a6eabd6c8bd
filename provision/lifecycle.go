package provision

import (
	"context"
	"database/sql"
	"strings"

	"github.com/docex/docex/scope"
)

// Suspend stops all work for a tenant and keeps its data. From its commit on the pin function refuses the tenant, the
// application's login role may no longer take on the tenant's role, and that role has lost the schema: sessions already
// pinned to it fail at their next statement that touches the schema, because the server drops every cached plan when
// the rights on a schema change. A statement that is running is not cut off, nor is a cursor that is open; and a
// transaction that is under way may repeat prepared statements that it has run, since the server looks at such changes
// when a table is locked, and it holds those locks until it ends.
//
// Suspend waits for whoever holds the tenant's lock: another operation on it, or the function of WithTenant or
// ForEachTenant that is at work in it.
//
// On [Citus] every worker has to answer. When one does not, Suspend does it on the coordinator alone, where the
// application works: there the tenant is stopped as everywhere. The error is a *[CitusError] with Missing "worker" and
// Suspended set then. The workers keep the role's rights, of which only those could make use who log in there directly,
// until Suspend is called again.
//
// Suspending a suspended tenant does it again and is no error; nor is it when the tenant's schema or role is gone. The
// error matches scope.ErrTenantNotProvisioned for an unknown or dropped tenant, scope.ErrSystemTenant,
// [ErrNotInitialized], [ErrEnvironmentMismatch] or [ErrDrift].
func (p *Provisioner) Suspend(ctx context.Context, id string) error {
	err := p.setState(ctx, "suspend", id, Suspended, revokeUse)
	if !isWithoutWorker(err) {
		return wrap("suspend", id, err)
	}
	return wrap("suspend", id, p.suspendOnCoordinator(ctx, id, err))
}

// Resume undoes Suspend. Resuming an active tenant is no error. The errors are those of Suspend.
func (p *Provisioner) Resume(ctx context.Context, id string) error {
	return wrap("resume", id, p.setState(ctx, "resume", id, Active, grantUse))
}

// setState writes the registry and runs the statement that makes the server's rights agree with it.
func (p *Provisioner) setState(
	ctx context.Context, op, id string, to State, rights func(context.Context, *sql.Tx, installation, Tenant) error,
) error {
	return p.change(ctx, op, id, func(tx *sql.Tx, in installation, t Tenant) (string, error) {
		return p.stateChange(to, rights)(ctx, tx, in, t)
	})
}

// stateChange is what setState does in its transaction.
func (p *Provisioner) stateChange(
	to State, rights func(context.Context, *sql.Tx, installation, Tenant) error,
) func(context.Context, *sql.Tx, installation, Tenant) (detail string, err error) {
	return func(ctx context.Context, tx *sql.Tx, in installation, t Tenant) (string, error) {
		const update = `
UPDATE {{system}}.tenant
   SET state = $2, suspended_at = CASE $2 WHEN 'suspended' THEN COALESCE(suspended_at, clock_timestamp()) END
 WHERE id = $1`
		if _, err := tx.ExecContext(ctx, p.system(update), t.ID, string(to)); err != nil {
			return "", err
		}
		if err := in.impatient(ctx, tx); err != nil {
			return "", err
		}
		err := rights(ctx, tx, in, t)
		err = asSentinel(err, ErrNoRole, codeUndefinedObject)
		return "it was " + string(t.State), asSentinel(err, ErrDrift, codeInvalidSchemaName, codeUndefinedObject)
	}
}

// grantUse lets the application work for a tenant, and revokeUse ends that. The driver relies on both halves: a session
// takes on the tenant's role only while the login role is a member of it, and one that has taken it on before reaches
// the schema only while the role may use it.
func grantUse(ctx context.Context, tx *sql.Tx, in installation, t Tenant) error {
	grants := useSchema(in, t)
	if t.Role != "" {
		grants += "; " + in.grantMembership(t, in.holder())
	}
	_, err := tx.ExecContext(ctx, grants)
	return err
}

// useSchema lets a tenant's role use its schema.
func useSchema(in installation, t Tenant) string {
	return expand(`GRANT USAGE ON SCHEMA {{schema}} TO {{grantee}}`, "schema", t.Schema, "grantee", in.grantee(t))
}

// revokeUse takes what is there to be taken: of a schema or a role that somebody has removed by hand there is nothing,
// and a tenant without them must be stopped all the same, and be dropped.
func revokeUse(ctx context.Context, tx *sql.Tx, in installation, t Tenant) error {
	const query = `
SELECT to_regnamespace(quote_ident($1)) IS NOT NULL AND to_regrole(quote_ident($2)) IS NOT NULL,
       to_regrole(quote_ident($3)) IS NOT NULL`
	var usage, membership bool
	if err := tx.QueryRowContext(ctx, query, t.Schema, in.grantee(t), t.Role).Scan(&usage, &membership); err != nil {
		return err
	}
	var revokes []string
	if usage {
		revokes = append(revokes, expand(`REVOKE USAGE ON SCHEMA {{schema}} FROM {{grantee}}`, "schema", t.Schema, "grantee",
			in.grantee(t)))
	}
	if membership {
		for _, member := range in.members() {
			leave, err := in.revokeMembership(ctx, tx, t, member)
			if err != nil {
				return err
			}
			if leave == "" && in.distribution == Citus { // a worker that was down may have the membership still
				leave = expand(`SET LOCAL client_min_messages = error; REVOKE {{role}} FROM {{member}}`, "role", t.Role,
					"member", member)
			}
			if leave != "" {
				revokes = append(revokes, leave)
			}
		}
	}
	_, err := tx.ExecContext(ctx, strings.Join(revokes, "; "))
	return err
}

// revokeMembership undoes grantMembership; "" is for nothing to undo. From 16 on a REVOKE takes only what one grantor
// has given, and does no more than warn when there is nothing, so each is named. What the server itself gives to
// whoever creates a role, the right to hand it on and nothing else, is nobody's to take who is no superuser (PostgreSQL
// manual, 22.2 "Role Attributes", role creation): it is met where the administrator is the application's login, too.
func (in installation) revokeMembership(
	ctx context.Context, tx *sql.Tx, t Tenant, member string,
) (revokes string, err error) {
	revoke := expand(`REVOKE {{role}} FROM {{member}}`, "role", t.Role, "member", member)
	if in.serverVersion < inheritOption {
		const there = `
SELECT EXISTS (SELECT FROM pg_auth_members
                WHERE roleid = to_regrole(quote_ident($1)) AND member = to_regrole(quote_ident($2)))`
		var is bool
		if err := tx.QueryRowContext(ctx, there, t.Role, member).Scan(&is); err != nil || !is {
			return "", err
		}
		return revoke, nil
	}
	const query = `
SELECT COALESCE(string_agg(format('%s GRANTED BY %s', $1::text, grantor::regrole), '; '), '') FROM pg_auth_members
 WHERE roleid = to_regrole(quote_ident($2)) AND member = to_regrole(quote_ident($3))
   AND NOT (admin_option AND NOT inherit_option AND NOT set_option
            AND member = to_regrole(quote_ident(session_user)) AND grantor = 10)`
	err = tx.QueryRowContext(ctx, query, revoke, t.Role, member).Scan(&revokes)
	return revokes, err
}

// change runs f on a tenant that is neither dropped nor being dropped, in one transaction under the tenant's lock. f
// returns what the audit log says of it.
func (p *Provisioner) change(
	ctx context.Context, op, id string, f func(*sql.Tx, installation, Tenant) (detail string, err error),
) error {
	return p.changeOf(ctx, op, id, p.living, f)
}

// changeOf is change of a tenant that read gives.
func (p *Provisioner) changeOf(
	ctx context.Context, op, id string, read func(context.Context, queryer, string) (Tenant, error),
	f func(*sql.Tx, installation, Tenant) (detail string, err error),
) error {
	if err := scope.ValidateTenantID(id); err != nil {
		return err
	}
	a := &action{name: op, tenant: id}
	return p.act(ctx, a, func(tx *sql.Tx) error {
		in, err := p.installation(ctx, tx)
		if err != nil {
			return err
		}
		t, err := read(ctx, tx, id)
		if err != nil {
			return err
		}
		a.detail, err = f(tx, in, t)
		return err
	})
}
