-- Constraints of tables and of domains. NOT NULL is part of the column; PostgreSQL 18 has a constraint for it as well.
SELECT 'constraint', format('%s.%s', o.name, quote_ident(k.conname)), pg_get_constraintdef(k.oid)
  FROM relation AS o JOIN pg_constraint AS k ON k.conrelid = o.oid WHERE k.contype NOT IN ('n', 't')
UNION ALL
SELECT 'constraint', format('%s.%s', o.name, quote_ident(k.conname)), pg_get_constraintdef(k.oid)
  FROM type AS o JOIN pg_constraint AS k ON k.contypid = o.oid WHERE o.typtype = 'd' AND k.contype <> 'n'
