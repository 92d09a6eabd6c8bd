package provision

import (
	"context"
	"database/sql"
)

// closeRoutines takes from PUBLIC the EXECUTE that PostgreSQL gives it on every new function, as apply_ddl does for the
// DDL's. Those that the administrator does not own are left alone.
func closeRoutines(ctx context.Context, tx *sql.Tx, t Tenant) error {
	const query = `
SELECT COALESCE(string_agg(format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', f.oid::regprocedure), '; '), '')
  FROM pg_depend AS d JOIN pg_proc AS f ON f.oid = d.objid
 WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_namespace'::regclass
   AND d.refobjid = to_regnamespace(quote_ident($1)) AND f.proowner = quote_ident(current_user)::regrole
   AND EXISTS (SELECT FROM aclexplode(COALESCE(f.proacl, acldefault('f', f.proowner))) AS a WHERE a.grantee = 0)`
	return runMade(ctx, tx, query, t.Schema)
}
