package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// checkRights looks for rights that the application's login holds without being pinned, its own or inherited, for those
// that it needs for that, and for what it or anybody whom it may become can reach outside of tenants' schemas. Rights
// on single tables and functions of a tenant are of no use without one on their schema, and the comparison of each
// tenant reports them. An owner's are not repeated here.
func checkRights(ctx context.Context, d *doctor) ([]Finding, error) {
	if d.super {
		return one(skipped("because %s", d.thin))
	}
	const query = `
SELECT COALESCE((SELECT array_agg(n.nspname::text ORDER BY n.nspname)
                   FROM {{system}}.tenant AS t JOIN pg_namespace AS n ON n.nspname = t.schema_name
                  WHERE t.role_name IS NOT NULL AND t.state <> 'dropped' AND n.nspowner <> l.oid
                    AND has_schema_privilege($1::name, n.oid, 'USAGE, CREATE')), '{}'),
       COALESCE(has_schema_privilege($1::name, to_regnamespace(quote_ident($2)), 'USAGE')
                AND has_function_privilege($1::name, to_regprocedure(format('%I.pin(text, text)', $2::text)),
                  'EXECUTE'), false)
  FROM pg_roles AS l WHERE l.rolname = $1`
	var schemas []string
	var pins bool
	if err := d.readOne(ctx, query, []any{d.login, d.system()}, scanStrings(&schemas), &pins); err != nil {
		return nil, err
	}
	fs, err := d.reach(ctx)
	if err != nil {
		return nil, err
	}
	if !pins && d.login == d.in.appRole { // that it is another role is said already
		d.cause = fmt.Sprintf("%q may not call the function pin", d.login)
		fs = append(fs, failure("docex repair",
			"%q may not call the function pin in schema %s, and so cannot work for any tenant", d.login, d.system()))
	}
	if len(schemas) > 0 {
		fs = append(fs, failure("REVOKE ALL ON SCHEMA "+quote(schemas[0])+" FROM "+quote(d.login)+
			", or from whom it has them",
			"%q has rights on tenants' schemas without being pinned: %s", d.login, some(schemas)))
	}
	if len(fs) == 0 {
		fs = []Finding{ok("%q has no rights on the registry's tables, and on tenants' schemas only as their roles", d.login)}
	}
	return fs, nil
}

// checkPublic looks at what everybody may do.
func checkPublic(ctx context.Context, d *doctor) ([]Finding, error) {
	const query = `
SELECT current_database(),
       EXISTS (SELECT FROM pg_database AS d, aclexplode(COALESCE(d.datacl, acldefault('d', d.datdba))) AS a
                WHERE d.datname = current_database() AND a.grantee = 0 AND a.privilege_type = 'TEMPORARY'),
       EXISTS (SELECT FROM pg_namespace AS n, aclexplode(COALESCE(n.nspacl, acldefault('n', n.nspowner))) AS a
                WHERE n.nspname = 'public' AND a.grantee = 0),
       COALESCE((SELECT array_agg(n.nspname::text ORDER BY n.nspname)
                   FROM {{system}}.tenant AS t JOIN pg_namespace AS n ON n.nspname = t.schema_name
                  WHERE t.state <> 'dropped' AND EXISTS (SELECT FROM aclexplode(n.nspacl) AS a WHERE a.grantee = 0)),
                    '{}')`
	var database string
	var temporary, public bool
	var schemas []string
	err := d.readOne(ctx, query, nil, &database, &temporary, &public, scanStrings(&schemas))
	if err != nil {
		return nil, err
	}
	fs, err := d.sharedViews(ctx)
	if err != nil {
		return nil, err
	}
	if temporary && !d.Config.Provision.KeepPublic {
		fs = append(fs, warning("REVOKE TEMPORARY ON DATABASE "+quote(database)+" FROM PUBLIC",
			"everybody may make temporary tables, which outlive the statement and its tenant"))
	}
	if public && !d.Config.Provision.KeepPublic {
		fs = append(fs, warning("REVOKE ALL ON SCHEMA public FROM PUBLIC",
			"everybody has rights on the schema public, where one tenant could leave something for another"))
	}
	if len(schemas) > 0 {
		fs = append(fs, failure("REVOKE ALL ON SCHEMA "+quote(schemas[0])+" FROM PUBLIC",
			"everybody has rights on schemas of docex's: %s", some(schemas)))
	}
	if len(fs) == 0 {
		fs = []Finding{ok("%s", publicOK(d.Config.Provision.KeepPublic))}
	}
	return fs, nil
}

func publicOK(kept bool) string {
	if kept {
		return "PUBLIC has no rights on tenants' schemas; the rest is left to it by keep_public"
	}
	return "PUBLIC has no rights on tenants' schemas or public, and no temporary tables"
}

// checkSettings warns of settings that the database or the application's login brings along, where they decide what a
// statement means, as whom it runs, or what code the server loads (PostgreSQL manual, "pg_db_role_setting"). The path
// that Init sets decides nothing, as long as the role may not use the schema public.
func checkSettings(ctx context.Context, d *doctor) ([]Finding, error) {
	const query = `
SELECT split_part(c, '=', 1),
       CASE WHEN s.setrole <> 0
            THEN 'ALTER ROLE ' || quote_ident(r.rolname) || COALESCE(' IN DATABASE ' || quote_ident(d.datname), '')
            WHEN s.setdatabase <> 0 THEN 'ALTER DATABASE ' || quote_ident(d.datname)
            ELSE 'ALTER ROLE ALL' END
  FROM pg_db_role_setting AS s CROSS JOIN unnest(s.setconfig) AS c
  LEFT JOIN pg_roles AS r ON r.oid = s.setrole LEFT JOIN pg_database AS d ON d.oid = s.setdatabase
 WHERE (s.setrole = 0 OR r.rolname IN ($1, $2)) AND (s.setdatabase = 0 OR d.datname = current_database())
   AND split_part(c, '=', 1) IN ('search_path', 'role', 'session_authorization', 'session_preload_libraries',
       'local_preload_libraries', 'standard_conforming_strings', 'client_encoding', 'row_security',
       'session_replication_role', 'temp_tablespaces', 'default_transaction_read_only')
   AND NOT (c = 'search_path=pg_catalog, pg_temp' AND r.rolname = $1 AND s.setdatabase <> 0
            AND NOT EXISTS (SELECT FROM pg_namespace AS n
                             WHERE n.nspname = 'public' AND has_schema_privilege(r.oid, n.oid, 'USAGE')))
 ORDER BY 2, 1`
	var fs []Finding
	err := d.read(ctx, query, []any{d.in.appRole, d.login}, func(scan func(...any) error) error {
		var name, alter string
		err := scan(&name, &alter)
		fs = append(fs, warning(fmt.Sprintf("%s RESET %s", alter, name),
			"%s brings a %s of its own into every session", strings.TrimPrefix(alter, "ALTER "), name))
		return err
	})
	if len(fs) == 0 && err == nil {
		fs = []Finding{ok("neither database nor role brings settings that change what statements mean")}
	}
	return fs, err
}

// scanStrings lets Scan read an array.
func scanStrings(into *[]string) any { return pgtype.NewMap().SQLScanner(into) }
