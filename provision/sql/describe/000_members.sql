-- What a schema consists of, as rows of (kind, object, definition). Go joins these files with UNION ALL into one query; this
-- one goes before them. Nothing in a row depends on OIDs, on the order in which objects were made, or on who asks.
--   $1 schema   $2 the role that works in it   $3 the application's role   $4 the role of shared schemas ('': none)
-- Objects are found through pg_depend, which has an index for it; pg_class and pg_proc have none on the schema, and hold
-- the objects of every tenant. Members of extensions belong to the extension.
WITH home AS (
    SELECT oid, nspowner AS owner, nspacl AS acl FROM pg_namespace WHERE nspname = $1::text
), who (oid, label) AS (
    SELECT DISTINCT ON (oid) oid, label
      FROM (VALUES (1, 0::oid, 'PUBLIC'),
                   (2, to_regrole(quote_ident($2::text))::oid, '{{role}}'),
                   (3, to_regrole(quote_ident($3::text))::oid, '{{app}}'),
                   (4, to_regrole(quote_ident($4::text))::oid, '{{shared}}')) AS w (rank, oid, label)
     WHERE oid IS NOT NULL ORDER BY oid, rank
), member AS MATERIALIZED (
    SELECT DISTINCT d.classid, d.objid AS oid
      FROM home JOIN pg_depend AS d ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = home.oid
     WHERE NOT EXISTS (SELECT FROM pg_depend AS e
                        WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')
), relation AS MATERIALIZED (
    SELECT c.oid, c.relname, quote_ident(c.relname) AS name, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
           c.reloptions, c.relowner, c.relacl, c.relispartition
      FROM member AS m JOIN pg_class AS c ON c.oid = m.oid
     WHERE m.classid = 'pg_class'::regclass
), routine AS MATERIALIZED (
    SELECT f.oid, f.prokind, f.proowner, f.proacl,
           format('%s(%s)', quote_ident(f.proname), pg_get_function_identity_arguments(f.oid)) AS name
      FROM member AS m JOIN pg_proc AS f ON f.oid = m.oid
     WHERE m.classid = 'pg_proc'::regclass
), type AS MATERIALIZED (
    SELECT t.oid, quote_ident(t.typname) AS name, t.typtype, t.typrelid, t.typbasetype, t.typtypmod, t.typnotnull, t.typdefault,
           t.typcollation, t.typowner, t.typacl
      FROM member AS m JOIN pg_type AS t ON t.oid = m.oid
     WHERE m.classid = 'pg_type'::regclass AND t.typtype IN ('e', 'd', 'c', 'r', 'b')
)
