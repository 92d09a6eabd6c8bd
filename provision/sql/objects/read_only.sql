-- The statements that take from role $3, and from PUBLIC, every right but SELECT on the tables of schema $1 with a name of $2, on
-- their partitions there, on the sequences of their columns, and on the views there whose quoted names are $4. An owner keeps its
-- rights.
WITH RECURSIVE closed (oid) AS (
    SELECT c.oid FROM pg_class AS c
     WHERE c.relnamespace = to_regnamespace(quote_ident($1::text)) AND c.relname = ANY ($2::text[]::name[]) AND c.relkind IN ('r', 'p')
    UNION
    SELECT c.oid FROM closed AS p JOIN pg_inherits AS i ON i.inhparent = p.oid JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE c.relnamespace = to_regnamespace(quote_ident($1::text))
), object AS (
    SELECT 'TABLE' AS kind, c.oid, c.relowner, c.relacl FROM closed JOIN pg_class AS c USING (oid)
    UNION ALL
    SELECT 'TABLE', v.oid, v.relowner, v.relacl FROM pg_class AS v
     WHERE v.relnamespace = to_regnamespace(quote_ident($1::text)) AND v.relkind = 'v' AND quote_ident(v.relname) = ANY ($4::text[])
    UNION ALL
    SELECT 'SEQUENCE', s.oid, s.relowner, s.relacl
      FROM closed AS t JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid
      JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
     WHERE d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
), held AS ( -- a REVOKE on a table is one on its columns, too
    SELECT o.kind, o.oid, o.relowner, x.grantee, x.privilege_type FROM object AS o, aclexplode(o.relacl) AS x
    UNION
    SELECT o.kind, o.oid, o.relowner, x.grantee, x.privilege_type
      FROM object AS o JOIN pg_attribute AS a ON a.attrelid = o.oid, aclexplode(a.attacl) AS x
)
SELECT COALESCE(string_agg(format('REVOKE %s ON %s %s FROM %s', r.rights, r.kind, r.oid::regclass, r.grantee), E';\n'), '')
  FROM (SELECT kind, oid, string_agg(DISTINCT privilege_type, ', ') AS rights,
               CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident($3::text) END AS grantee
          FROM held
         WHERE privilege_type <> 'SELECT' AND grantee <> relowner AND grantee IN (0, to_regrole(quote_ident($3::text)))
         GROUP BY kind, oid, held.grantee) AS r
