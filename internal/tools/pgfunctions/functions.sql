-- Every function of the extension $1, or of pg_catalog when $1 is empty; the columns are the fields of overload, in
-- their order.
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
WHERE CASE WHEN $1 = '' THEN p.pronamespace = 'pg_catalog'::regnamespace ELSE EXISTS (
    SELECT FROM pg_extension e JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
     WHERE e.extname = $1 AND d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e') END
