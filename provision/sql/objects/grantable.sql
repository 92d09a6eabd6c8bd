-- On what in schema $1 Create gives a tenant's role rights: rows (label, gives, before, kind, name). label is what descriptions
-- call it. They hold no partitions, so a partition has the label of its root. gives are the privileges. The statement is:
-- before GRANT … ON kind name TO …. Members of extensions belong to those.
WITH home AS (
    SELECT oid, quote_ident(nspname) AS name, quote_ident(pg_get_userbyid(nspowner)) AS owner FROM pg_namespace WHERE nspname = $1::text
), member AS (
    SELECT d.classid, d.objid FROM home AS h JOIN pg_depend AS d ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = h.oid
     WHERE NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
), given (kind, gives) AS (
    VALUES ('TABLE', ARRAY['DELETE', 'INSERT', 'SELECT', 'UPDATE']), ('SEQUENCE', ARRAY['SELECT', 'UPDATE', 'USAGE']),
           ('ROUTINE', ARRAY['EXECUTE'])
)
SELECT o.label, g.gives, o.before, o.kind || o.many, o.name
  FROM (SELECT quote_ident(COALESCE(p.relname, c.relname)), '', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, '', c.oid::regclass::text
          FROM member JOIN pg_class AS c ON c.oid = objid
          LEFT JOIN pg_class AS p ON c.relispartition AND p.oid = pg_partition_root(c.oid)
         WHERE classid = 'pg_class'::regclass AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        UNION ALL
        SELECT format('%s(%s)', quote_ident(f.proname), pg_get_function_identity_arguments(f.oid)), '', 'ROUTINE', '',
               f.oid::regprocedure::text
          FROM member JOIN pg_proc AS f ON f.oid = objid WHERE classid = 'pg_proc'::regclass
        UNION ALL
        SELECT format('future objects (%s)', f.type), format('ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA %s ', h.owner, h.name),
               f.kind, 'S', ''
          FROM home AS h, (VALUES ('r', 'TABLE'), ('S', 'SEQUENCE'), ('f', 'ROUTINE')) AS f (type, kind)
       ) AS o (label, before, kind, many, name) JOIN given AS g USING (kind)
 ORDER BY o.before, o.kind, o.name
