package oracle

import (
	"strings"
	"testing"
)

// sessionState lists what a session remembers from one transaction to the next. Of the settings it has every one,
// whoever set it; SET TRANSACTION is noted as the source of a setting that is back at its value, so of those only the
// value counts. Custom settings are missing: the server lists none that no module has declared.
const sessionState = `
SELECT 'user ' || current_user || ' of ' || session_user
UNION ALL SELECT 'setting ' || name || ' = ' || setting || CASE WHEN name LIKE 'transaction\_%' THEN ''
  ELSE ' by ' || source END FROM pg_settings
UNION ALL SELECT 'temporary schema ' || pg_my_temp_schema()::text
UNION ALL SELECT 'cursor ' || name FROM pg_cursors WHERE name <> ''
UNION ALL SELECT 'prepared statement ' || name FROM pg_prepared_statements
UNION ALL SELECT 'channel ' || c FROM pg_listening_channels() c
UNION ALL SELECT 'lock ' || locktype || ' ' || classid || ' ' || objid FROM pg_locks WHERE pid = pg_backend_pid()
  AND locktype = 'advisory'
ORDER BY 1`

// surroundings returns a query for a digest of every table and sequence outside the tenant's schema, and of what the
// database as a whole has.
func surroundings(t *testing.T, s *session) string {
	t.Helper()
	if s.surroundings == "" {
		parts := digests(t, s, `n.nspname NOT IN ('tenant_acme', 'pg_catalog', 'information_schema', 'pg_toast')`)
		if len(parts) < 20 {
			t.Fatalf("%d tables outside the tenant's schema, want at least 20", len(parts))
		}
		for _, catalog := range []string{
			"pg_namespace", "pg_class", "pg_proc", "pg_type", "pg_trigger", "pg_rewrite", "pg_largeobject_metadata",
			"pg_prepared_xacts",
			"pg_default_acl", "pg_extension", "pg_publication", "pg_event_trigger", "pg_policy", "pg_description",
		} {
			parts = append(parts, "SELECT '"+catalog+" ' || count(*) FROM "+catalog)
		}
		s.surroundings = strings.Join(parts, " UNION ALL ")
	}
	return s.surroundings
}

// digests returns a query for each table and sequence of some schemas, which gives its name and a digest of its rows.
func digests(t *testing.T, s *session, schemas string) []string {
	t.Helper()
	return s.lines(t, `
SELECT format(CASE c.relkind WHEN 'S' THEN 'SELECT ''%s '' || last_value FROM %s'
              ELSE 'SELECT ''%s '' || count(*) || '' '' || coalesce(sum(hashtext(t::text)), 0) FROM %s t' END,
                c.oid::regclass, c.oid::regclass)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm', 'S') AND `+schemas)
}
