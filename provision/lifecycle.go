package provision

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/docex/docex/scope"
)

// Suspend stops all work for a tenant and keeps its data. From its commit on the pin function refuses the tenant, the
// application's login role may no longer take on the tenant's role, and that role has lost the schema: sessions already
// pinned to it fail at their next statement that touches the schema, because the server drops every cached plan when the
// rights on a schema change. A statement that is running is not cut off, nor is a cursor that is open.
//
// Suspending a suspended tenant does it again and is no error. The error matches scope.ErrTenantNotProvisioned for an
// unknown or dropped tenant, scope.ErrSystemTenant, [ErrNotInitialized], [ErrEnvironmentMismatch] or [ErrDrift].
func (p *Provisioner) Suspend(ctx context.Context, id string) error {
	return wrap("suspend", id, p.setState(ctx, "suspend", id, Suspended, revokeUse))
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
		const update = `
UPDATE {{system}}.tenant
   SET state = $2, suspended_at = CASE $2 WHEN 'suspended' THEN COALESCE(suspended_at, now()) END
 WHERE id = $1`
		if _, err := tx.ExecContext(ctx, p.system(update), id, string(to)); err != nil {
			return "", err
		}
		err := rights(ctx, tx, in, t)
		return "it was " + string(t.State), asSentinel(err, ErrDrift, codeInvalidSchemaName, codeUndefinedObject)
	})
}

// grantUse lets the application work for a tenant, and revokeUse ends that. The driver relies on both halves: a session
// takes on the tenant's role only while the login role is a member of it, and one that has taken it on before reaches
// the schema only while the role may use it.
func grantUse(ctx context.Context, tx *sql.Tx, in installation, t Tenant) error {
	grants := expand(`GRANT USAGE ON SCHEMA {{schema}} TO {{grantee}}`, "schema", t.Schema, "grantee", in.grantee(t))
	if t.Role != "" {
		grants += "; " + in.grantMembership(t)
	}
	_, err := tx.ExecContext(ctx, grants)
	return err
}

func revokeUse(ctx context.Context, tx *sql.Tx, in installation, t Tenant) error {
	revokes := expand(`REVOKE USAGE ON SCHEMA {{schema}} FROM {{grantee}}`, "schema", t.Schema, "grantee", in.grantee(t))
	shared, err := knownElsewhere(ctx, tx, t.Role)
	if err != nil {
		return err
	}
	if t.Role != "" && !shared { // membership holds in every database of the server
		revokes += "; " + expand(`REVOKE {{role}} FROM {{app}}`, "role", t.Role, "app", in.appRole)
	}
	_, err = tx.ExecContext(ctx, revokes)
	return err
}

// Drop deletes a suspended tenant's schema with all its data, and its role. confirmID must repeat id. The registry row
// stays as a tombstone, so the id cannot be created again.
//
// The error matches [ErrNotConfirmed], [ErrTenantActive] for a tenant that is not suspended,
// scope.ErrTenantNotProvisioned for one that is unknown or dropped already, and otherwise as for Suspend. The server
// takes a lock for each object until the commit; when its lock table is too small for that nothing has changed.
func (p *Provisioner) Drop(ctx context.Context, id, confirmID string) error {
	return wrap("drop", id, p.change(ctx, "drop", id, func(tx *sql.Tx, in installation, t Tenant) (string, error) {
		if id != confirmID {
			return "", fmt.Errorf("%w: the confirmation must repeat the tenant's id", ErrNotConfirmed)
		}
		if t.State != Suspended {
			return "", fmt.Errorf("%w: suspend it first", ErrTenantActive)
		}
		return "", p.drop(ctx, tx, t)
	}))
}

// drop removes what is there of the tenant: what is gone already is what the caller wants.
func (p *Provisioner) drop(ctx context.Context, tx *sql.Tx, t Tenant) error {
	if _, err := tx.ExecContext(ctx, expand(`DROP SCHEMA IF EXISTS {{schema}} CASCADE`, "schema", t.Schema)); err != nil {
		return err
	}
	if err := dropRole(ctx, tx, t.Role); err != nil {
		return err
	}
	const update = `UPDATE {{system}}.tenant SET state = 'dropped', dropped_at = now() WHERE id = $1`
	_, err := tx.ExecContext(ctx, p.system(update), t.ID)
	return err
}

// dropRole removes a tenant's role, with the last database that knows it. Rights that somebody gave it on something else
// in this database are an error, and nothing is dropped.
func dropRole(ctx context.Context, tx *sql.Tx, role string) error {
	if role == "" {
		return nil
	}
	if shared, err := knownElsewhere(ctx, tx, role); err != nil || shared {
		return err
	}
	_, err := tx.ExecContext(ctx, "DROP ROLE IF EXISTS "+quote(role))
	return err
}

// knownElsewhere reports whether another database of the server knows a role too: a copy of this one, made with CREATE
// DATABASE … TEMPLATE, has the same tenants with the same roles.
func knownElsewhere(ctx context.Context, tx *sql.Tx, role string) (known bool, err error) {
	const query = `
SELECT EXISTS (SELECT FROM pg_shdepend AS s JOIN pg_roles AS r ON s.refobjid = r.oid
                WHERE s.refclassid = 'pg_authid'::regclass AND r.rolname = $1
                  AND s.dbid NOT IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))`
	err = tx.QueryRowContext(ctx, query, role).Scan(&known)
	return known, err
}

// change runs f on a tenant that is neither dropped nor being dropped, in one transaction under the tenant's lock. f returns
// what the audit log says of it.
func (p *Provisioner) change(
	ctx context.Context, op, id string, f func(*sql.Tx, installation, Tenant) (detail string, err error),
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
		t, err := p.living(ctx, tx, id)
		if err != nil {
			return err
		}
		a.detail, err = f(tx, in, t)
		return err
	})
}
