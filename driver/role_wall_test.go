package driver_test

import (
	"context"
	"testing"
)

// With the guard off, the role of the tenant alone stops reads and writes of another tenant's and of the system's data.
func TestRoleWallAlone(t *testing.T) {
	w := newWorld(t)
	const denied = "42501" // insufficient_privilege
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.unguarded(t, 1, mode...)
		for _, query := range []string{
			"SELECT * FROM tenant_globex.docbasket",
			"INSERT INTO tenant_globex.docbasket (name) VALUES ('breach')",
			"UPDATE tenant_globex.docbasket SET name = 'breach'",
			"DELETE FROM tenant_globex.docbasket",
			"TRUNCATE tenant_globex.docbasket CASCADE",
			"SELECT query_to_xml('SELECT * FROM tenant_globex.docbasket', true, true, '')",
			"SELECT table_to_xml('tenant_globex.docbasket', true, true, '')",
			"SELECT nextval('tenant_globex.docbasket_id_seq')",
			"COPY tenant_globex.docbasket TO STDOUT",
			"CREATE TABLE tenant_globex.evil ()",
			"DROP SCHEMA tenant_globex CASCADE",
			"SELECT * FROM docex_system.tenant",
			"SELECT * FROM docex_system.pin('globex', 'tenant_globex')",
			"UPDATE docex_system.tenant SET state = 'active'",
			"CREATE TABLE evil ()",
			"CREATE TEMPORARY TABLE docbasket ()",
			"CREATE SCHEMA evil",
			"ALTER TABLE docbasket ADD COLUMN evil text",
		} {
			wantCode(t, db, as("acme"), query, denied)
		}
		wantClean(t, db)
	})
	if n := w.baskets(t, "globex", "breach"); n != 0 {
		t.Errorf("%d rows of a breach", n)
	}
}

// What one tenant leaves in the session is gone for the next. The guard would refuse these statements; it is off
// because functions of the tenants' own DDL, which are trusted, can do the same.
func TestNothingIsLeftBehind(t *testing.T) {
	w := newWorld(t)
	mustExec(t, w.admin, "GRANT TEMPORARY ON DATABASE "+w.Name+" TO PUBLIC")
	leftovers := []struct{ leave, look, want string }{
		{"SELECT set_config('app.secret', 'of acme', false)", "SELECT coalesce(current_setting('app.secret', true), '')", ""},
		{"SET statement_timeout = '12345s'", "SHOW statement_timeout", "0"},
		{"SET TIME ZONE 'Asia/Tokyo'", "SELECT (current_setting('TimeZone') = 'Asia/Tokyo')::text", "false"},
		{"CREATE TEMP TABLE left_over (secret text)", "SELECT coalesce(to_regclass('pg_temp.left_over')::text, '')", ""},
		{"LISTEN gossip", "SELECT coalesce(string_agg(c, ''), '') FROM pg_listening_channels() c", ""},
		{"SELECT pg_advisory_lock(4711)",
			"SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()", "0"},
		{"DECLARE c CURSOR WITH HOLD FOR SELECT name FROM docbasket", "SELECT count(*)::text FROM pg_cursors WHERE name <> ''", "0"},
	}
	eachMode(t, func(t *testing.T, mode ...string) {
		for _, l := range leftovers {
			t.Run(l.leave, func(t *testing.T) {
				db := w.unguarded(t, 1, mode...)
				execAll(t, db, as("acme"), l.leave)
				wantSeen(t, db, "globex") // UNLISTEN takes effect when the transaction that it is in commits
				var got string
				if err := db.QueryRowContext(as("globex"), l.look).Scan(&got); err != nil || got != l.want {
					t.Errorf("left behind %q, %v, want %q", got, err, l.want)
				}
			})
		}
		t.Run("sequence state", func(t *testing.T) {
			db := w.unguarded(t, 1, mode...)
			execAll(t, db, as("acme"), "SELECT nextval('docbasket_id_seq')")
			wantCode(t, db, as("globex"), "SELECT lastval()", "55000")
		})
		t.Run("role and path", func(t *testing.T) {
			db := w.unguarded(t, 1, mode...)
			execAll(t, db, as("acme"), "SET search_path = tenant_globex, public", "RESET ROLE")
			wantClean(t, db)
		})
		t.Run("path of a transaction", func(t *testing.T) {
			db := w.unguarded(t, 1, mode...)
			tx := begin(t, db, as("acme"))
			execAll(t, tx, as("acme"), "SET search_path = tenant_globex")
			finish(t, tx.Commit())
			wantClean(t, db)
		})
	})
}

// A tenant's search_path is its schema and then pg_temp: neither public nor "$user".
func TestSearchPath(t *testing.T) {
	db := newWorld(t).unguarded(t, 1)
	var path, role, session string
	err := db.QueryRowContext(as("acme"), "SELECT current_setting('search_path'), current_user, session_user").
		Scan(&path, &role, &session)
	if err != nil || path != `tenant_acme, pg_temp` {
		t.Errorf("search_path is %s, %v", path, err)
	}
	if role == session {
		t.Errorf("the tenant's statements run as the login role %s", role)
	}
}

// Ping works without a tenant and pins nothing.
func TestPing(t *testing.T) {
	db := newWorld(t).open(t, 1)
	if err := db.PingContext(context.Background()); err != nil {
		t.Fatal(err)
	}
	wantSeen(t, db, "acme")
	if err := db.Ping(); err != nil {
		t.Fatal(err)
	}
	wantSeen(t, db, "globex")
}
