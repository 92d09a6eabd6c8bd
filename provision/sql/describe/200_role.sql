-- The tenant's role and who may take it on. These rows are held against what Create makes, not against a record of it.
SELECT 'role', '{{role}}',
       concat_ws(' ', CASE WHEN rolsuper THEN '' ELSE 'NO' END || 'SUPERUSER', CASE WHEN rolcreatedb THEN '' ELSE 'NO' END || 'CREATEDB',
                 CASE WHEN rolcreaterole THEN '' ELSE 'NO' END || 'CREATEROLE', CASE WHEN rolinherit THEN '' ELSE 'NO' END || 'INHERIT',
                 CASE WHEN rolcanlogin THEN '' ELSE 'NO' END || 'LOGIN', CASE WHEN rolreplication THEN '' ELSE 'NO' END || 'REPLICATION',
                 CASE WHEN rolbypassrls THEN '' ELSE 'NO' END || 'BYPASSRLS'), ARRAY[t.n]
  FROM tenant AS t JOIN pg_roles AS r ON r.oid = t.role WHERE t.own
UNION ALL
-- Options of memberships are from 16 on, so they are read by name. A creator's own membership gives no rights there.
SELECT 'membership', format('%s in %s', COALESCE(CASE a.member WHEN a.role THEN '{{role}}' END, m.label, quote_ident(pg_get_userbyid(a.member))),
                            COALESCE(CASE a.roleid WHEN a.role THEN '{{role}}' END, g.label, quote_ident(pg_get_userbyid(a.roleid)))),
       CASE WHEN bool_or(a.admin_option) THEN 'WITH ADMIN' ELSE '' END
       || CASE WHEN m.label = '{{app}}' AND bool_or(to_jsonb(a) ->> 'inherit_option' = 'true') THEN 'WITH INHERIT' ELSE '' END, ARRAY[a.n]
  FROM (SELECT t.n, t.role, i.*
          FROM tenant AS t, LATERAL (SELECT * FROM pg_auth_members AS m WHERE m.member = t.role OFFSET 0) AS i WHERE t.own
        UNION ALL
        SELECT t.n, t.role, i.*
          FROM tenant AS t, LATERAL (SELECT * FROM pg_auth_members AS m WHERE m.roleid = t.role OFFSET 0) AS i WHERE t.own) AS a
  LEFT JOIN who AS m ON m.oid = a.member
  LEFT JOIN who AS g ON g.oid = a.roleid
 WHERE NOT COALESCE(to_jsonb(a) ->> 'inherit_option' = 'false' AND to_jsonb(a) ->> 'set_option' = 'false', false)
 GROUP BY a.n, m.label, g.label, a.role, a.member, a.roleid
UNION ALL
SELECT 'grant', 'schema to {{role}}: to use it', a.privilege_type, ARRAY[h.n]
  FROM home AS h, aclexplode(COALESCE(h.acl, acldefault('n', h.owner))) AS a
 WHERE a.grantee = h.role AND a.privilege_type = 'USAGE' AND NOT a.is_grantable
UNION ALL
-- Rights outside its schema, and objects of its own. OFFSET 0 as in 000_members.sql. A relation that pg_class does not show is a
-- shard of the tenant's, on a coordinator that is a worker too: Citus hides those.
SELECT CASE d.deptype WHEN 'o' THEN 'owner' ELSE 'grant' END,
       pg_describe_object(d.classid, d.objid, d.objsubid) || CASE d.deptype WHEN 'o' THEN '' ELSE ' to {{role}}' END,
       CASE d.deptype WHEN 'o' THEN '{{role}}' ELSE 'outside the tenant''s schema' END, ARRAY[t.n]
  FROM tenant AS t JOIN home AS h ON h.n = t.n,
       LATERAL (SELECT * FROM pg_shdepend AS s WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = t.role OFFSET 0) AS d
 WHERE t.own AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) AND d.deptype IN ('a', 'o')
   AND h.oid IS DISTINCT FROM CASE d.classid
       WHEN 'pg_namespace'::regclass THEN d.objid
       WHEN 'pg_class'::regclass THEN COALESCE((SELECT c.relnamespace FROM pg_class AS c WHERE c.oid = d.objid), h.oid)
       WHEN 'pg_proc'::regclass THEN (SELECT f.pronamespace FROM pg_proc AS f WHERE f.oid = d.objid)
       WHEN 'pg_type'::regclass THEN (SELECT t.typnamespace FROM pg_type AS t WHERE t.oid = d.objid)
       WHEN 'pg_default_acl'::regclass THEN (SELECT x.defaclnamespace FROM pg_default_acl AS x WHERE x.oid = d.objid) END
