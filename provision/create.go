package provision

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/docex/docex/scope"
)

// Create provisions a tenant: role, schema, the DDL's objects, grants and registry row, in one transaction under the
// tenant's advisory lock. t needs an ID; DisplayName defaults to it; every other field is Create's to fill in and must
// be zero. It returns the tenant as registered.
//
// On any error, a cancelled ctx included, nothing is left behind; only when the connection breaks while the commit is
// under way is the outcome open, and Get tells. The error matches scope.ErrInvalidTenantID, [ErrNotInitialized],
// [ErrEnvironmentMismatch], [ErrTenantExists] (also for the loser of a race and for the id of a dropped tenant),
// [ErrSchemaExists], [ErrRoleExists], [ErrNoRole], [ErrAppRole], [ErrDDL], [ErrDDLVersion], [ErrCitus] or
// [ErrPrivileges], or
// [ErrInvalidConfig] when the application may create objects in one of Config.SharedSchemas or ExtensionSchemas.
func (p *Provisioner) Create(ctx context.Context, t Tenant) (Tenant, error) {
	created, err := p.create(ctx, p.db, t, nil)
	return created, wrap("create", t.ID, err)
}

// create is Create on one connection. For a tenant that is registered already exists says which error that is, or that
// it is none; a nil exists lets the conflict stand.
func (p *Provisioner) create(
	ctx context.Context, db handle, t Tenant, exists func(registered Tenant, conflict error) error,
) (Tenant, error) {
	t, err := p.newTenant(t)
	if err != nil {
		return Tenant{}, err
	}
	a := &action{name: "create", tenant: t.ID, detail: t.DDLDigest}
	err = p.actOn(ctx, db, a, func(tx *sql.Tx) error {
		in, err := p.checkConflicts(ctx, tx, t)
		if exists != nil && errors.Is(err, ErrTenantExists) {
			a.recorded = true
			return p.found(ctx, tx, &t, err, exists)
		}
		if err != nil {
			return err
		}
		strategy, err := p.checkStrategy(ctx, tx, in)
		if err != nil {
			return err
		}
		if err := in.checkLogins(p.cfg); err != nil {
			return err
		}
		t.Role = in.roleFor(t.ID)
		if err := p.takeRole(ctx, tx, strategy, in, &t); err != nil {
			return err
		}
		if err := p.build(ctx, tx, strategy, in, t); err != nil {
			return err
		}
		if t, err = p.register(ctx, tx, *a, t); err != nil {
			return err
		}
		a.recorded = true
		if t.Catalog == "" {
			if t, err = p.recordCatalog(ctx, tx, in, t); err != nil {
				return err
			}
		}
		if !in.keptDDL {
			if err := p.keepDDL(ctx, tx); err != nil {
				return err
			}
		}
		if !in.makesRole(t) {
			return nil
		}
		return joinShared(ctx, tx, in, t)
	})
	if err != nil {
		return Tenant{}, err
	}
	return t, nil
}

// found reads the tenant that is in the way into t.
func (p *Provisioner) found(
	ctx context.Context, tx *sql.Tx, t *Tenant, conflict error, exists func(Tenant, error) error,
) (err error) {
	if *t, err = p.row(ctx, tx, t.ID); err != nil {
		return err
	}
	return exists(*t, conflict)
}

// newTenant validates what the caller gave and derives the rest, except the role, which needs the installation.
func (p *Provisioner) newTenant(t Tenant) (Tenant, error) {
	if err := t.Validate(); err != nil {
		return Tenant{}, err
	}
	schema, err := scope.SchemaName(t.ID)
	if err != nil {
		return Tenant{}, err
	}
	t.DisplayName = cmp.Or(t.DisplayName, t.ID)
	t.Schema, t.Strategy, t.State, t.DDLDigest = schema, p.cfg.Strategy, Active, p.ddl.digest
	t.DDLVersion = p.cfg.DDLVersion
	return t, nil
}

// Validate reports whether t can be given to Create, as far as that can be told without the database. The error matches
// scope.ErrInvalidTenantID or [ErrInvalidConfig].
func (t Tenant) Validate() error {
	if err := scope.ValidateTenantID(t.ID); err != nil {
		return err
	}
	if t != (Tenant{ID: t.ID, DisplayName: t.DisplayName}) {
		return invalidConfig("only ID and DisplayName can be chosen")
	}
	if err := validateText(cmp.Or(t.DisplayName, t.ID), maxText); err != nil {
		return invalidConfig("display name: %w", err)
	}
	return nil
}

// checkConflicts reads the installation and refuses to build on anything that is there already. It is one query: CREATE
// SCHEMA makes the server plan every prepared statement of the session anew, so each query of Create is planned each
// time.
func (p *Provisioner) checkConflicts(ctx context.Context, tx *sql.Tx, t Tenant) (installation, error) {
	const conflicts = `
       COALESCE((SELECT state FROM {{system}}.tenant WHERE id = $2), ''),
       to_regnamespace($3) IS NOT NULL,
       to_regrole(quote_ident(i.shared_role || $4)) IS NOT NULL,` + keptDDL + `,`
	var registered State
	var schema, role bool
	var kept bool
	var open string
	in, err := p.readInstallation(ctx, tx, conflicts+p.openSchema(),
		[]any{p.pathSchemas(), t.ID, quote(t.Schema), tenantRoleSuffix(t.ID), t.DDLDigest, t.DDLVersion},
		&registered, &schema, &role, &kept, &open)
	in.keptDDL = kept
	if err == nil {
		err = cmp.Or(in.check(p.cfg), in.home.check())
	}
	switch {
	case err != nil:
		return in, err
	case registered == Dropped:
		return in, fmt.Errorf("%w: it was dropped, and the ids of dropped tenants are not given out again", ErrTenantExists)
	case registered != "":
		return in, fmt.Errorf("%w (%s)", ErrTenantExists, registered)
	case schema:
		return in, cmp.Or(p.checkDistributableAs(in, t), schemaExists(t))
	case role:
		return in, roleExists(in.roleFor(t.ID))
	}
	if !kept {
		if err := p.checkVersion(ctx, tx); err != nil {
			return in, err
		}
	}
	return in, cmp.Or(openSchemaError(open), p.checkDistributableAs(in, t))
}

func schemaExists(t Tenant) error {
	return fmt.Errorf("%w: %q is not in the registry and is not taken over", ErrSchemaExists, t.Schema)
}

func roleExists(role string) error {
	return fmt.Errorf("%w: %q is not in the registry and is not taken over", ErrRoleExists, role)
}

// build makes role, schema and objects. A role out of the reserve is there already. The administrator owns everything,
// so a tenant's role cannot run DDL. What needs no answer goes to the server as one string, in one round trip.
func (p *Provisioner) build(ctx context.Context, tx *sql.Tx, s strategy, in installation, t Tenant) error {
	if err := p.boundary(ctx, tx, s, in, t); err != nil {
		return err
	}
	if err := p.applyFiles(ctx, tx, t.Schema, slices.Concat(p.ddl.files, p.seed.files)); err != nil {
		return err
	}
	if p.catalogKey != p.ddl.digest {
		if err := p.closeTables(ctx, tx, in, t); err != nil {
			return err
		}
	}
	return s.distribute(ctx, tx, in, t)
}

// boundary makes role and schema.
func (p *Provisioner) boundary(ctx context.Context, tx *sql.Tx, s strategy, in installation, t Tenant) error {
	statements := append(tenantRole(s, in, t), "CREATE SCHEMA "+quote(t.Schema), closeSchema(in, t.Schema),
		grantTenant(t.Schema, in.grantee(t)))
	if _, err := tx.ExecContext(ctx, strings.Join(statements, ";\n")); err != nil {
		return boundaryError(t, err)
	}
	return nil
}

// tenantRole returns the statements that make the tenant's role, or say whose one out of the reserve is.
func tenantRole(s strategy, in installation, t Tenant) []string {
	switch {
	case in.makesRole(t):
		return []string{createRole(s, t), in.grantMembership(t, in.holder())}
	case in.tenantRoles():
		return []string{commentRole(t)}
	}
	return nil
}

// Unique indexes of the system catalogs, which tell of a role or schema that was made since they were looked for.
const (
	indexRoleName   = "pg_authid_rolname_index"
	indexSchemaName = "pg_namespace_nspname_index"
)

// boundaryError names what was in the way of a role or schema.
func boundaryError(t Tenant, err error) error {
	switch {
	case hasCode(err, codeDuplicateSchema), violates(err, indexSchemaName):
		return fmt.Errorf("%w: %w", schemaExists(t), err)
	case hasCode(err, codeDuplicateObject), violates(err, indexRoleName):
		return fmt.Errorf("%w: %w", roleExists(t.Role), err)
	}
	return asSentinel(err, ErrNoRole, codeUndefinedObject) // the application's
}

// joinShared makes the tenant's role, if it has one, a reader of the shared schemas. From 16 on the server keeps others
// from changing the members of a role until the commit, so this comes last: tenants are made side by side up to here.
//
// There the tenant's role inherits and cannot SET ROLE: when the application's login takes on a role, the server walks
// all that it could become, and with ten thousand tenants spends four times as long on it where each leads to the
// shared role.
func joinShared(ctx context.Context, tx *sql.Tx, in installation, t Tenant) error {
	if !in.tenantRoles() {
		return nil
	}
	_, err := tx.ExecContext(ctx, in.grantShared(t))
	return asSentinel(err, ErrNoRole, codeUndefinedObject)
}

func (in installation) grantShared(t Tenant) string {
	join := `GRANT {{shared}} TO {{role}}`
	if in.serverVersion >= inheritOption {
		join += ` WITH INHERIT TRUE, SET FALSE`
	}
	return expand(join, "shared", in.sharedRole, "role", t.Role)
}

// createRole makes the tenant's role. The role says what it is not, so that no default of a later version makes it
// more.
func createRole(s strategy, t Tenant) string {
	return "CREATE ROLE " + quote(t.Role) + " " + roleAttributes(s)
}

func roleAttributes(s strategy) string {
	return "NOSUPERUSER NOCREATEDB NOCREATEROLE INHERIT " + s.roleLogin() + " NOREPLICATION NOBYPASSRLS"
}

// grantMembership lets a member take on the tenant's role: see [installation.holder]. From 16 on the membership is not
// inherited, on 15 that is up to the application role, which Init checked.
func (in installation) grantMembership(t Tenant, member string) string {
	return expand(`GRANT {{role}} TO {{member}}`, "role", t.Role, "member", member) + in.membershipOptions()
}

func (in installation) membershipOptions() string {
	if in.serverVersion < inheritOption {
		return ""
	}
	return ` WITH INHERIT FALSE, SET TRUE`
}

// register writes the registry row and, in the same round trip, the entry of the audit log, and reads back what the
// server filled in.
func (p *Provisioner) register(ctx context.Context, tx *sql.Tx, a action, t Tenant) (Tenant, error) {
	query := p.system(`
WITH entry AS (
    INSERT INTO {{system}}.audit (actor, action, tenant_id, outcome, detail) VALUES ($8, $9, $1, $10, $11)
)
INSERT INTO {{system}}.tenant
       (id, display_name, state, strategy, schema_name, role_name, ddl_digest, catalog_digest, ddl_version)
VALUES ($1, $2, $3, $4, $5, NULLIF($6, ''), $7, ` + knownCatalog + `, $12) RETURNING ` + columns)
	return scanTenant(tx.QueryRowContext(ctx, query, t.ID, t.DisplayName, string(t.State), string(t.Strategy),
		t.Schema, t.Role, t.DDLDigest, p.actor(ctx), a.name, string(Done), a.detail, t.DDLVersion, p.catalogKey).Scan)
}
