package around

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
)

func eachWrapper(t *testing.T, f func(t *testing.T, w world, wr wrapper)) {
	t.Parallel()
	w := newDocs(t)
	for _, wr := range wrappers {
		t.Run(wr.name, func(t *testing.T) { f(t, w, wr) })
	}
}

// Tenants take turns on one connection: each sees and writes what is its own.
func TestTenantsInTurn(t *testing.T) {
	eachWrapper(t, func(t *testing.T, w world, wr wrapper) {
		db := w.through(t, wr)
		for range 3 {
			for _, tenant := range tenants {
				wantSeen(t, db, tenant)
			}
		}
		s, err := db.PrepareContext(as("acme"), "SELECT name FROM doc WHERE name NOT LIKE $1")
		must(t, err)
		defer s.Close()
		for _, tenant := range tenants {
			var name string
			if err := s.QueryRowContext(as(tenant), "new-%").Scan(&name); err != nil || name != tenant {
				t.Errorf("a Stmt of the DB, as %s: %q, %v", tenant, name, err)
			}
		}
		if _, err := db.ExecContext(context.Background(), "SELECT 1"); !errors.Is(err, scope.ErrNoUserContext) {
			t.Errorf("for nobody: got %v", err)
		}
		if _, err := db.ExecContext(as("acme"), "SELECT * FROM tenant_globex.doc"); !errors.Is(err, guard.ErrDenied) {
			t.Errorf("another tenant's table: got %v", err)
		}
	})
}

// A transaction is its tenant's, and the user is right after a rollback.
func TestTx(t *testing.T) {
	eachWrapper(t, func(t *testing.T, w world, wr wrapper) {
		db := w.through(t, wr)
		wantSeen(t, db, "globex")
		for _, end := range []func(*sql.Tx) error{(*sql.Tx).Commit, (*sql.Tx).Rollback} {
			tx, err := db.BeginTx(as("acme"), nil)
			must(t, err)
			wantSeen(t, tx, "acme")
			if err := tx.QueryRowContext(as("globex"), "SELECT 1").Scan(new(int)); !errors.Is(err, scope.ErrTenantMismatch) {
				t.Errorf("another tenant in the transaction: got %v", err)
			}
			other := scope.With(context.Background(), scope.UserContext{UserID: "other", TenantID: "acme"})
			_, err = tx.ExecContext(other, "INSERT INTO doc (name) VALUES ($1)", "new-"+wr.name)
			must(t, err)
			must(t, end(tx))
			var who string
			must(t, db.QueryRowContext(as("acme"), "INSERT INTO doc (name) VALUES ('new-who') RETURNING who").Scan(&who))
			if who != "u-acme" {
				t.Errorf("after the transaction: the row is %q's", who)
			}
		}
		if n := w.rows(t, "acme", "new-"+wr.name); n != 1 {
			t.Errorf("%d rows, want that of the transaction that was committed", n)
		}
		wantSeen(t, db, "globex")
	})
}

// What needs docex's connection finds it, or says that the wrapper hides it and what to do.
func TestUsesOfTheConnection(t *testing.T) {
	eachWrapper(t, func(t *testing.T, w world, wr wrapper) {
		db := w.through(t, wr)
		wantSeen(t, db, "globex")
		for use, err := range uses(t, db) {
			switch {
			case !wr.hides && err != nil:
				t.Errorf("%s: %v", use, err)
			case !wr.hides:
			case !errors.Is(err, driver.ErrNotDocex) || !strings.Contains(err.Error(), "use a handle without that driver"):
				t.Errorf("%s: got %v, want %v and what to do", use, err, driver.ErrNotDocex)
			}
		}
		want := 1
		if wr.hides {
			want = 0
		}
		for _, name := range []string{"new-copy", "new-batch", "new-bound"} {
			if n := w.rows(t, "acme", name); n != want {
				t.Errorf("%d rows %s, want %d", n, name, want)
			}
		}
		w.exec(t, "DELETE FROM tenant_acme.doc WHERE name LIKE 'new-%'")
		wantSeen(t, db, "globex")
	})
}

// uses does, as acme, everything that needs docex's connection, and returns the errors.
func uses(t *testing.T, db *sql.DB) map[string]error {
	t.Helper()
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	errs := map[string]error{}
	_, errs["CopyFrom"] = driver.CopyFrom(as("acme"), c, "doc", []string{"name"}, pgx.CopyFromRows([][]any{{"new-copy"}}))
	var out bytes.Buffer
	if _, errs["CopyTo"] = driver.CopyTo(as("acme"), c, &out, "doc", []string{"name"}); errs["CopyTo"] == nil {
		if !strings.Contains(out.String(), "acme\n") {
			t.Errorf("CopyTo wrote %q", out.String())
		}
	}
	b := &pgx.Batch{}
	b.Queue("INSERT INTO doc (name) VALUES ($1)", "new-batch")
	errs["SendBatch"] = driver.SendBatch(as("acme"), c, b)
	must(t, c.Close())
	bound := driver.Bind(db, scope.UserContext{UserID: "u-acme", TenantID: "acme"})
	defer bound.Close()
	_, errs["Bind"] = bound.Exec("INSERT INTO doc (name) VALUES ($1)", "new-bound")
	return errs
}

// A connection serves no more tenants than it may, also behind wrappers that hide driver.Validator from database/sql.
func TestMaxTenants(t *testing.T) {
	eachWrapper(t, func(t *testing.T, w world, wr wrapper) {
		db := w.through(t, wr, "docex_max_tenants", "2")
		const turns = 3
		processes := map[int]map[string]bool{}
		for range turns {
			for _, tenant := range tenants {
				var process int
				const insert = "INSERT INTO doc (name) VALUES ('new-turn') RETURNING process"
				must(t, db.QueryRowContext(as(tenant), insert).Scan(&process))
				if processes[process] == nil {
					processes[process] = map[string]bool{}
				}
				processes[process][tenant] = true
			}
		}
		for process, served := range processes {
			if len(served) > 2 {
				t.Errorf("process %d has served %d tenants", process, len(served))
			}
		}
		if n, least := len(processes), turns*len(tenants)/2; n < least {
			t.Errorf("%d server processes, want %d or more", n, least)
		}
	})
}

// A transaction that was left open as text is not the next one's, whichever tenant's that is.
func TestLeftOpen(t *testing.T) {
	eachWrapper(t, func(t *testing.T, w world, wr wrapper) {
		db := w.through(t, wr)
		c, err := db.Conn(context.Background())
		must(t, err)
		for _, text := range []string{"BEGIN", "INSERT INTO doc (name) VALUES ('new-open')"} {
			_, err = c.ExecContext(as("acme"), text)
			must(t, err)
		}
		must(t, c.Close())
		_, err = db.ExecContext(as("acme"), "INSERT INTO doc (name) VALUES ('new-next')")
		must(t, err)
		if open, next := w.rows(t, "acme", "new-open"), w.rows(t, "acme", "new-next"); open != 0 || next != 1 {
			t.Errorf("%d rows of the open transaction, %d of the next statement", open, next)
		}
		w.exec(t, "DELETE FROM tenant_acme.doc WHERE name LIKE 'new-%'")
	})
}
