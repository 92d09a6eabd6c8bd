-- Types: labels of enums in their order, domains, ranges. Columns of composite types are among the columns.
SELECT 'type', t.name,
       CASE t.typtype
       WHEN 'e' THEN 'ENUM (' || (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                                    FROM pg_enum AS e WHERE e.enumtypid = t.oid) || ')'
       WHEN 'd' THEN concat_ws(' ', 'DOMAIN', format_type(t.typbasetype, t.typtypmod),
                               'COLLATE ' || NULLIF(t.typcollation, 0)::regcollation,
                               CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault)
       WHEN 'r' THEN (SELECT 'RANGE OF ' || g.rngsubtype::regtype FROM pg_range AS g WHERE g.rngtypid = t.oid)
       WHEN 'c' THEN 'COMPOSITE' ELSE 'BASE' END, ARRAY[t.n]
  FROM type AS t
