-- Rights of others than the owner: on the schema, on what is in it, on columns, and on what the administrator will add.
-- The right to use the schema that its own role has comes and goes with the tenant's state: see 200_role.sql.
SELECT 'grant', format('%s to %s', g.object, g.grantee),
       string_agg(g.privilege || CASE WHEN g.grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', ' ORDER BY g.privilege COLLATE "C"), ARRAY[g.n]
  FROM (SELECT o.n, o.object, x.label AS grantee, a.privilege_type AS privilege, bool_or(a.is_grantable) AS grantable
          FROM (SELECT n, role, 'schema', owner, COALESCE(acl, acldefault('n', owner)), 0::oid FROM home
                UNION ALL
                SELECT n, role, name, relowner, COALESCE(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)),
                       CASE WHEN parted THEN oid ELSE 0 END
                  FROM relation
                UNION ALL
                SELECT r.n, r.role, format('%s.%s', r.name, quote_ident(c.attname)), r.relowner, c.attacl, CASE WHEN r.parted THEN r.oid ELSE 0 END
                  FROM relation AS r JOIN pg_attribute AS c ON c.attrelid = r.oid WHERE c.attacl IS NOT NULL
                UNION ALL SELECT n, role, name, proowner, COALESCE(proacl, acldefault('f', proowner)), 0 FROM routine
                UNION ALL SELECT n, role, name, typowner, COALESCE(typacl, acldefault('T', typowner)), 0 FROM type
                UNION ALL
                SELECT m.n, m.role, format('future objects (%s)%s', d.defaclobjtype,
                              CASE WHEN d.defaclrole <> m.homeowner THEN ' of ' || quote_ident(pg_get_userbyid(d.defaclrole)) END),
                       d.defaclrole, d.defaclacl, 0
                  FROM member AS m JOIN pg_default_acl AS d ON d.oid = m.oid WHERE m.classid = 'pg_default_acl'::regclass
               ) AS o (n, role, object, owner, acl, partition), aclexplode(o.acl) AS a LEFT JOIN who AS w ON w.oid = a.grantee,
               LATERAL (SELECT COALESCE(CASE a.grantee WHEN o.role THEN '{{role}}' END, w.label, quote_ident(pg_get_userbyid(a.grantee))) AS label) AS x
         WHERE a.grantee <> o.owner
           AND NOT (o.object = 'schema' AND x.label = '{{role}}' AND a.privilege_type = 'USAGE' AND NOT a.is_grantable)
           AND NOT (o.partition > 0 AND x.label = '{{role}}' AND NOT a.is_grantable -- what it may do with the parent, too
                    AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
                    AND has_table_privilege(a.grantee, (SELECT i.inhparent FROM pg_inherits AS i WHERE i.inhrelid = o.partition), a.privilege_type))
         GROUP BY o.n, o.object, x.label, a.privilege_type) AS g
 GROUP BY g.n, g.object, g.grantee
