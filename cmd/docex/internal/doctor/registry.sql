-- What does not agree between registry and catalog: rows (kind, name, quoted name), sorted. Each part reads its tables once,
-- however many tenants there are.
--   $1 who may take on the tenants' roles: the application's role, or that of its logins, $2 the shared role or ''
-- What another database of the server knows too is left out: it may be a copy of this one, with tenants of its own.
WITH tenant AS MATERIALIZED (
    SELECT id, state, schema_name::name AS schema, role_name::name AS role FROM {{system}}.tenant WHERE NOT is_system
), schemas AS MATERIALIZED (
    SELECT nspname AS name FROM pg_namespace WHERE starts_with(nspname, 'tenant_')
), roles AS MATERIALIZED (
    SELECT oid, rolname AS name FROM pg_roles WHERE $2 <> '' AND starts_with(rolname, $2 || '_')
), elsewhere AS MATERIALIZED (
    SELECT DISTINCT refobjid AS oid FROM pg_shdepend
     WHERE refclassid = 'pg_authid'::regclass
       AND dbid NOT IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
), member AS MATERIALIZED ( -- of each tenant's role: the application; options are from 16 on, so they are read by name
    SELECT m.roleid AS oid, bool_or(COALESCE((to_jsonb(m) ->> 'inherit_option')::boolean, false)) AS inherits
      FROM pg_auth_members AS m
     WHERE m.member = (SELECT oid FROM pg_roles WHERE rolname = $1)
       AND COALESCE((to_jsonb(m) ->> 'set_option')::boolean, true)
     GROUP BY m.roleid
)
SELECT 'orphan schema' AS kind, s.name::text AS name, quote_ident(s.name) AS quoted
  FROM schemas AS s LEFT JOIN tenant AS t ON t.schema = s.name WHERE t.id IS NULL
UNION ALL
SELECT 'orphan role', r.name, quote_ident(r.name)
  FROM roles AS r LEFT JOIN tenant AS t ON t.role = r.name LEFT JOIN elsewhere AS e ON e.oid = r.oid
 WHERE t.id IS NULL AND e.oid IS NULL
UNION ALL
SELECT 'no schema', t.id, '' FROM tenant AS t LEFT JOIN pg_namespace AS n ON n.nspname = t.schema
 WHERE t.state IN ('active', 'suspended') AND n.oid IS NULL
UNION ALL
SELECT 'dropped schema', t.id, quote_ident(t.schema) FROM tenant AS t JOIN schemas AS s ON s.name = t.schema
 WHERE t.state = 'dropped'
UNION ALL
SELECT 'dropped role', t.id, quote_ident(t.role)
  FROM tenant AS t JOIN pg_roles AS r ON r.rolname = t.role LEFT JOIN elsewhere AS e ON e.oid = r.oid
 WHERE t.state = 'dropped' AND e.oid IS NULL
UNION ALL
SELECT 'dropping', t.id, '' FROM tenant AS t WHERE t.state = 'dropping'
UNION ALL
SELECT 'no member', t.id, ''
  FROM tenant AS t JOIN pg_roles AS r ON r.rolname = t.role LEFT JOIN member AS m ON m.oid = r.oid
 WHERE t.state = 'active' AND m.oid IS NULL
UNION ALL
SELECT 'suspended member', t.id, ''
  FROM tenant AS t JOIN pg_roles AS r ON r.rolname = t.role JOIN member AS m ON m.oid = r.oid
 WHERE t.state = 'suspended'
UNION ALL
SELECT 'inherits', t.id, quote_ident(t.role)
  FROM tenant AS t JOIN pg_roles AS r ON r.rolname = t.role JOIN member AS m ON m.oid = r.oid AND m.inherits
 WHERE t.state <> 'dropped'
UNION ALL
SELECT 'scratch', t.id, '' FROM tenant AS t
 WHERE t.id ~ '^docex[-_]doctor[-_][0-9a-f]{12}[-_][ab]$' AND t.state <> 'dropped' -- a tombstone is what its remedy leaves
 ORDER BY kind, name
