-- The statements that give roles $1 the rights on the database that they have on the coordinator, and take from PUBLIC those that it
-- has not there. They change nothing there. Citus sends them to the workers.
SELECT COALESCE(string_agg(s.statement, '; '), '')
  FROM pg_database AS d, LATERAL (
           SELECT format('REVOKE %s ON DATABASE %I FROM PUBLIC', p.privilege, d.datname) AS statement
             FROM (VALUES ('CONNECT'), ('TEMPORARY')) AS p (privilege)
            WHERE NOT EXISTS (SELECT FROM aclexplode(COALESCE(d.datacl, acldefault('d', d.datdba))) AS a
                               WHERE a.grantee = 0 AND a.privilege_type = p.privilege)
           UNION ALL
           SELECT format('GRANT %s ON DATABASE %I TO %I', a.privilege_type, d.datname, pg_get_userbyid(a.grantee))
             FROM aclexplode(d.datacl) AS a WHERE pg_get_userbyid(a.grantee) = ANY ($1::text[]) AND a.grantee <> d.datdba
       ) AS s
 WHERE d.datname = current_database() AND pg_has_role(d.datdba, 'USAGE')
