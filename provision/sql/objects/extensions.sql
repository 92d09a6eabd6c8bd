-- The extensions that objects of schema $1 need, as (name, schema), sorted by name: what the objects, their columns, defaults,
-- constraints, indexes and triggers depend on and an extension has as its member. Extensions in pg_catalog, such as plpgsql,
-- are everywhere.
WITH RECURSIVE inside (classid, objid) AS (
    SELECT 'pg_namespace'::regclass::oid, oid FROM pg_namespace WHERE nspname = $1::text
    UNION
    SELECT d.classid, d.objid FROM inside AS s JOIN pg_depend AS d ON d.refclassid = s.classid AND d.refobjid = s.objid
     WHERE s.classid = 'pg_namespace'::regclass OR d.deptype IN ('a', 'i')
)
SELECT DISTINCT e.extname COLLATE "C" AS name, n.nspname
  FROM inside AS s JOIN pg_depend AS d ON d.classid = s.classid AND d.objid = s.objid
  JOIN pg_depend AS m ON m.classid = d.refclassid AND m.objid = d.refobjid AND m.deptype = 'e'
                     AND m.refclassid = 'pg_extension'::regclass
  JOIN pg_extension AS e ON e.oid = m.refobjid JOIN pg_namespace AS n ON n.oid = e.extnamespace
 WHERE n.nspname <> 'pg_catalog'
 ORDER BY name
