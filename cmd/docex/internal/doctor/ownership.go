package doctor

import (
	"context"
	"fmt"
	"strings"
)

// checkOwnership warns of what belongs to the application's login: an owner needs no grant.
func checkOwnership(ctx context.Context, d *doctor) ([]Finding, error) {
	var owned []string
	err := d.read(ctx, ownedSQL, []any{d.login, d.system()}, func(scan func(...any) error) error {
		var object string
		var registry bool
		err := scan(&object, &registry)
		owned = append(owned, object)
		if registry && d.thin == "" {
			d.thin = fmt.Sprintf("%q owns the registry", d.login)
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(owned) == 0:
		return one(ok("nothing of docex's belongs to %q", d.login))
	}
	remedy := "ALTER " + owned[0] + " OWNER TO " + quote(d.administrator)
	if d.administrator == d.login {
		remedy = "roles of their own for the administrator and the application, in admin_dsn and app_dsn"
	}
	return one(warning(remedy,
		"%q owns %s: an owner needs no grant, so for it there is no role wall there", d.login, some(owned)))
}

// ownedSQL finds the database, the system schema, tenants' schemas and what is in those. Roles' objects are looked up
// by the role (PostgreSQL manual, "pg_shdepend"), but for the bootstrap superuser's, who has none there and for whom it
// does not matter.
const ownedSQL = `
WITH home AS (
    SELECT n.oid FROM pg_namespace AS n
     WHERE n.nspname = $2 OR n.nspname IN (SELECT schema_name::name FROM {{system}}.tenant WHERE state <> 'dropped')
), owned AS (
    SELECT s.classid, s.objid FROM pg_shdepend AS s
     WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = (SELECT oid FROM pg_roles WHERE rolname = $1)
       AND s.deptype = 'o' AND s.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
)
SELECT format('DATABASE %I', datname), false FROM owned JOIN pg_database AS d ON d.oid = objid
 WHERE classid = 'pg_database'::regclass AND datname = current_database()
UNION ALL
SELECT format('SCHEMA %I', nspname), nspname = $2 FROM owned JOIN pg_namespace AS n ON n.oid = objid
 WHERE classid = 'pg_namespace'::regclass AND n.oid IN (SELECT oid FROM home)
UNION ALL
SELECT format('TABLE %I.%I', nspname, relname), nspname = $2 FROM owned JOIN pg_class AS c ON c.oid = objid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE classid = 'pg_class'::regclass AND n.oid IN (SELECT oid FROM home)
UNION ALL
SELECT format('ROUTINE %s', objid::regprocedure), false FROM owned JOIN pg_proc AS f ON f.oid = objid
 WHERE classid = 'pg_proc'::regclass AND f.pronamespace IN (SELECT oid FROM home)`

// most is how many names a finding lists.
const most = 5

// some lists the first of names.
func some(names []string) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
