package driver_test

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgserver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/scope"
)

// extension counts statements.
const extension = "pg_stat_statements"

const logDDL = "CREATE TABLE note (id int PRIMARY KEY, text text); INSERT INTO note VALUES (1, 'a note');"

// newLogWorld is a world on a server of its own, with settings "name=value". Its log and statistics are nobody else's.
func newLogWorld(t *testing.T, settings ...string) *world {
	t.Helper()
	if os.Getenv(pgserver.EnvURL) != "" {
		t.Skipf("the log of the server of %s is not ours; .ci/run runs this without", pgserver.EnvURL)
	}
	server, err := pgserver.StartOwn(t.Context(), settings...)
	if err != nil && strings.Contains(err.Error(), extension) {
		pgtest.Missing(t, "PostgreSQL comes without "+extension)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { finish(t, server.Stop()) })
	root, err := sql.Open("pgx", server.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	mustExec(t, root, "CREATE DATABASE docs")
	mustExec(t, root, "CREATE ROLE app LOGIN NOINHERIT PASSWORD 'app'")
	app, err := url.Parse(server.DSN("docs"))
	if err != nil {
		t.Fatal(err)
	}
	app.User = url.UserPassword("app", "app")
	db := &pgtest.DB{Name: "docs", AdminDSN: server.DSN("docs"), AppDSN: app.String(), AppRole: "app"}
	w := &world{DB: db, admin: db.Admin(t)}
	w.prov = populateValues(t, db, w.admin, logDDL)
	return w
}

// serverLog returns the lines of the server's log that hold a word.
func (w *world) serverLog(t *testing.T, word string) (lines []string) {
	t.Helper()
	const read = "SELECT pg_read_file(regexp_replace(current_setting('data_directory'), '/data$', '/log'))"
	var log string
	if err := w.admin.QueryRow(read).Scan(&log); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(log) {
		if strings.Contains(line, word) {
			lines = append(lines, line)
		}
	}
	return lines
}

// logLanes are all ways and modes.
func logLanes() []lane {
	lanes := append([]lane{}, defaultLanes...)
	for _, m := range modes {
		lanes = append(lanes, direct.inMode(m))
	}
	for _, m := range []string{"cache_describe", "exec", "simple_protocol"} {
		lanes = append(lanes, pinned.inMode(m), pooled.inMode(m))
	}
	return lanes
}

// TestNoWarnings: the server has nothing to warn of, whatever is done and whatever fails.
func TestNoWarnings(t *testing.T) {
	w := newLogWorld(t)
	behind := w.Pooler(t, "transaction", 1)
	known := 0
	for _, l := range logLanes() {
		t.Run(l.name, func(t *testing.T) {
			h := w.docex(t, l, behind)
			for range 2 {
				for _, tenant := range valuesTenants {
					useAll(t, h, as(tenant))
				}
			}
			seen := w.serverLog(t, "WARNING")
			if n := len(seen) - known; n > 0 {
				t.Errorf("%d warnings, the last: %s", n, seen[len(seen)-1])
			}
			known = len(seen)
		})
	}
	mustExec(t, w.admin, "SET LOCAL search_path = public")
	if n := len(w.serverLog(t, "WARNING")); n != known+1 {
		t.Errorf("a statement that makes the server warn put %d warnings into the log: this test cannot fail", n-known)
	}
}

// useAll runs statements in every way, some of which fail.
func useAll(t *testing.T, h handle, ctx context.Context) {
	t.Helper()
	one := call{"SELECT text FROM note WHERE id = $1", []any{1}}
	for _, d := range doings {
		if seen := d.run(ctx, h, one); !strings.Contains(seen, "a note") {
			t.Errorf("%s: %s", d.name, seen)
		}
		if seen := d.run(ctx, h, call{"SELECT 1 / $1::int", []any{0}}); seen != "SQLSTATE 22012" {
			t.Errorf("%s: dividing by zero: %s", d.name, seen)
		}
	}
	s, err := h.PrepareContext(ctx, one.query)
	if err != nil {
		t.Fatal(err)
	}
	if seen := read(s.QueryContext(ctx, 1)); !strings.Contains(seen, "a note") {
		t.Errorf("Stmt: %s", seen)
	}
	finish(t, s.Close())
	execAll(t, h, ctx, "UPDATE note SET text = text", "UPDATE note SET text = text; SELECT 1", "")
	wantCode(t, h, ctx, "UPDATE note SET text = text; SELECT 1/0", "22012")
}

// TestOneEntryForAllUsers: a pin names the user, and the server's statistics of statements do not grow with the users.
func TestOneEntryForAllUsers(t *testing.T) {
	w := newLogWorld(t, "shared_preload_libraries="+extension)
	mustExec(t, w.admin, "CREATE EXTENSION "+extension)
	behind := w.Pooler(t, "transaction", 1)
	entries := func() (n int) {
		const count = `SELECT count(*) FROM pg_stat_statements
			WHERE userid <> (SELECT oid FROM pg_roles WHERE rolname = current_user)`
		if err := w.admin.QueryRow(count).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, l := range []lane{direct, pinned, pooled, pooled.inMode("exec"), pooled.inMode("simple_protocol")} {
		t.Run(l.name, func(t *testing.T) {
			mustExec(t, w.admin, "SELECT pg_stat_statements_reset()")
			h := w.docex(t, l, behind)
			for _, user := range []string{"ann", "bob", "cid"} { // until every kind of pin has been sent
				useAs(t, h, user)
			}
			before := entries()
			for _, user := range []string{"dee", "eve", "flo"} {
				useAs(t, h, user)
			}
			if after := entries(); before == 0 || after != before {
				t.Errorf("three more users: %d entries, and %d before", after, before)
			}
		})
	}
}

// useAs has a user of two tenants read: after another user of the same tenant, after another tenant, and once more.
func useAs(t *testing.T, h handle, user string) {
	t.Helper()
	for _, tenant := range []string{"acme", "globex", "globex", "acme"} {
		ctx := scope.With(context.Background(), scope.UserContext{UserID: user, TenantID: tenant})
		if seen := read(h.QueryContext(ctx, "SELECT text FROM note WHERE id = $1", 1)); failed(seen) {
			t.Fatal(seen)
		}
	}
}
