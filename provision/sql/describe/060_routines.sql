-- Functions and procedures with their whole text, aggregates with what they are made of.
SELECT CASE f.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, f.name, pg_get_functiondef(f.oid), ARRAY[f.n]
  FROM routine AS f WHERE f.prokind <> 'a'
UNION ALL
SELECT 'aggregate', f.name,
       format('SFUNC %s STYPE %s FINALFUNC %s COMBINEFUNC %s INITCOND %L', a.aggtransfn, a.aggtranstype::regtype,
              a.aggfinalfn, a.aggcombinefn, a.agginitval), ARRAY[f.n]
  FROM routine AS f JOIN pg_aggregate AS a ON a.aggfnoid = f.oid
