-- Tables of all kinds, what they inherit from, views.
SELECT CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
       r.name,
       concat_ws(' ',
           CASE r.relpersistence WHEN 'u' THEN 'UNLOGGED' END,
           CASE r.relkind WHEN 'p' THEN 'PARTITION BY ' || pg_get_partkeydef(r.oid) END,
           (SELECT 'INHERITS (' || string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) || ')'
              FROM pg_inherits AS i WHERE i.inhrelid = r.oid),
           CASE WHEN r.relispartition THEN (SELECT pg_get_expr(c.relpartbound, c.oid) FROM pg_class AS c WHERE c.oid = r.oid) END,
           CASE WHEN r.relrowsecurity THEN 'ROW LEVEL SECURITY' END,
           CASE WHEN r.relforcerowsecurity THEN 'FORCED' END,
           'WITH (' || (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(r.reloptions) AS o) || ')',
           CASE WHEN r.relkind IN ('v', 'm') THEN 'AS ' || pg_get_viewdef(r.oid) END), ARRAY[r.n]
  FROM relation AS r WHERE r.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT r.parted
UNION ALL
-- Of partitions, row security: statements that name a partition are under its own policies only.
SELECT 'partition', r.name,
       concat_ws(' ', CASE WHEN r.relrowsecurity THEN 'ROW LEVEL SECURITY' END, CASE WHEN r.relforcerowsecurity THEN 'FORCED' END), ARRAY[r.n]
  FROM relation AS r WHERE r.parted AND (r.relrowsecurity OR r.relforcerowsecurity)
UNION ALL
-- Partitions and heirs in other schemas: their rows are rows of the tenant's table. Temporary ones are their session's alone.
SELECT 'table', c.oid::regclass::text, concat_ws(' ', format('INHERITS (%s)', r.name), pg_get_expr(c.relpartbound, c.oid)), ARRAY[r.n]
  FROM relation AS r JOIN pg_inherits AS i ON i.inhparent = r.oid JOIN pg_class AS c ON c.oid = i.inhrelid
 WHERE r.relhassubclass AND c.relnamespace <> r.relnamespace AND c.relpersistence <> 't'
