-- The statements that give the tenant's role $2 and take from PUBLIC, on the routines of schema $1, what the coordinator's catalog
-- says. They change nothing there. Citus sends them to the workers.
SELECT COALESCE(string_agg(concat_ws('; ',
           CASE WHEN NOT has.public THEN format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', f.oid::regprocedure) END,
           CASE WHEN has.role THEN format('GRANT EXECUTE ON ROUTINE %s TO %I', f.oid::regprocedure, $2::text) END), '; '), '')
  FROM pg_depend AS d JOIN pg_proc AS f ON f.oid = d.objid,
       LATERAL (SELECT COALESCE(bool_or(a.grantee = 0), false) AS public,
                       COALESCE(bool_or(a.grantee = to_regrole(quote_ident($2))::oid), false) AS role
                  FROM aclexplode(COALESCE(f.proacl, acldefault('f', f.proowner))) AS a) AS has
 WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_namespace'::regclass
   AND d.refobjid = to_regnamespace(quote_ident($1)) AND pg_has_role(f.proowner, 'USAGE')
   AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
