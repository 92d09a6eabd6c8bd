package doctor

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// reach looks at rights of the login, of everybody, and of the roles that the login may become with SET ROLE: tenants'
// roles, the one that these share, and any others. The latter matter to statements that get past the guard, and
// functions like has_table_privilege do not count them.
func (d *doctor) reach(ctx context.Context) ([]Finding, error) {
	var registry, outside []string
	var remedies [2]string
	args := []any{d.login, d.system(), d.in.appRole, d.in.shared}
	err := d.read(ctx, reachSQL, args, func(scan func(...any) error) error {
		var object, privilege, who string
		var ofRegistry bool
		err := scan(&object, &privilege, &who, &ofRegistry)
		held, into, remedy := fmt.Sprintf("%s on %s to %s", privilege, object, who), &registry, &remedies[0]
		if !ofRegistry {
			into, remedy = &outside, &remedies[1]
		}
		*into = append(*into, held)
		revoke := fmt.Sprintf("REVOKE %s ON %s FROM %s", privilege, object, who)
		if ofRegistry && who == "PUBLIC" {
			revoke = "docex repair" // which takes all of PUBLIC's there
		}
		*remedy = cmp.Or(*remedy, revoke)
		return err
	})
	if err != nil {
		return nil, err
	}
	var fs []Finding
	if len(registry) > 0 {
		fs = append(fs, failure(remedies[0], "%q, or a role that it may become, has rights on the registry: %s", d.login,
			some(registry)))
	}
	if len(outside) > 0 {
		fs = append(fs, warning(remedies[1], "%q, or a role that it may become, has rights beyond tenants' schemas: %s",
			d.login, some(outside)))
	}
	shared, err := d.sharedReach(ctx)
	return append(fs, shared...), err
}

// reachSQL lists rights beyond those that Init grants: USAGE of the system schema for the application's role and the
// one that tenants share, EXECUTE of pin, session_memory and active_tenants for the former, and of what tenants may
// call for the latter, or for the former where there is none. Single columns have rights of their own (PostgreSQL
// manual, 5.7 "Privileges").
//
//	$1 the login, $2 the system schema, $3 the application's role, $4 the role that tenants share, or ''
//
// 10 is the superuser that initdb makes, who owns what has no owner.
const reachSQL = `
WITH of_registry (object, owner, grantee, privilege) AS (
    SELECT format('SCHEMA %I', n.nspname), n.nspowner, a.grantee, a.privilege_type
      FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
     WHERE n.nspname = $2 AND (a.privilege_type <> 'USAGE'
       OR a.grantee NOT IN (SELECT oid FROM pg_roles WHERE rolname IN ($3, $4)))
    UNION ALL
    SELECT format(CASE c.relkind WHEN 'S' THEN 'SEQUENCE %s' ELSE 'TABLE %s' END, c.oid::regclass), c.relowner,
      a.grantee, a.privilege_type
      FROM pg_class AS c, aclexplode(c.relacl) AS a WHERE c.relnamespace = quote_ident($2)::regnamespace
    UNION ALL
    SELECT format('TABLE %s', c.oid::regclass), c.relowner, a.grantee, format('%s (%I)', a.privilege_type, t.attname)
      FROM pg_class AS c JOIN pg_attribute AS t ON t.attrelid = c.oid, aclexplode(t.attacl) AS a
     WHERE c.relnamespace = quote_ident($2)::regnamespace
    UNION ALL
    SELECT format('FUNCTION %s', f.oid::regprocedure), f.proowner, a.grantee, a.privilege_type
      FROM pg_proc AS f, aclexplode(COALESCE(f.proacl, acldefault('f', f.proowner))) AS a
     WHERE f.pronamespace = quote_ident($2)::regnamespace
       AND NOT (f.proname IN ('pin', 'session_memory', 'active_tenants')
            AND a.grantee = (SELECT oid FROM pg_roles WHERE rolname = $3))
       AND NOT (f.proname IN ('lock', 'try_lock', 'channel', 'notify', 'truncate_tables', 'analyze_tables',
                              'refresh_view')
            AND a.grantee = (SELECT oid FROM pg_roles WHERE rolname = COALESCE(NULLIF($4, ''), $3)))
), others (object, owner, grantee, privilege) AS (
    SELECT format('DATABASE %I', d.datname), d.datdba, a.grantee, a.privilege_type
      FROM pg_database AS d, aclexplode(d.datacl) AS a
     WHERE d.datname = current_database() AND (a.privilege_type = 'CREATE' OR a.privilege_type = 'TEMPORARY'
       AND a.grantee <> 0)
    UNION ALL
    SELECT format('SCHEMA %I', n.nspname), n.nspowner, a.grantee, a.privilege_type
      FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
     WHERE a.privilege_type = 'CREATE' AND n.nspname <> $2 AND NOT (n.nspname = 'public' AND a.grantee = 0)
       AND n.nspname NOT IN (SELECT schema_name::name FROM {{system}}.tenant WHERE schema_name IS NOT NULL)
    UNION ALL
    SELECT format('FOREIGN SERVER %I', s.srvname), s.srvowner, a.grantee, a.privilege_type
      FROM pg_foreign_server AS s, aclexplode(s.srvacl) AS a
    UNION ALL
    SELECT format('PARAMETER %s', p.parname), 10::oid, a.grantee, a.privilege_type
      FROM pg_parameter_acl AS p, aclexplode(p.paracl) AS a
)
SELECT object, privilege, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, of_it
  FROM (SELECT *, true FROM of_registry UNION ALL SELECT *, false FROM others) AS held
    (object, owner, grantee, privilege, of_it)
 WHERE grantee <> owner AND (grantee = 0 OR pg_has_role($1::name, grantee, 'MEMBER'))
 ORDER BY 1, 2, 3`

// sharedReach looks at the role that all tenants' roles are members of: what it may, every tenant may.
func (d *doctor) sharedReach(ctx context.Context) ([]Finding, error) {
	if d.in.shared == "" {
		return nil, nil
	}
	const query = `
SELECT concat_ws(', ', CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
       CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
       CASE WHEN rolreplication THEN 'REPLICATION' END, CASE WHEN rolcanlogin THEN 'LOGIN' END),
       COALESCE((SELECT string_agg(quote_ident(g.rolname), ', ' ORDER BY g.rolname)
                   FROM pg_auth_members AS m JOIN pg_roles AS g ON g.oid = m.roleid WHERE m.member = r.oid), '')
  FROM pg_roles AS r WHERE rolname = $1`
	var attributes, groups string
	err := d.readOne(ctx, query, []any{d.in.shared}, &attributes, &groups)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil // the check of the registry says that it is missing
	case err != nil:
		return nil, fmt.Errorf("role %q: %w", d.in.shared, err)
	}
	var fs []Finding
	if attributes != "" {
		fs = append(fs, failure("ALTER ROLE "+quote(d.in.shared)+
			" NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION NOLOGIN",
			"%q, which every tenant's role may become, has %s", d.in.shared, attributes))
	}
	if groups != "" {
		fs = append(fs, failure("REVOKE "+groups+" FROM "+quote(d.in.shared),
			"every tenant has the rights of %s, through %q", groups, d.in.shared))
	}
	return fs, nil
}
