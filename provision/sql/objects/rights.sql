-- The statements that take every right on schema $1, and on what is in it, from everybody but the owners. Types are left as
-- they are: PUBLIC may use them.
WITH home AS (
    SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname = $1::text
), member AS (
    SELECT d.classid, d.objid FROM home JOIN pg_depend AS d
        ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = home.oid
     WHERE NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
), relation AS (
    SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, c.oid::regclass::text AS name, c.relowner AS owner,
           c.relacl, c.oid
      FROM member JOIN pg_class AS c ON c.oid = objid WHERE classid = 'pg_class'::regclass
), object (kind, name, owner, acl) AS (
    SELECT 'SCHEMA', quote_ident(nspname), nspowner, nspacl FROM home
    UNION ALL SELECT kind, name, owner, relacl FROM relation
    UNION ALL SELECT r.kind, r.name, r.owner, a.attacl FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid
    UNION ALL
    SELECT 'ROUTINE', f.oid::regprocedure::text, f.proowner, COALESCE(f.proacl, acldefault('f', f.proowner))
      FROM member JOIN pg_proc AS f ON f.oid = objid WHERE classid = 'pg_proc'::regclass
)
SELECT COALESCE(string_agg(DISTINCT format('REVOKE ALL ON %s %s FROM %s CASCADE', o.kind, o.name,
           CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END), E';\n'), '')
  FROM object AS o, aclexplode(o.acl) AS a WHERE a.grantee <> o.owner
