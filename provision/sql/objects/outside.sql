-- What would go with schema $1 and is not of it: a view of another schema over its tables, a foreign key of another schema's
-- table, a column of one of its types. The rows are (name), sorted; the rules are the server's own (PostgreSQL manual, 53.18,
-- pg_depend): what depends on an object goes with it, and what is a part (i) or member (e) of something takes that along.
WITH RECURSIVE home AS (
    SELECT 'pg_namespace'::regclass::oid AS classid, oid AS objid FROM pg_namespace WHERE nspname = $1::text
), inside (classid, objid) AS ( -- what is in the schema, and what belongs to that and has no other schema
    SELECT classid, objid FROM home
    UNION
    SELECT d.classid, d.objid
      FROM inside AS s JOIN pg_depend AS d ON d.refclassid = s.classid AND d.refobjid = s.objid
     WHERE (s.classid = 'pg_namespace'::regclass OR d.deptype <> 'n') AND d.classid <> 'pg_namespace'::regclass
       AND NOT EXISTS (SELECT FROM pg_depend AS o
                        WHERE o.classid = d.classid AND o.objid = d.objid AND o.refclassid = 'pg_namespace'::regclass
                          AND o.refobjid <> (SELECT objid FROM home))
), gone (classid, objid, objsubid) AS ( -- objsubid: only that column
    SELECT classid, objid, 0 FROM home
    UNION
    SELECT n.* FROM gone AS g, LATERAL (
        SELECT d.classid, d.objid, d.objsubid FROM pg_depend AS d
         WHERE d.refclassid = g.classid AND d.refobjid = g.objid AND g.objsubid IN (0, d.refobjsubid)
        UNION ALL
        SELECT d.refclassid, d.refobjid, d.refobjsubid FROM pg_depend AS d
         WHERE d.classid = g.classid AND d.objid = g.objid AND d.deptype IN ('i', 'e')) AS n
), outside AS MATERIALIZED (
    SELECT * FROM gone AS g WHERE NOT EXISTS (SELECT FROM inside AS s WHERE s.classid = g.classid AND s.objid = g.objid)
)
SELECT DISTINCT i.type || ' ' || i.identity AS name
  FROM outside AS o, pg_identify_object(o.classid, o.objid, o.objsubid) AS i
 WHERE NOT EXISTS ( -- what belongs to one that is listed needs no line
        SELECT FROM pg_depend AS d JOIN outside AS w ON w.classid = d.refclassid AND w.objid = d.refobjid
         WHERE d.classid = o.classid AND d.objid = o.objid AND d.deptype <> 'n' AND w.objsubid IN (0, d.refobjsubid))
 ORDER BY name
