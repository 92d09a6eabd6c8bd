-- Constraints of tables and of domains. NOT NULL is part of the column; PostgreSQL 18 has a constraint for it as well. Groups are of
-- checks: the server prints their expression, NO INHERIT, and what one that is not valid is. See 000_members.sql for groups. A foreign
-- key to a table with partitions has one more for each of them.
SELECT 'constraint', format('%s.%s', name, quote_ident(conname)), pg_get_constraintdef(min(oid)), array_agg(n)
  FROM (SELECT o.n, o.name, o.columns[1] AS columns, k.oid, k.conname, k.connoinherit, k.conbin::text AS expression,
               CASE WHEN k.contype = 'c' AND k.convalidated THEN 0 ELSE k.oid END AS alone
          FROM tabular AS o JOIN pg_constraint AS k ON k.conrelid = o.oid
         WHERE NOT o.parted AND k.contype NOT IN ('n', 't') AND NOT (k.contype = 'f' AND k.conparentid <> 0)) AS k
 GROUP BY name, columns, conname, connoinherit, expression, alone
UNION ALL
-- OFFSET 0 has the server look for each domain: most constraints have none, so it takes the index to be of no use.
SELECT 'constraint', format('%s.%s', o.name, quote_ident(k.conname)), pg_get_constraintdef(k.oid), ARRAY[o.n]
  FROM type AS o, LATERAL (SELECT * FROM pg_constraint AS c WHERE c.contypid = o.oid OFFSET 0) AS k
 WHERE o.typtype = 'd' AND k.contype <> 'n'
