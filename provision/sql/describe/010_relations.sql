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
  FROM relation AS r WHERE r.relkind IN ('r', 'p', 'f', 'v', 'm')
