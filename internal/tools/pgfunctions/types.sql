-- Every type of pg_catalog but the arrays; the columns are the fields of typ, in their order.
SELECT t.typname::text,
       CASE t.typtype WHEN 'c' THEN 'row' WHEN 'p' THEN 'pseudo' ELSE 'data' END,
       i.provolatile <> 'i' OR o.provolatile <> 'i'
FROM pg_type t
JOIN pg_proc i ON i.oid = t.typinput
JOIN pg_proc o ON o.oid = t.typoutput
WHERE t.typnamespace = 'pg_catalog'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
