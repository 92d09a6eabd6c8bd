package provision

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// grantInstallation gives the application role the use of the system schema and of the pin function and nothing else in
// it, takes from PUBLIC what would carry state between tenants, and shares the shared schemas. All of it may be
// repeated.
func (p *Provisioner) grantInstallation(ctx context.Context, tx *sql.Tx, srv server, in installation) error {
	if err := p.grantPin(ctx, tx, in); err != nil {
		return err
	}
	if !p.cfg.KeepPublic {
		if err := revokePublic(ctx, tx, srv); err != nil {
			return err
		}
		for _, app := range in.allLogins() {
			if err := emptyPath(ctx, tx, srv, app); err != nil {
				return err
			}
		}
	}
	if err := p.checkOpenSchemas(ctx, tx, in); err != nil { // after revokePublic, which may have closed the schema public
		return err
	}
	return p.share(ctx, tx, in)
}

// grantPin lets the application role call the pin function, and those that tell the memory of its session and which
// tenants there are, and all tenants those that work for the tenant at hand.
func (p *Provisioner) grantPin(ctx context.Context, tx *sql.Tx, in installation) error {
	const login = `
GRANT USAGE ON SCHEMA {{system}} TO {{app}};
GRANT EXECUTE ON FUNCTION {{system}}.pin(text, text), {{system}}.session_memory(),
    {{system}}.active_tenants(text, integer) TO {{app}}`
	const use = `
GRANT USAGE ON SCHEMA {{system}} TO {{tenants}};
GRANT EXECUTE ON FUNCTION {{system}}.lock(text), {{system}}.try_lock(text), {{system}}.channel(text),
    {{system}}.notify(text, text), {{system}}.truncate_tables(text[]), {{system}}.analyze_tables(text[]),
    {{system}}.refresh_view(text, boolean) TO {{tenants}}`
	grants := []string{expand(use, "system", p.cfg.SystemSchema, "tenants", in.everyTenant())}
	for _, app := range in.allLogins() {
		grants = append(grants, expand(login, "system", p.cfg.SystemSchema, "app", app))
	}
	_, err := tx.ExecContext(ctx, strings.Join(grants, ";\n"))
	return err
}

// everyTenant is the role by which all tenants have a right.
func (in installation) everyTenant() string {
	if in.tenantRoles() {
		return in.sharedRole
	}
	return in.appRole
}

// revokePublic takes TEMPORARY on the database and everything on the schema public from PUBLIC. A temporary table
// outlives the statement and the tenant that made it; the schema public is common ground. A REVOKE by someone who did
// not grant the right only warns, so the result is read back.
func revokePublic(ctx context.Context, tx *sql.Tx, srv server) error {
	var todo []string
	if srv.publicTemp {
		todo = append(todo, "REVOKE TEMPORARY ON DATABASE "+quote(srv.database)+" FROM PUBLIC")
	}
	if srv.publicSchema {
		todo = append(todo, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
	}
	if len(todo) == 0 {
		return nil
	}
	statements := strings.Join(todo, "; ")
	if _, err := tx.ExecContext(ctx, statements); err != nil {
		return err
	}
	after, err := readServer(ctx, tx)
	if err != nil {
		return err
	}
	if after.publicTemp || after.publicSchema {
		return fmt.Errorf(
			"%w: the rights of PUBLIC were granted by another role; have the database's owner run %q, or keep them: KeepPublic",
			ErrPrivileges, statements)
	}
	return nil
}

// emptyPath makes pg_catalog the search_path that a session of the application role begins with, where the server's own
// default leads it nowhere, and nobody has set another. A pin clears the session, and goes through that path when it
// does. To refuse a tenant's role the schema public, PostgreSQL 15 and 16 go through all roles that the session has
// served (acl.c, roles_is_member_of; catcache.c, SearchCatCacheList): with 1,200 of them that was a third of the
// server's work for a statement. An administrator who may not alter the role does without.
func emptyPath(ctx context.Context, tx *sql.Tx, srv server, app string) error {
	const query = `
SELECT NOT EXISTS (SELECT FROM pg_namespace
                    WHERE nspname IN ('public', r.rolname) AND has_schema_privilege(r.oid, oid, 'USAGE'))
   AND NOT EXISTS (SELECT FROM pg_db_role_setting AS s, unnest(s.setconfig) AS c
                    WHERE c LIKE 'search\_path=%' AND s.setrole IN (0, r.oid)
                      AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))
   AND (SELECT reset_val = boot_val FROM pg_settings WHERE name = 'search_path'),
       pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION')
  FROM pg_roles AS r WHERE r.rolname = $1`
	var unused, admin bool
	if err := tx.QueryRowContext(ctx, query, app).Scan(&unused, &admin); err != nil {
		return err
	}
	if may := srv.super || srv.createRole && (srv.version < inheritOption || admin); !may || !unused {
		return nil
	}
	const alter = `ALTER ROLE {{app}} IN DATABASE {{database}} SET search_path = pg_catalog, pg_temp`
	_, err := tx.ExecContext(ctx, expand(alter, "app", app, "database", srv.database))
	return err
}

// share lets every tenant read the shared schemas: through the shared role, so that the access lists of their tables
// hold one entry and not one per tenant. Tables that the administrator adds later are covered by default privileges,
// those of others by the next Init. Of the extensions' schemas it gives the use only: PostgreSQL lets everyone call
// their functions.
func (p *Provisioner) share(ctx context.Context, tx *sql.Tx, in installation) error {
	reader := in.everyTenant()
	const grants = `
GRANT USAGE ON SCHEMA {{schema}} TO {{reader}};
GRANT SELECT ON ALL TABLES IN SCHEMA {{schema}} TO {{reader}};
ALTER DEFAULT PRIVILEGES IN SCHEMA {{schema}} GRANT SELECT ON TABLES TO {{reader}}`
	for _, s := range p.cfg.SharedSchemas {
		if _, err := tx.ExecContext(ctx, expand(grants, "schema", s, "reader", reader)); err != nil {
			return asSentinel(fmt.Errorf("shared schema %q: %w", s, err), ErrInvalidConfig, codeInvalidSchemaName)
		}
	}
	for _, s := range p.cfg.ExtensionSchemas {
		if _, err := tx.ExecContext(ctx, expand(`GRANT USAGE ON SCHEMA {{schema}} TO {{reader}}`, "schema", s, "reader",
			reader)); err != nil {
			return asSentinel(fmt.Errorf("extension schema %q: %w", s, err), ErrInvalidConfig, codeInvalidSchemaName)
		}
	}
	return nil
}

// closeSchema takes a new schema from PUBLIC and from the application's logins, who may have got it by default
// privileges of the administrator's. Without the schema, rights on what is in it are of no use.
func closeSchema(in installation, schema string) string {
	revoke := expand(`REVOKE ALL ON SCHEMA {{schema}} FROM PUBLIC`, "schema", schema)
	for _, app := range in.allLogins() {
		if app != in.administrator {
			revoke += ", " + quote(app)
		}
	}
	return revoke
}

// grantTenant gives a tenant's role the use of its schema, and by default privileges what the DDL is about to make in
// it: no CREATE, no TRUNCATE, no TRIGGER, no ownership. Default privileges also hold for what the administrator adds
// later. Granting on ALL TABLES afterwards would read the whole of pg_class, which has some 70 rows for every DocEX
// tenant that is there already (measured: 0.3 ms for this, 4 ms for that with 100 tenants).
func grantTenant(schema, grantee string) string {
	const grants = `
GRANT USAGE ON SCHEMA {{schema}} TO {{grantee}};
ALTER DEFAULT PRIVILEGES IN SCHEMA {{schema}} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {{grantee}};
ALTER DEFAULT PRIVILEGES IN SCHEMA {{schema}} GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {{grantee}};
ALTER DEFAULT PRIVILEGES IN SCHEMA {{schema}} GRANT EXECUTE ON ROUTINES TO {{grantee}}`
	return expand(grants, "schema", schema, "grantee", grantee)
}
