-- What each node of a Citus cluster says, as rows (id, coordinator, name, active, success, result). The result is JSON, or why there
-- is none. $1, $2 and $3 are the tenants' ids, schemas and roles, $4 whether each is active, and $5 the system schema.
SELECT w.nodeid, w.groupid = 0, w.nodename || ':' || w.nodeport, w.isactive, COALESCE(r.success, false), COALESCE(r.result, '')
  FROM pg_dist_node AS w
  LEFT JOIN run_command_on_all_nodes(format($command$
WITH tenant AS MATERIALIZED (
    SELECT t.id, t.active, r.oid, r.rolcanlogin,
           COALESCE(has_schema_privilege(r.oid, to_regnamespace(quote_ident(t.schema)), 'USAGE'), false) AS usable
      FROM unnest(%1$L::text[], %2$L::text[], %3$L::text[], %4$L::boolean[]) AS t (id, schema, role, active)
      LEFT JOIN pg_roles AS r ON r.rolname = t.role
)
SELECT json_build_object(
    'server', current_setting('server_version'),
    'citus', (SELECT extversion FROM pg_extension WHERE extname = 'citus'),
    'library', (SELECT substring(citus_version() FROM '^Citus ([^ ]+)')),
    'rights', ARRAY(SELECT a.privilege_type FROM pg_database AS d, aclexplode(COALESCE(d.datacl, acldefault('d', d.datdba))) AS a
                     WHERE d.datname = current_database() AND a.grantee = 0 ORDER BY 1),
    'routines', ARRAY(SELECT DISTINCT n.nspname FROM pg_namespace AS n JOIN pg_proc AS f ON f.pronamespace = n.oid,
                             aclexplode(COALESCE(f.proacl, acldefault('f', f.proowner))) AS a
                       WHERE (n.nspname = ANY (%2$L::text[]) OR n.nspname = %5$L) AND a.grantee = 0 AND NOT EXISTS
                             (SELECT FROM pg_depend AS e WHERE e.classid = 'pg_proc'::regclass AND e.objid = f.oid AND e.deptype = 'e')
                       ORDER BY 1),
    'roleless', ARRAY(SELECT id FROM tenant WHERE oid IS NULL ORDER BY id),
    'loginless', ARRAY(SELECT id FROM tenant WHERE NOT rolcanlogin ORDER BY id),
    'open', ARRAY(SELECT id FROM tenant WHERE NOT active AND usable ORDER BY id),
    'shut', ARRAY(SELECT id FROM tenant WHERE active AND NOT usable ORDER BY id))
$command$, $1::text[], $2::text[], $3::text[], $4::boolean[], $5::text)) AS r ON r.nodeid = w.nodeid
 WHERE w.noderole = 'primary' ORDER BY w.groupid
