-- Statements that drop the next objects of schema $1, as many as go with $2 locks and one at least; '' when none is left
-- that can be dropped by itself. Views come first, since dropping a table takes its views with it, then partitions, tables,
-- and the rest. Aggregates go as ROUTINE, for the reason in members.sql.
WITH RECURSIVE candidate (n, classid, objid) AS (
    SELECT row_number() OVER (), c.classid, c.objid
      FROM (SELECT d.classid, d.objid
              FROM pg_depend AS d LEFT JOIN pg_class AS r ON d.classid = 'pg_class'::regclass AND r.oid = d.objid
             WHERE d.refclassid = 'pg_namespace'::regclass
               AND d.refobjid = (SELECT oid FROM pg_namespace WHERE nspname = $1::text)
               AND d.classid IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass)
               AND NOT EXISTS (SELECT FROM pg_depend AS o
                                WHERE o.classid = d.classid AND o.objid = d.objid
                                  AND (o.deptype = 'e' OR o.deptype = 'i' AND o.refobjid <> o.objid
                                       OR o.deptype = 'a' AND r.relkind = 'S'))
             ORDER BY r.relkind IS NULL, r.relkind NOT IN ('v', 'm'), NOT r.relispartition, r.relkind = 'S', d.objid DESC
             LIMIT 200) AS c
), gone (n, classid, objid) AS (
    SELECT n, classid, objid FROM candidate
    UNION
    SELECT g.n, d.classid, d.objid FROM gone AS g JOIN pg_depend AS d ON d.refclassid = g.classid AND d.refobjid = g.objid
), weighed AS (
    SELECT c.n, i.type, i.identity, sum(w.locks) OVER (ORDER BY c.n) AS locks
      FROM candidate AS c
      JOIN (SELECT n, count(*) AS locks FROM gone GROUP BY n) AS w ON w.n = c.n,
           pg_identify_object(c.classid, c.objid, 0) AS i
)
SELECT COALESCE(string_agg(format('DROP %s IF EXISTS %s CASCADE', CASE type WHEN 'aggregate' THEN 'ROUTINE' ELSE upper(type) END,
                                  identity), E';\n' ORDER BY n), '')
  FROM weighed WHERE locks <= $2 OR n = 1
