package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
)

const stmtDDL = "CREATE TABLE who (k int PRIMARY KEY, name text, m mood);"

// nameTenants has each tenant's table who hold its name.
func nameTenants(t *testing.T, w *world) *world {
	t.Helper()
	for _, tenant := range valuesTenants {
		mustExec(t, w.admin, fmt.Sprintf("INSERT INTO tenant_%s.who VALUES (1, '%[1]s', 'glad')", tenant))
	}
	return w
}

// stmtServers is how many server connections PgBouncer has for these tests. What is prepared in one is missing in the
// next.
const stmtServers = 4

// eachStmtLane runs a test direct and behind PgBouncer; open gives it pools of n connections.
func eachStmtLane(t *testing.T, w *world, test func(t *testing.T, open func(n int) *sql.DB)) {
	nameTenants(t, w)
	behind := w.Pooler(t, "transaction", stmtServers)
	for _, l := range []lane{direct, described, direct.inMode("exec"), pinned, pooled, pooled.inMode("exec")} {
		t.Run(l.name, func(t *testing.T) {
			dsn := w.AppDSN
			if l.pooled {
				dsn = behind
			}
			test(t, func(n int) *sql.DB { return w.openConnector(t, n, w.connectorTo(t, dsn, l.docex...)) })
		})
	}
}

// wantName fails the test unless the statement reads the tenant's own row.
func wantName(t *testing.T, s *sql.Stmt, tenant string, args ...any) {
	t.Helper()
	var name string
	if err := s.QueryRowContext(as(tenant), args...).Scan(&name); err != nil || name != tenant {
		t.Errorf("%s: the statement reads %q, %v", tenant, name, err)
	}
}

// TestStmtOfADB: a statement that was prepared once, as at a program's start, runs for the tenant of each execution.
func TestStmtOfADB(t *testing.T) {
	eachStmtLane(t, newValuesWorld(t, stmtDDL), func(t *testing.T, open func(int) *sql.DB) {
		db := open(2)
		prepare := func(query string) *sql.Stmt {
			s, err := db.PrepareContext(as("globex"), query)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { finish(t, s.Close()) })
			return s
		}
		read := prepare("SELECT name FROM who WHERE k = $1 AND m = $2")
		write := prepare("UPDATE who SET m = $1")
		for range 3 {
			for _, tenant := range valuesTenants {
				wantName(t, read, tenant, 1, "glad")
				res, err := write.ExecContext(as(tenant), "glad")
				if err != nil {
					t.Fatalf("%s: %v", tenant, err)
				}
				if n, _ := res.RowsAffected(); n != 1 {
					t.Errorf("%s: %d rows", tenant, n)
				}
			}
		}
		if _, err := read.QueryContext(as("acme"), 1); err == nil {
			t.Error("an argument is missing, and nobody minds")
		}
		if _, err := read.QueryContext(context.Background(), 1, "glad"); !errors.Is(err, scope.ErrNoUserContext) {
			t.Errorf("without a UserContext: %v", err)
		}
		if _, err := db.PrepareContext(context.Background(), "SELECT 1"); !errors.Is(err, scope.ErrNoUserContext) {
			t.Errorf("prepared without a UserContext: %v", err)
		}
		_, err := db.PrepareContext(as("acme"), "SELECT name FROM tenant_globex.who")
		if !errors.Is(err, guard.ErrDenied) {
			t.Errorf("prepared what the guard refuses: %v", err)
		}
	})
}

// TestStmtOfADBInAnotherSession: other clients' transactions keep the server sessions busy in which a statement was
// prepared, so that behind a pooler its executions reach others.
func TestStmtOfADBInAnotherSession(t *testing.T) {
	eachStmtLane(t, newValuesWorld(t, stmtDDL), func(t *testing.T, open func(int) *sql.DB) {
		db, others := open(1), open(stmtServers)
		s, err := db.PrepareContext(as("globex"), "SELECT name FROM who WHERE k = $1")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for range stmtServers - 1 {
			tx, err := others.BeginTx(as("acme"), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { finish(t, tx.Rollback()) }()
			for _, tenant := range valuesTenants {
				wantName(t, s, tenant, 1)
			}
		}
	})
}

// TestStmtOfADBAtOnce: many goroutines use it for all tenants at the same time.
func TestStmtOfADBAtOnce(t *testing.T) {
	eachStmtLane(t, newValuesWorld(t, stmtDDL), func(t *testing.T, open func(int) *sql.DB) {
		db := open(2 * stmtServers)
		s, err := db.PrepareContext(as("globex"), "SELECT name FROM who WHERE k = $1")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var wg sync.WaitGroup
		for g := range 2 * stmtServers {
			wg.Go(func() {
				for i := range 40 {
					wantName(t, s, valuesTenants[(g+i)%len(valuesTenants)], 1)
				}
			})
		}
		wg.Wait()
	})
}

// TestStmtOfADBMeetsADDLChange: acme's column changes its type between two executions, globex's and initech's do not.
func TestStmtOfADBMeetsADDLChange(t *testing.T) {
	w := newValuesWorld(t, stmtDDL)
	eachStmtLane(t, w, func(t *testing.T, open func(int) *sql.DB) {
		mustExec(t, w.admin, "ALTER TABLE tenant_acme.who ALTER k TYPE int")
		db := open(1)
		byKey, err := db.PrepareContext(as("globex"), "SELECT name FROM who WHERE k = $1")
		if err != nil {
			t.Fatal(err)
		}
		defer byKey.Close()
		key, err := db.PrepareContext(as("globex"), "SELECT k FROM who WHERE name = $1")
		if err != nil {
			t.Fatal(err)
		}
		defer key.Close()
		failures := map[string]int{}
		round := func() {
			for _, tenant := range valuesTenants {
				wantName(t, byKey, tenant, 1)
				var k int64
				if err := key.QueryRowContext(as(tenant), tenant).Scan(&k); err != nil {
					failures[tenant]++
				} else if k != 1 {
					t.Errorf("%s: the key is %d", tenant, k)
				}
			}
		}
		round()
		round()
		mustExec(t, w.admin, "ALTER TABLE tenant_acme.who ALTER k TYPE bigint")
		for range 3 {
			round()
		}
		if n := failures["acme"]; n > 1 {
			t.Errorf("acme's statement failed %d times", n)
		}
		if n := failures["globex"] + failures["initech"]; n > 0 {
			t.Errorf("the others' failed %d times", n)
		}
	})
}

// A program that has turned pgx's caches off, and named a mode that needs none, prepares statements as any other.
func TestStatementsWithoutCaches(t *testing.T) {
	w := newWorld(t)
	for _, mode := range []string{"exec", "simple_protocol"} {
		for _, pin := range []string{"session", "transaction"} {
			t.Run(mode+", "+pin, func(t *testing.T) {
				db := w.open(t, 1, "docex_pin", pin, "default_query_exec_mode", mode,
					"statement_cache_capacity", "0", "description_cache_capacity", "0")
				s, err := db.PrepareContext(as("acme"), "SELECT name FROM docbasket WHERE name = $1")
				if err != nil {
					t.Fatal(err)
				}
				for _, tenant := range tenants {
					var name string
					if err := s.QueryRowContext(as(tenant), tenant).Scan(&name); err != nil || name != tenant {
						t.Errorf("%s: %q, %v", tenant, name, err)
					}
				}
				finish(t, s.Close())
			})
		}
	}
}
