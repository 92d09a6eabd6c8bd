-- The statements that give role $2 the rights that role $1 has in this database, and take them from $1. With '' for $2 they only
-- take them. Policies for $1 are for $2 then; with '' they stay. What $1 has on the database itself, which belongs to the server, is left alone: it may be another database's.
WITH held AS (
    SELECT DISTINCT classid, objid FROM pg_shdepend
     WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND deptype IN ('a', 'r')
       AND refclassid = 'pg_authid'::regclass AND refobjid = to_regrole(quote_ident($1::text))
), object (before, kind, name, col, acl) AS (
    SELECT '', 'SCHEMA', quote_ident(n.nspname), '', n.nspacl
      FROM held JOIN pg_namespace AS n ON n.oid = objid WHERE classid = 'pg_namespace'::regclass
    UNION ALL
    SELECT '', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass::text, '', c.relacl
      FROM held JOIN pg_class AS c ON c.oid = objid WHERE classid = 'pg_class'::regclass
    UNION ALL
    SELECT '', 'TABLE', a.attrelid::regclass::text, format(' (%I)', a.attname), a.attacl
      FROM held JOIN pg_attribute AS a ON a.attrelid = objid WHERE classid = 'pg_class'::regclass
    UNION ALL
    SELECT '', 'ROUTINE', f.oid::regprocedure::text, '', f.proacl
      FROM held JOIN pg_proc AS f ON f.oid = objid WHERE classid = 'pg_proc'::regclass
    UNION ALL
    SELECT '', 'TYPE', t.oid::regtype::text, '', t.typacl
      FROM held JOIN pg_type AS t ON t.oid = objid WHERE classid = 'pg_type'::regclass
    UNION ALL
    SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s ', pg_get_userbyid(x.defaclrole), ' IN SCHEMA ' || quote_ident(n.nspname)),
           CASE x.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES'
                                ELSE 'SCHEMAS' END, '', '', x.defaclacl
      FROM held JOIN pg_default_acl AS x ON x.oid = objid LEFT JOIN pg_namespace AS n ON n.oid = x.defaclnamespace
     WHERE classid = 'pg_default_acl'::regclass
), granted AS (
    SELECT o.before, o.kind, o.name, a.is_grantable, string_agg(a.privilege_type || o.col, ', ' ORDER BY a.privilege_type) AS privileges
      FROM object AS o, aclexplode(o.acl) AS a
     WHERE a.grantee = to_regrole(quote_ident($1::text))
     GROUP BY o.before, o.kind, o.name, o.col, a.is_grantable
)
SELECT COALESCE(string_agg(statement, E';\n' ORDER BY step, statement), '')
  FROM (SELECT 1, format('%sGRANT %s ON %s %s TO %I%s', before, privileges, kind, name, $2::text,
                         CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) FROM granted WHERE $2::text <> ''
        UNION
        SELECT 1, format('ALTER POLICY %I ON %s TO %s', p.polname, p.polrelid::regclass,
                         (SELECT string_agg(CASE r.oid WHEN 0 THEN 'PUBLIC' WHEN to_regrole(quote_ident($1::text)) THEN quote_ident($2::text)
                                            ELSE quote_ident(pg_get_userbyid(r.oid)) END, ', ') FROM unnest(p.polroles) AS r (oid)))
          FROM held JOIN pg_policy AS p ON p.oid = objid WHERE classid = 'pg_policy'::regclass AND $2::text <> ''
        UNION
        SELECT 2, format('%sREVOKE ALL ON %s %s FROM %I', before, kind, name, $1::text) FROM granted) AS s (step, statement)
