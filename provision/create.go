package provision

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/docex/docex/scope"
)

// Create provisions a tenant: role, schema, the DDL's objects, grants and registry row, in one transaction under the
// tenant's advisory lock. t needs an ID; DisplayName defaults to it; every other field is Create's to fill in and must
// be zero. It returns the tenant as registered.
//
// On any error, a cancelled ctx included, nothing is left behind; only when the connection breaks while the commit is
// under way is the outcome open, and Get tells. The error matches scope.ErrInvalidTenantID, [ErrNotInitialized],
// [ErrEnvironmentMismatch], [ErrTenantExists] (also for the loser of a race and for the id of a dropped tenant),
// [ErrSchemaExists], [ErrRoleExists], [ErrAppRole], [ErrDDL] or [ErrPrivileges].
func (p *Provisioner) Create(ctx context.Context, t Tenant) (Tenant, error) {
	created, err := p.create(ctx, t)
	return created, wrap("create", t.ID, err)
}

func (p *Provisioner) create(ctx context.Context, t Tenant) (Tenant, error) {
	t, err := p.newTenant(t)
	if err != nil {
		return Tenant{}, err
	}
	err = p.act(ctx, &action{name: "create", tenant: t.ID, detail: t.DDLDigest}, func(tx *sql.Tx) error {
		in, err := p.installation(ctx, tx)
		if err != nil {
			return err
		}
		if err := in.app.check(p.cfg, in.serverVersion, in.tenantRoles()); err != nil {
			return err
		}
		t.Role = in.roleFor(t.ID)
		if err := p.checkConflicts(ctx, tx, t); err != nil {
			return err
		}
		if err := p.build(ctx, tx, in, t); err != nil {
			return err
		}
		if t, err = p.register(ctx, tx, t); err != nil || t.Catalog != "" {
			return err
		}
		t, err = p.recordCatalog(ctx, tx, in, t)
		return err
	})
	if err != nil {
		return Tenant{}, err
	}
	return t, nil
}

// newTenant validates what the caller gave and derives the rest, but for the role, which needs the installation.
func (p *Provisioner) newTenant(t Tenant) (Tenant, error) {
	schema, err := scope.SchemaName(t.ID)
	if err != nil {
		return Tenant{}, err
	}
	if t != (Tenant{ID: t.ID, DisplayName: t.DisplayName}) {
		return Tenant{}, invalidConfig("only ID and DisplayName can be chosen")
	}
	if t.DisplayName == "" {
		t.DisplayName = t.ID
	}
	if err := validateText(t.DisplayName, maxText); err != nil {
		return Tenant{}, invalidConfig("display name: %w", err)
	}
	t.Schema, t.Strategy, t.State, t.DDLDigest = schema, p.cfg.Strategy, Active, p.ddl.digest
	return t, nil
}

// checkConflicts refuses to build on anything that is there already.
func (p *Provisioner) checkConflicts(ctx context.Context, tx *sql.Tx, t Tenant) error {
	const query = `
SELECT COALESCE((SELECT state FROM {{system}}.tenant WHERE id = $1), ''),
       EXISTS (SELECT FROM pg_namespace WHERE nspname = $2),
       EXISTS (SELECT FROM pg_roles WHERE rolname = $3)`
	var registered State
	var schema, role bool
	row := tx.QueryRowContext(ctx, p.system(query), t.ID, t.Schema, t.Role)
	if err := row.Scan(&registered, &schema, &role); err != nil {
		return err
	}
	switch {
	case registered == Dropped:
		return fmt.Errorf("%w: it was dropped, and the ids of dropped tenants are not given out again", ErrTenantExists)
	case registered != "":
		return fmt.Errorf("%w (%s)", ErrTenantExists, registered)
	case schema:
		return schemaExists(t)
	case role:
		return roleExists(t)
	}
	return nil
}

func schemaExists(t Tenant) error {
	return fmt.Errorf("%w: %q is not in the registry and is not taken over", ErrSchemaExists, t.Schema)
}

func roleExists(t Tenant) error {
	return fmt.Errorf("%w: %q is not in the registry and is not taken over", ErrRoleExists, t.Role)
}

// build makes role, schema and objects. The administrator owns everything, so a tenant's role cannot run DDL.
func (p *Provisioner) build(ctx context.Context, tx *sql.Tx, in installation, t Tenant) error {
	if in.tenantRoles() {
		if err := createRole(ctx, tx, in, t); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "CREATE SCHEMA "+quote(t.Schema)); err != nil {
		if hasCode(err, codeDuplicateSchema, codeUniqueViolation) {
			return fmt.Errorf("%w: %w", schemaExists(t), err)
		}
		return err
	}
	if err := closeSchema(ctx, tx, in, t.Schema); err != nil {
		return err
	}
	if err := grantTenant(ctx, tx, t.Schema, in.grantee(t)); err != nil {
		return err
	}
	if err := p.applyDDL(ctx, tx, t.Schema); err != nil {
		return err
	}
	if err := ungrantPublic(ctx, tx, t.Schema); err != nil || !in.tenantRoles() {
		return err
	}
	return joinShared(ctx, tx, in, t)
}

// joinShared makes the tenant's role a reader of the shared schemas. From 16 on the server keeps others from changing the
// members of a role until the commit, so this comes last: tenants are made side by side up to here.
func joinShared(ctx context.Context, tx *sql.Tx, in installation, t Tenant) error {
	_, err := tx.ExecContext(ctx, expand(`GRANT {{shared}} TO {{role}}`, "shared", in.sharedRole, "role", t.Role))
	return err
}

// createRole makes the tenant's role and lets the application take it on. The role says what it is not, so that no
// default of a later version makes it more. From 16 on the membership is not inherited, on 15 that is up to the
// application role, which Init checked.
func createRole(ctx context.Context, tx *sql.Tx, in installation, t Tenant) error {
	const create = `CREATE ROLE {{role}} NOSUPERUSER NOCREATEDB NOCREATEROLE INHERIT NOLOGIN NOREPLICATION NOBYPASSRLS`
	if _, err := tx.ExecContext(ctx, expand(create, "role", t.Role)); err != nil {
		if hasCode(err, codeDuplicateObject, codeUniqueViolation) {
			return fmt.Errorf("%w: %w", roleExists(t), err)
		}
		return err
	}
	_, err := tx.ExecContext(ctx, in.grantMembership(t))
	return err
}

// grantMembership lets the application's login role take on the tenant's role.
func (in installation) grantMembership(t Tenant) string {
	member := `GRANT {{role}} TO {{app}}`
	if in.serverVersion >= inheritOption {
		member += ` WITH INHERIT FALSE, SET TRUE`
	}
	return expand(member, "role", t.Role, "app", in.appRole)
}

// register writes the registry row and reads back what the server filled in.
func (p *Provisioner) register(ctx context.Context, tx *sql.Tx, t Tenant) (Tenant, error) {
	query := p.system(`
INSERT INTO {{system}}.tenant (id, display_name, state, strategy, schema_name, role_name, ddl_digest, catalog_digest)
VALUES ($1, $2, $3, $4, $5, NULLIF($6, ''), $7, ` + knownCatalog + `) RETURNING ` + columns)
	return scanTenant(tx.QueryRowContext(ctx, query, t.ID, t.DisplayName, string(t.State), string(t.Strategy),
		t.Schema, t.Role, t.DDLDigest).Scan)
}
