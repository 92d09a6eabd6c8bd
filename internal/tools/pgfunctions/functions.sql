-- Every function of pg_catalog; the columns are the fields of overload, in their order.
SELECT p.proname::text,
       CASE p.prokind WHEN 'f' THEN 'function' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window' ELSE 'procedure' END,
       CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
       l.lanname::text,
       p.prosecdef,
       p.proacl IS NOT NULL AND NOT EXISTS (
           SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE'),
       p.pronargs >= 1 AND p.pronargs - p.pronargdefaults <= 1,
       p.provariadic <> 0,
       ARRAY(SELECT t.typname::text FROM unnest(p.proargtypes) WITH ORDINALITY u (type, place)
             JOIN pg_type t ON t.oid = u.type ORDER BY u.place),
       ARRAY(SELECT t.typname::text FROM unnest(p.proallargtypes, p.proargmodes) WITH ORDINALITY u (type, mode, place)
             JOIN pg_type t ON t.oid = u.type WHERE u.mode IN ('o', 'b', 't') ORDER BY u.place),
       r.typname::text
FROM pg_proc p
JOIN pg_language l ON l.oid = p.prolang
JOIN pg_type r ON r.oid = p.prorettype
WHERE p.pronamespace = 'pg_catalog'::regnamespace
