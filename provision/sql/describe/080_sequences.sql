-- Sequences, and the column that each belongs to. Where a sequence stands is data.
SELECT 'sequence', r.name,
       format('AS %s START %s INCREMENT %s MINVALUE %s MAXVALUE %s CACHE %s%s%s', s.seqtypid::regtype, s.seqstart, s.seqincrement,
              s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' END,
              (SELECT format(' OWNED BY %s.%s', quote_ident(c.relname), quote_ident(a.attname))
                 FROM pg_depend AS d JOIN pg_class AS c ON c.oid = d.refobjid
                 JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
                  AND d.deptype IN ('a', 'i'))), ARRAY[r.n]
  FROM relation AS r JOIN pg_sequence AS s ON s.seqrelid = r.oid
