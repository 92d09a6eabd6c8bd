package provision

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
)

// UninstallOptions say what Uninstall may remove. The zero value is refused.
type UninstallOptions struct {
	// Environment and Database repeat the names of both, since there is no way back.
	Environment, Database string
	// WithTenants drops the tenants that there are, with all their data. Without it their presence is an error.
	WithTenants bool
	// Progress is called after each tenant that is dropped, with how many are done and how many are left. Nil means nobody
	// is told.
	Progress func(done, left int)
}

// Uninstall removes what docex made in the database and on its server: the system schema with registry and audit log,
// the tenants' roles with their memberships, the reserve, the shared role with its rights on shared schemas and its
// default privileges, and the search_path that Init has set for the application role. Roles that another database of
// the server knows too are left to that.
//
// Two things stay. The application role is yours. What Init took from PUBLIC is not given back: GRANT TEMPORARY ON
// DATABASE, and USAGE and CREATE on the schema public, are for you to decide.
//
// Tenants are suspended and dropped one by one, as Suspend and Drop do, and roles that they have left some at a time;
// when Uninstall is cut off, call it again. The rest is one transaction. The error matches [ErrNotConfirmed],
// [ErrTenantsLeft], [ErrDrift] when objects outside need something of the system schema's, or something in it is not
// docex's, or is one of Drop's.
func (p *Provisioner) Uninstall(ctx context.Context, o UninstallOptions) error {
	return wrap("uninstall", "", p.uninstall(ctx, o))
}

func (p *Provisioner) uninstall(ctx context.Context, o UninstallOptions) error {
	in, err := p.installation(ctx, p.db)
	if err != nil {
		return err
	}
	if o.Environment != in.environment || o.Database != in.home.database {
		err := fmt.Errorf("%w: the confirmation must repeat the names of environment %q and database %q", ErrNotConfirmed,
			in.environment, in.home.database)
		return p.recordError(ctx, p.db, action{name: "uninstall"}, err)
	}
	removable := func(tx *sql.Tx) error { return p.checkRemovable(ctx, tx) }
	if err := p.lockedOn(ctx, p.db, "", removable); err != nil { // while there is a way back
		return p.recordError(ctx, p.db, action{name: "uninstall"}, err)
	}
	if o.WithTenants {
		if err := p.dropTenants(ctx, o.Progress); err != nil {
			return err
		}
	}
	if err := p.dropLeftRoles(ctx); err != nil {
		return err
	}
	a := &action{name: "uninstall"}
	return p.act(ctx, a, func(tx *sql.Tx) error {
		a.recorded = true // there is nothing left to record it in
		return p.removeInstallation(ctx, tx)
	})
}

// dropTenants suspends and drops every tenant.
func (p *Provisioner) dropTenants(ctx context.Context, progress func(done, left int)) error {
	all, err := p.page(ctx, p.db, ListOptions{})
	if err != nil {
		return err
	}
	for i, t := range all {
		if t.State == Active {
			if err := p.Suspend(ctx, t.ID); err != nil {
				return err
			}
		}
		if err := p.Drop(ctx, t.ID, t.ID); err != nil {
			return err
		}
		if progress != nil {
			progress(i+1, len(all)-i-1)
		}
	}
	return nil
}

// removeInstallation removes what belongs to no tenant. With the registry locked nobody makes a tenant meanwhile.
func (p *Provisioner) removeInstallation(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, p.system(`LOCK TABLE {{system}}.installation, {{system}}.tenant`)); err != nil {
		return err
	}
	in, err := p.installation(ctx, tx)
	if err != nil {
		return err
	}
	var left int
	const living = `SELECT count(*) FROM {{system}}.tenant WHERE NOT is_system AND state <> 'dropped'`
	if err := tx.QueryRowContext(ctx, p.system(living)).Scan(&left); err != nil {
		return err
	}
	if left > 0 {
		return fmt.Errorf("%w: %d", ErrTenantsLeft, left)
	}
	if err := p.checkRemovable(ctx, tx); err != nil {
		return err
	}
	if err := p.removeRights(ctx, tx, in); err != nil {
		return err
	}
	roles, err := p.ownRoles(ctx, tx, in)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, p.system(`DROP SCHEMA {{system}} CASCADE`)); err != nil {
		return err
	}
	return dropRoles(ctx, tx, roles)
}

// checkRemovable returns an error that matches ErrDrift when something would go with the system schema that docex has
// not made.
func (p *Provisioner) checkRemovable(ctx context.Context, tx *sql.Tx) error {
	if err := checkNothingOutside(ctx, tx, p.cfg.SystemSchema); err != nil {
		return err
	}
	d, err := readDDL(systemFS, "sql/system")
	if err != nil {
		return err
	}
	var own []string
	for _, f := range d.files {
		for _, made := range systemObject.FindAllStringSubmatch(f.text, -1) {
			own = append(own, made[1])
		}
	}
	query := `
SELECT lower(kind), name
  FROM (SELECT kind, substr(name, length(quote_ident($1)) + 2) AS name FROM (` + membersSQL + `) AS m) AS o
 WHERE split_part(name, '(', 1) <> ALL ($2::text[]) ORDER BY 1, 2`
	foreign, err := rowsOf(ctx, tx, func(d *Difference) []any {
		d.Change = Extra
		return []any{&d.Kind, &d.Object}
	}, query, p.cfg.SystemSchema, own)
	if err != nil || len(foreign) == 0 {
		return err
	}
	return fmt.Errorf("schema %q holds what is not docex's; move it elsewhere: %w", p.cfg.SystemSchema,
		driftError(foreign))
}

// systemObject finds what the files of the system schema make.
var systemObject = regexp.MustCompile(`CREATE (?:TABLE|FUNCTION) \{\{system\}\}\.(\w+)`)

// removeRights takes what Init gave the application role and the tenants outside the system schema.
func (p *Provisioner) removeRights(ctx context.Context, tx *sql.Tx, in installation) error {
	var statements []string
	if in.tenantRoles() {
		if err := moveRights(ctx, tx, in.sharedRole, ""); err != nil {
			return err
		}
		statements = append(statements, expand(`REVOKE CONNECT ON DATABASE {{database}} FROM {{role}}`,
			"database", in.home.database, "role", in.sharedRole))
	} else if in.app.exists {
		statements = p.unshare(in.appRole)
	}
	for _, login := range in.allLogins() {
		if err := resetPath(ctx, tx, login); err != nil {
			return err
		}
	}
	if in.loginRole != "" {
		statements = append(statements, expand(`REVOKE CONNECT ON DATABASE {{database}} FROM {{role}}`,
			"database", in.home.database, "role", in.loginRole))
	}
	_, err := tx.ExecContext(ctx, strings.Join(statements, ";\n"))
	return err
}

// resetPath undoes emptyPath.
func resetPath(ctx context.Context, tx *sql.Tx, login string) error {
	const reset = `
SELECT COALESCE((
    SELECT format('ALTER ROLE %I IN DATABASE %I RESET search_path', $1::text, d.datname)
      FROM pg_db_role_setting AS s JOIN pg_database AS d ON d.oid = s.setdatabase, unnest(s.setconfig) AS c
     WHERE s.setrole = to_regrole(quote_ident($1)) AND d.datname = current_database()
       AND c = 'search_path=pg_catalog, pg_temp'), '')`
	return runMade(ctx, tx, reset, login)
}

// unshare undoes share for an application role, where tenants have no roles.
func (p *Provisioner) unshare(reader string) (statements []string) {
	const revokes = `
REVOKE USAGE ON SCHEMA {{schema}} FROM {{reader}};
REVOKE SELECT ON ALL TABLES IN SCHEMA {{schema}} FROM {{reader}};
ALTER DEFAULT PRIVILEGES IN SCHEMA {{schema}} REVOKE SELECT ON TABLES FROM {{reader}}`
	for _, s := range p.cfg.SharedSchemas {
		statements = append(statements, expand(revokes, "schema", s, "reader", reader))
	}
	for _, s := range p.cfg.ExtensionSchemas {
		statements = append(statements, expand(`REVOKE USAGE ON SCHEMA {{schema}} FROM {{reader}}`, "schema", s, "reader",
			reader))
	}
	return statements
}
