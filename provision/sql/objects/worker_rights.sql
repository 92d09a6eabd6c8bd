-- Each worker's answer, as rows (node, success, result), to who may call the routines of schemas $1: PUBLIC, and the role in $2. The
-- search_path is set before the worker looks for them, so that it prints the types of arguments as the coordinator does.
SELECT w.nodename || ':' || w.nodeport, r.success, r.result
  FROM run_command_on_workers(format($command$
SELECT COALESCE(json_agg(json_build_object('n', x.n, 'name', x.name, 'public', x.public, 'role', x.role) ORDER BY x.n, x.name), '[]')
  FROM (SELECT h.n, format('%%s(%%s)', quote_ident(f.proname), pg_get_function_identity_arguments(f.oid)) AS name,
               COALESCE(bool_or(a.grantee = 0), false) AS public,
               COALESCE(bool_or(a.grantee = to_regrole(quote_ident(h.role))::oid), false) AS role
          FROM unnest(%L::text[], %L::text[]) WITH ORDINALITY AS h (schema, role, n)
          JOIN pg_proc AS f ON f.pronamespace = to_regnamespace(quote_ident(h.schema))
         CROSS JOIN LATERAL aclexplode(COALESCE(f.proacl, acldefault('f', f.proowner))) AS a
         WHERE (SELECT set_config('search_path', 'pg_catalog, pg_temp', true)) IS NOT NULL
           AND NOT EXISTS (SELECT FROM pg_depend AS e
                            WHERE e.classid = 'pg_proc'::regclass AND e.objid = f.oid AND e.deptype = 'e')
         GROUP BY h.n, f.oid, f.proname) AS x
$command$, $1::text[], $2::text[])) AS r (nodename, nodeport, success, result)
  JOIN pg_dist_node AS w USING (nodename, nodeport)
 ORDER BY 1
