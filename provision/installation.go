package provision

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// systemVersion is the version of the system schema that this code writes and reads.
const systemVersion = 5

// installation is the one row that Init writes: what is fixed for the life of the database.
type installation struct {
	id             string
	version        int
	environment    string
	distribution   Distribution
	appRole        string
	app            appRole  // appRole as the catalog shows it now
	loginRole      string   // of which all logins are members; empty: there has been appRole only
	logins         []string // besides appRole; those that exist
	unfit          string   // one of them that has become unsuitable, or ""
	sharedRole     string   // empty: no role per tenant
	systemTenantID string
	serverVersion  int    // server_version_num of the server it is on now
	administrator  string // the current role, which owns what is made now
	home           home
	citus          bool // the database has Citus' catalogs, whatever the distribution is
	keptDDL        bool // of checkConflicts alone: the text of the Provisioner's DDL is in the system schema
}

// queryer is what *sql.DB and *sql.Tx have in common here.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// installation is readable for those who are about to change something: in a copy of a database the error is a
// *CopyError.
func (p *Provisioner) installation(ctx context.Context, q queryer) (installation, error) {
	in, err := p.readable(ctx, q)
	if err != nil {
		return in, err
	}
	return in, in.home.check()
}

// readable reads the row and refuses one that is not cfg's. The error matches ErrNotInitialized when there is no system
// schema, ErrEnvironmentMismatch or ErrSettingsMismatch when there is another one than configured.
func (p *Provisioner) readable(ctx context.Context, q queryer) (installation, error) {
	in, err := p.readInstallation(ctx, q, "", nil)
	if err != nil {
		return in, err
	}
	return in, in.check(p.cfg)
}

// readInstallation reads the row without a look at cfg, and with it what else the caller wants to know: more is a list
// of expressions, to which i is the row, args are their arguments, and dest takes their values. Each call of a
// Provisioner begins with this query, and to plan it takes longer than to run it: subqueries are planned faster than
// joins.
func (p *Provisioner) readInstallation(
	ctx context.Context, q queryer, more string, args []any, dest ...any,
) (installation, error) {
	const columns = `
SELECT i.id, i.version, i.environment, i.distribution, i.app_role, COALESCE(i.shared_role, ''),
       COALESCE((SELECT id FROM {{system}}.tenant WHERE is_system), ''),
       current_setting('server_version_num')::integer, current_user,
       a.rolname IS NOT NULL, COALESCE(a.rolcanlogin, false), COALESCE(a.rolinherit, false),
         COALESCE(a.rolsuper, false),
       COALESCE(i.login_role, ''), i.logins <> '{}', to_regclass('pg_catalog.pg_dist_schema') IS NOT NULL,
       ` + homeColumns
	const from = `
  FROM {{system}}.installation AS i LEFT JOIN pg_roles AS a ON a.rolname = i.app_role`
	if more != "" {
		more = "," + more
	}
	var in installation
	var logins bool
	dest = append([]any{&in.id, &in.version, &in.environment, &in.distribution, &in.appRole, &in.sharedRole,
		&in.systemTenantID,
		&in.serverVersion, &in.administrator, &in.app.exists, &in.app.login, &in.app.inherits, &in.app.super,
		&in.loginRole, &logins, &in.citus, &in.home.database, &in.home.recorded, &in.home.rehomedFrom}, dest...)
	err := q.QueryRowContext(ctx, p.system(columns+more+from), args...).Scan(dest...)
	in.app.name = in.appRole
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return in, fmt.Errorf("%w: schema %q has lost its installation row", ErrDrift, p.cfg.SystemSchema)
	case hasCode(err, codeUndefinedColumn): // an older version's, whose number could not even be read
		return in, fmt.Errorf("%w: %w", ErrUpgradeRequired, err)
	case hasCode(err, codeUndefinedTable, codeInvalidSchemaName):
		return in, fmt.Errorf("%w: no docex registry in schema %q: %w",
			ErrNotInitialized, p.cfg.SystemSchema, err)
	case err != nil:
		return in, err
	case in.systemTenantID == "":
		return in, fmt.Errorf("%w: schema %q has lost its system tenant", ErrDrift, p.cfg.SystemSchema)
	}
	if logins {
		if err := p.readLogins(ctx, q, &in); err != nil {
			return in, err
		}
	}
	return in, p.readOthers(ctx, q, &in)
}

// readLogins reads the logins beside the first, of which most installations have none.
func (p *Provisioner) readLogins(ctx context.Context, q queryer, in *installation) error {
	const query = `
SELECT COALESCE((SELECT string_agg(l.name, E'\x01' ORDER BY l.n) FROM unnest(i.logins) WITH ORDINALITY AS l (name, n)
                  WHERE to_regrole(quote_ident(l.name)) IS NOT NULL), ''),
       COALESCE((SELECT min(l.rolname) FROM pg_roles AS l WHERE l.rolname = ANY (i.logins::name[]) AND (l.rolsuper OR
                   NOT l.rolcanlogin OR l.rolinherit AND current_setting('server_version_num')::integer < 160000)), '')
  FROM {{system}}.installation AS i`
	var logins string
	if err := q.QueryRowContext(ctx, p.system(query)).Scan(&logins, &in.unfit); err != nil {
		return err
	}
	if logins != "" {
		in.logins = strings.Split(logins, "\x01")
	}
	return nil
}

// system puts the system schema's name into an SQL text.
func (p *Provisioner) system(query string) string {
	return expand(query, "system", p.cfg.SystemSchema)
}

// check compares with the configuration; fields of cfg that are zero and mean "as recorded" always agree.
func (in installation) check(cfg Config) error {
	mismatch := func(what, have, want string) error {
		return fmt.Errorf("%w: the %s is %q, configured is %q", ErrSettingsMismatch, what, have, want)
	}
	switch {
	case in.version != systemVersion:
		return versionError(in.version)
	case in.environment != cfg.Environment:
		return environmentError(in.environment, cfg)
	case cfg.Distribution != "" && in.distribution != cfg.Distribution:
		return mismatch("distribution", string(in.distribution), string(cfg.Distribution))
	case cfg.SystemTenantID != "" && in.systemTenantID != cfg.SystemTenantID:
		return mismatch("system tenant", in.systemTenantID, cfg.SystemTenantID)
	case cfg.AppRole != "" && !slices.Contains(in.allLogins(), cfg.AppRole) && !in.app.exists:
		return fmt.Errorf("%w: the application role %q, configured is %q", ErrNoRole, in.appRole, cfg.AppRole)
	case cfg.AppRole != "" && !slices.Contains(in.allLogins(), cfg.AppRole):
		return mismatch("application role", in.appRole, cfg.AppRole)
	case cfg.NoTenantRoles && in.sharedRole != "":
		return fmt.Errorf("%w: tenants have roles, configured is NoTenantRoles", ErrSettingsMismatch)
	}
	return nil
}

func versionError(version int) error {
	sentinel := ErrUpgradeRequired
	if version > systemVersion {
		sentinel = ErrSettingsMismatch // a newer docex is needed; nothing can be done with this one
	}
	return fmt.Errorf("%w: the system schema has version %d, this docex knows version %d", sentinel, version,
		systemVersion)
}

func environmentError(environment string, cfg Config) error {
	if environment == cfg.Environment {
		return nil
	}
	return fmt.Errorf("%w: the database is for %q, configured is %q", ErrEnvironmentMismatch, environment, cfg.Environment)
}

// allLogins are the roles that the application may log in as; the application role is the first.
func (in installation) allLogins() []string { return append([]string{in.appRole}, in.logins...) }

// holder is who may take on the tenants' roles: the application role, or, once there have been more logins than that,
// the role that all logins are members of. To a session of a login that is the same: it is measured that the first
// change of role takes as long with a role in between, and a login more or less is one membership and not one for each
// tenant.
func (in installation) holder() string { return cmp.Or(in.loginRole, in.appRole) }

// members are who may have been given the tenants' roles: also the logins that have had them before there was another
// holder.
func (in installation) members() []string {
	if in.loginRole == "" {
		return in.allLogins()
	}
	return append(in.allLogins(), in.loginRole)
}

// checkLogins refuses what [appRole.check] refuses, of each login. Attributes can change after Init.
func (in installation) checkLogins(cfg Config) error {
	if err := in.app.check(cfg, in.serverVersion, in.tenantRoles()); err != nil {
		return err
	}
	if in.unfit != "" {
		return fmt.Errorf("%w: role %q is a superuser, cannot log in, or inherits", ErrAppRole, in.unfit)
	}
	return nil
}

// tenantRoles reports whether each tenant has a role of its own.
func (in installation) tenantRoles() bool { return in.sharedRole != "" }

// roleFor returns the role of a tenant, or "" when the installation has none.
func (in installation) roleFor(tenantID string) string {
	if !in.tenantRoles() {
		return ""
	}
	return tenantRoleName(in.id, tenantID)
}

// makesRole reports whether the role of t is made with the tenant. One out of the reserve has another name.
func (in installation) makesRole(t Tenant) bool {
	return in.tenantRoles() && t.Role == in.roleFor(t.ID)
}

// grantee returns who holds the rights on the schema of t: its role, or the application's where it has none.
func (in installation) grantee(t Tenant) string {
	if t.Role == "" {
		return in.appRole
	}
	return t.Role
}
