-- Rights of others than the owner: on the schema, on what is in it, on columns, and on what the administrator will add.
-- The right to use the schema that its own role has comes and goes with the tenant's state: see 200_role.sql.
SELECT 'grant', format('%s to %s', g.object, g.grantee),
       string_agg(g.privilege || CASE WHEN g.grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', ' ORDER BY g.privilege COLLATE "C")
  FROM (SELECT o.object, COALESCE(w.label, quote_ident(pg_get_userbyid(a.grantee))) AS grantee, a.privilege_type AS privilege,
               bool_or(a.is_grantable) AS grantable
          FROM (SELECT 'schema', owner, COALESCE(acl, acldefault('n', owner)) FROM home
                UNION ALL
                SELECT name, relowner, COALESCE(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
                  FROM relation
                UNION ALL
                SELECT format('%s.%s', r.name, quote_ident(c.attname)), r.relowner, c.attacl
                  FROM relation AS r JOIN pg_attribute AS c ON c.attrelid = r.oid WHERE c.attacl IS NOT NULL
                UNION ALL SELECT name, proowner, COALESCE(proacl, acldefault('f', proowner)) FROM routine
                UNION ALL SELECT name, typowner, COALESCE(typacl, acldefault('T', typowner)) FROM type
                UNION ALL
                SELECT format('future objects (%s)%s', d.defaclobjtype,
                              CASE WHEN d.defaclrole <> h.owner THEN ' of ' || quote_ident(pg_get_userbyid(d.defaclrole)) END),
                       d.defaclrole, d.defaclacl
                  FROM home AS h, member AS m JOIN pg_default_acl AS d ON d.oid = m.oid WHERE m.classid = 'pg_default_acl'::regclass
               ) AS o (object, owner, acl), aclexplode(o.acl) AS a LEFT JOIN who AS w ON w.oid = a.grantee
         WHERE a.grantee <> o.owner
           AND NOT (o.object = 'schema' AND w.label IS NOT DISTINCT FROM '{{role}}' AND a.privilege_type = 'USAGE' AND NOT a.is_grantable)
         GROUP BY o.object, COALESCE(w.label, quote_ident(pg_get_userbyid(a.grantee))), a.privilege_type) AS g
 GROUP BY g.object, g.grantee
