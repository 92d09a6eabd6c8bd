-- How schemas $1 are not where they should be, as rows (n, kind, object, want, got): n is the number of the schema. $2: each is
-- Citus', with its tables in one shard group. Otherwise each is local. Of a partitioned table the partitions are named too.
WITH home AS MATERIALIZED (
    SELECT h.n, to_regnamespace(quote_ident(h.name))::oid AS oid, quote_ident(h.name) AS name
      FROM unnest($1::text[]) WITH ORDINALITY AS h (name, n)
)
SELECT h.n, 'schema', h.name, CASE WHEN $2 THEN 'distributed by Citus' ELSE 'local' END,
       CASE WHEN $2 THEN 'local on the coordinator' ELSE 'distributed by Citus' END
  FROM home AS h WHERE h.oid IS NOT NULL AND $2 <> EXISTS (SELECT FROM pg_dist_schema AS s WHERE s.schemaid = h.oid)
UNION ALL
SELECT h.n, 'table', quote_ident(c.relname), 'in the tenant''s shard group',
       CASE WHEN p.logicalrelid IS NULL THEN 'local on the coordinator' ELSE 'distributed outside of it' END
  FROM home AS h JOIN pg_dist_schema AS s ON s.schemaid = h.oid,
       LATERAL (SELECT * FROM pg_depend AS m WHERE m.refclassid = 'pg_namespace'::regclass AND m.refobjid = h.oid
                   AND m.classid = 'pg_class'::regclass OFFSET 0) AS d
  JOIN pg_class AS c ON c.oid = d.objid AND c.relkind IN ('r', 'p')
  LEFT JOIN pg_dist_partition AS p ON p.logicalrelid = c.oid
 WHERE $2 AND p.colocationid IS DISTINCT FROM s.colocationid
   AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
 ORDER BY 1, 2, 3
