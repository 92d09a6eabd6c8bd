package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
)

// TestStmtOutlivesItsTenant: a statement goes on for the others when the tenant that it was prepared for is suspended.
func TestStmtOutlivesItsTenant(t *testing.T) {
	w := newOwnValuesWorld(t, stmtDDL)
	eachStmtLane(t, w, func(t *testing.T, open func(int) *sql.DB) {
		db := open(2)
		s, err := db.PrepareContext(as("globex"), "SELECT name FROM who WHERE k = $1")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		wantName(t, s, "globex", 1)
		if err := w.prov.Suspend(context.Background(), "globex"); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			wantName(t, s, "acme", 1)
			var name string
			if err := s.QueryRowContext(as("globex"), 1).Scan(&name); !errors.Is(err, scope.ErrTenantSuspended) {
				t.Errorf("globex is suspended and reads %q, %v", name, err)
			}
		}
		finish(t, w.prov.Resume(context.Background(), "globex"))
	})
}

// TestStmtInATransactionOfAnother: a Tx and a Conn are one tenant's. A statement of a DB runs in them for that tenant,
// whoever it was prepared for. Nothing runs in them for another one.
func TestStmtInATransactionOfAnother(t *testing.T) {
	eachStmtLane(t, newValuesWorld(t, stmtDDL), func(t *testing.T, open func(int) *sql.DB) {
		db := open(2)
		const query = "SELECT name FROM who WHERE k = $1"
		s, err := db.PrepareContext(as("globex"), query)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		wantMismatch := func(what string, s *sql.Stmt) {
			t.Helper()
			var name string
			if err := s.QueryRowContext(as("globex"), 1).Scan(&name); !errors.Is(err, scope.ErrTenantMismatch) {
				t.Errorf("%s: globex reads %q, %v, want %v", what, name, err, scope.ErrTenantMismatch)
			}
			if _, err := s.ExecContext(as("globex"), 1); !errors.Is(err, scope.ErrTenantMismatch) {
				t.Errorf("%s: globex executes: %v, want %v", what, err, scope.ErrTenantMismatch)
			}
		}

		tx, err := db.BeginTx(as("acme"), nil)
		if err != nil {
			t.Fatal(err)
		}
		inTx := tx.StmtContext(as("acme"), s)
		wantName(t, inTx, "acme", 1)
		wantMismatch("the DB's in a Tx", inTx)
		ofTx, err := tx.PrepareContext(as("acme"), query)
		finish(t, err)
		wantName(t, ofTx, "acme", 1)
		wantMismatch("the Tx's", ofTx)
		wantName(t, ofTx, "acme", 1)
		if _, err := tx.PrepareContext(as("globex"), query); !errors.Is(err, scope.ErrTenantMismatch) {
			t.Errorf("globex prepares in acme's Tx: %v", err)
		}
		finish(t, tx.Commit())

		c := checkout(t, db)
		ofConn, err := c.PrepareContext(as("acme"), query)
		finish(t, err)
		wantName(t, ofConn, "acme", 1)
		wantMismatch("the Conn's", ofConn)
		wantName(t, ofConn, "acme", 1)
		finish(t, ofConn.Close())
		finish(t, c.Close())
		for _, tenant := range valuesTenants {
			wantName(t, s, tenant, 1)
		}
	})
}

// TestStmtOfABoundDB: Bind's statements are its tenant's.
func TestStmtOfABoundDB(t *testing.T) {
	eachStmtLane(t, newValuesWorld(t, stmtDDL), func(t *testing.T, open func(int) *sql.DB) {
		db := open(2)
		bound := map[string]*sql.Stmt{}
		for _, tenant := range valuesTenants {
			s, err := driver.Bind(db, userOf(tenant)).Prepare("SELECT name FROM who WHERE k = $1")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			bound[tenant] = s
		}
		for range 2 {
			for tenant, s := range bound {
				var name string
				if err := s.QueryRow(1).Scan(&name); err != nil || name != tenant {
					t.Errorf("%s: the statement reads %q, %v", tenant, name, err)
				}
			}
		}
	})
}
