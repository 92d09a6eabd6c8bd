package provision

import (
	"context"
	"database/sql"
	"errors"
	"slices"
)

// openSchemaSQL is an expression over a row i of the installation: what is wrong with the first of the
// schemas $1 in which the application's side may create objects, or the empty string. The administrator's DDL finds
// functions there by their bare name, and one for the exact types of the arguments is taken before PostgreSQL's own
// (PostgreSQL manual, 10.3 "Functions"): whoever may put it there runs code with the administrator's rights.
//
// The application's side is PUBLIC, the application role with every role that it could become, inherited or not, the
// tenants' roles, suspended ones included, and the shared role. An owner counts without any grant, since it can grant
// itself what it lacks. Roles are first known by their names: pg_has_role reads all of the application role's
// memberships, one for each tenant, and is left for schemas that are a third party's. A superuser as application role
// is all of this already, and Config.AppRole cannot name one.
const openSchemaSQL = `
       COALESCE((
           SELECT CASE WHEN w.owns
                       THEN format('schema %I is owned by role %I, which could run code as the administrator there'
                            ' (ALTER SCHEMA %1$I OWNER TO the administrator)', n.nspname, g.rolname)
                       ELSE format('schema %I: %s may create objects, and so run code as the administrator there'
                            ' (REVOKE CREATE ON SCHEMA %1$I FROM %3$s)', n.nspname,
                            COALESCE('role ' || quote_ident(g.rolname), 'PUBLIC'),
                              COALESCE(quote_ident(g.rolname), 'PUBLIC')) END
             FROM pg_roles AS app CROSS JOIN pg_namespace AS n CROSS JOIN LATERAL (
                      SELECT n.nspowner, true
                       UNION ALL
                      SELECT x.grantee, false FROM aclexplode(n.nspacl) AS x
                       WHERE x.privilege_type = 'CREATE' AND x.grantee <> n.nspowner
                  ) AS w (role, owns) LEFT JOIN pg_roles AS g ON g.oid = w.role
            WHERE app.rolname = ANY (array_prepend(i.app_role, i.logins)::name[]) AND NOT app.rolsuper
              AND n.nspname = ANY ($1::text[]::name[])
              AND CASE WHEN w.role = 0 THEN true
                       WHEN g.rolname = current_user THEN false
                       WHEN g.rolname = ANY (array_prepend(i.app_role, i.logins)::name[]) THEN true
                       WHEN g.rolname IN (i.login_role, i.shared_role) THEN true
                       WHEN starts_with(g.rolname, i.shared_role || '_') THEN true
                       WHEN starts_with(g.rolname, i.shared_role || '$') THEN true -- out of the reserve
                       ELSE pg_has_role(app.oid, w.role, 'MEMBER') END
            ORDER BY n.nspname, w.owns DESC, g.rolname NULLS FIRST LIMIT 1), '')`

// pathSchemas returns the schemas that stand behind a tenant's on search paths; they are $1 of openSchemaSQL.
func (p *Provisioner) pathSchemas() []string {
	return slices.Concat(p.cfg.SharedSchemas, p.cfg.ExtensionSchemas)
}

// openSchema returns openSchemaSQL, or for no schemas what is empty without being planned at length.
func (p *Provisioner) openSchema() string {
	if len(p.pathSchemas()) == 0 {
		return ` COALESCE(array_to_string($1::text[], ''), '')`
	}
	return openSchemaSQL
}

// checkOpenSchemas asks openSchemaSQL on its own; Create asks it together with the rest.
func (p *Provisioner) checkOpenSchemas(ctx context.Context, tx *sql.Tx, in installation) error {
	schemas := p.pathSchemas()
	if len(schemas) == 0 {
		return nil
	}
	const query = `SELECT ` + openSchemaSQL + ` 
  FROM (SELECT $2::text, NULLIF($3, ''), NULLIF($4, ''), $5::text[]) AS i (app_role, shared_role, login_role, logins)`
	var open string
	if err := tx.QueryRowContext(ctx, query, schemas, in.appRole, in.sharedRole, in.loginRole, in.logins).
		Scan(&open); err != nil {
		return err
	}
	return openSchemaError(open)
}

// openSchemaError returns nil for "".
func openSchemaError(open string) error {
	if open == "" {
		return nil
	}
	return invalidConfig("%w", errors.New(open))
}
