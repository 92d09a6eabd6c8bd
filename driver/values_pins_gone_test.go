package driver_test

import (
	"database/sql"
	"testing"
)

// TestPinsAreGone: behind a pooler the next client of the server's session finds nothing of a pin, whose statement may
// have failed. A lock that a tenant left is gone when another tenant has been there.
func TestPinsAreGone(t *testing.T) {
	w := newValuesWorld(t, logDDL)
	// A trusted function does what the guard refuses in a statement, and provisioning in a tenant's DDL.
	mustExec(t, w.admin, `CREATE FUNCTION tenant_acme.take() RETURNS text LANGUAGE sql
			AS 'SELECT pg_advisory_lock(42)::text';
		GRANT EXECUTE ON FUNCTION tenant_acme.take() TO PUBLIC`)
	behind := w.Pooler(t, "transaction", 1)
	other, err := sql.Open("pgx", withParams(t, behind, mode("exec")...))
	if err != nil {
		t.Fatal(err)
	}
	defer closeDB(t, other)
	state := func() string {
		return read(other.Query(`SELECT current_user = session_user, coalesce(current_setting(s, true), '')
			FROM unnest(ARRAY['role', 'search_path', 'docex.tenant_id', 'docex.user_id']) s`))
	}
	locks := func() (n int) {
		const count = `SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
			WHERE locktype = 'advisory' AND datname = current_database()`
		if err := w.admin.QueryRow(count).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	fresh := state()
	for _, l := range []lane{
		pooled, pooled.inMode("cache_describe"), pooled.inMode("exec"), pooled.inMode("simple_protocol"),
	} {
		t.Run(l.name, func(t *testing.T) {
			h := w.docex(t, l, behind)
			wantFresh := func(after string) {
				t.Helper()
				if now := state(); now != fresh {
					t.Errorf("after %s the session is %s, and was %s", after, now, fresh)
				}
			}
			for range 2 { // the first time the pin asks the registry
				if seen := read(h.QueryContext(as("acme"), "SELECT take()")); failed(seen) {
					t.Fatal(seen)
				}
				wantFresh("a statement")
				wantCode(t, h, as("acme"), "SELECT take(), 1/0", "22012")
				wantFresh("an error")
				useAll(t, h, as("globex"))
				wantFresh("another tenant's statements")
				if n := locks(); n != 0 {
					t.Errorf("after another tenant's statements %d locks are held", n)
				}
			}
		})
	}
}
