-- What the schemas of tenants consist of, as rows of (kind, object, definition, n). n is an array: the numbers of the tenants that
-- have it. Go joins these files with UNION ALL into one query; this one goes before them. Nothing in a row depends on OIDs, on the
-- order in which objects were made, or on who asks.
--   $1 schemas   $2 the role of each tenant ('': none, the application's works in it)   $3 the application's role
--   $4 the role of shared schemas ('': none)   $5 the role that may take on the tenants': the application's, or its logins'
-- Objects are found through pg_depend, which has an index for it; pg_class and pg_proc have none on the schema, and hold
-- the objects of every tenant. OFFSET 0 has the server look for those of one schema after the other: where many tenants were made
-- since the catalogs were analyzed, it takes them for small, and reads the whole of them. Members of extensions belong to the extension.
--
-- Printing indexes and constraints takes the server longest. Those that it prints alike are one group, of which it prints one. They
-- are alike when their catalog rows have the same in all that the server prints, with OIDs and stored expressions as they are: what
-- refers to something of one tenant's is not like another's.
--
-- Partitions of a tenant's own tables are data, as rows are: programs add and drop them. What they have of their parent, and rights
-- of the tenant's role that it has on other tables, are left out. They are parted in what follows. A foreign table is none, nor is a
-- partition of another schema's table, or one in another schema.
WITH tenant AS MATERIALIZED (
    SELECT t.n::integer, t.schema, t.role <> '' AS own, to_regrole(quote_ident(COALESCE(NULLIF(t.role, ''), $3)))::oid AS role
      FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t (schema, role, n)
), home AS MATERIALIZED (
    SELECT t.n, t.role, s.oid, quote_ident(s.nspname) AS name, s.nspowner AS owner, s.nspacl AS acl
      FROM tenant AS t JOIN pg_namespace AS s ON s.nspname = t.schema
), who (oid, label) AS MATERIALIZED (
    SELECT DISTINCT ON (oid) oid, label
      FROM (VALUES (1, 0::oid, 'PUBLIC'),
                   (2, to_regrole(quote_ident($3::text))::oid, '{{app}}'),
                   (3, to_regrole(quote_ident($4::text))::oid, '{{shared}}'),
                   (4, to_regrole(quote_ident($5::text))::oid, '{{app}}')) AS w (rank, oid, label)
     WHERE oid IS NOT NULL ORDER BY oid, rank
), member AS MATERIALIZED (
    SELECT DISTINCT h.n, h.role, h.owner AS homeowner, h.name AS schema, d.classid, d.objid AS oid
      FROM home AS h, LATERAL (SELECT * FROM pg_depend AS m
                                WHERE m.refclassid = 'pg_namespace'::regclass AND m.refobjid = h.oid OFFSET 0) AS d
     WHERE (d.classid, d.objid) NOT IN (SELECT e.classid, e.objid FROM pg_depend AS e
                                         WHERE e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
), relation AS MATERIALIZED (
    SELECT m.n, m.role, m.homeowner, m.schema, c.oid, quote_ident(c.relname) AS name, c.relkind, c.relpersistence,
           c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relowner, c.relacl, c.relispartition, c.relnamespace, c.relhassubclass,
           c.relispartition AND c.relkind IN ('r', 'p')
           AND EXISTS (SELECT FROM pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhparent
                        WHERE i.inhrelid = c.oid AND p.relnamespace = c.relnamespace) AS parted
      FROM member AS m JOIN pg_class AS c ON c.oid = m.oid
     WHERE m.classid = 'pg_class'::regclass
), tabular AS MATERIALIZED ( -- with names [1] and types [2] of columns, for groups. Of a version that is not known yet: no groups.
    SELECT r.n, r.role, r.schema, r.oid, r.name, r.relkind, r.parted, a.ordered,
           CASE WHEN current_setting('server_version_num')::integer >= 190000 THEN ARRAY[r.oid::text, r.oid::text]
                ELSE ARRAY[a.names, a.types] END AS columns
      FROM relation AS r, LATERAL (
               SELECT string_agg(format('%s %I', c.attnum, c.attname), ' ') AS names,
                      string_agg(format('%s %s %s', c.attnum, c.atttypid, c.attcollation), ' ') AS types,
                      '(' || string_agg(quote_ident(c.attname), ', ') || ')' AS ordered
                 FROM (SELECT * FROM pg_attribute AS c
                        WHERE c.attrelid = r.oid AND c.attnum > 0 AND NOT c.attisdropped AND NOT r.parted ORDER BY c.attnum) AS c) AS a
     WHERE r.relkind <> 'S'
), routine AS MATERIALIZED (
    SELECT m.n, m.role, m.homeowner, f.oid, f.prokind, f.proowner, f.proacl,
           format('%s(%s)', quote_ident(f.proname), pg_get_function_identity_arguments(f.oid)) AS name
      FROM member AS m JOIN pg_proc AS f ON f.oid = m.oid
     WHERE m.classid = 'pg_proc'::regclass
), type AS MATERIALIZED (
    SELECT m.n, m.role, m.homeowner, t.oid, quote_ident(t.typname) AS name, t.typtype, t.typrelid, t.typbasetype, t.typtypmod, t.typnotnull,
           t.typdefault, t.typcollation, t.typowner, t.typacl
      FROM member AS m JOIN pg_type AS t ON t.oid = m.oid
     WHERE m.classid = 'pg_type'::regclass AND t.typtype IN ('e', 'd', 'c', 'r', 'b')
)
