package driver_test

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A statement that fails for want of a table makes docex ask the registry. The session is what it was before: what the
// tenant has set lasts as long as the checkout, and no longer.
func TestSettingOutlivesAMissingTable(t *testing.T) {
	w := newWorld(t)
	cfg := testConfig
	cfg.Policy.AllowSettings = []string{"statement_timeout"}
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.openConnector(t, 1, w.connector(t, cfg, mode...))
		wantTimeout := func(q queryer, tenant, want string) {
			t.Helper()
			var got string
			if err := q.QueryRowContext(as(tenant), "SHOW statement_timeout").Scan(&got); err != nil || got != want {
				t.Errorf("%s: got %q, %v, want %q", tenant, got, err, want)
			}
		}
		for range 2 {
			c := checkout(t, db)
			execAll(t, c, as("acme"), "SET statement_timeout = '77s'")
			wantCode(t, c, as("acme"), "SELECT 1 FROM missing", "42P01")
			wantTimeout(c, "acme", "77s")
			wantSeen(t, c, "acme")
			finish(t, c.Close())
			wantTimeout(db, "acme", "0")
			c = checkout(t, db)
			execAll(t, c, as("acme"), "SET statement_timeout = '77s'")
			wantCode(t, c, as("acme"), "SELECT 1 FROM missing", "42P01")
			finish(t, c.Close())
			wantTimeout(db, "globex", "0")
			wantClean(t, db)
		}
	})
}

// meanwhile is an argument that does something when it is asked for its value, before the batch that it is in is sent.
type meanwhile struct{ do func() }

func (m meanwhile) Value() (sqldriver.Value, error) { m.do(); return "new-refused", nil }

// Where a batch has a transaction of its own, the tenant may be suspended between its BEGIN and its statements.
func TestSuspendedInABatch(t *testing.T) {
	w := newOwnWorld(t)
	for name, dsn := range map[string]string{"direct": w.AppDSN, "pooled": w.Pooler(t, "transaction", 1)} {
		db := w.openConnector(t, 1, w.connectorTo(t, dsn, "docex_pin", "transaction"))
		wantSeen(t, db, "acme")
		c := checkout(t, db)
		b := &pgx.Batch{}
		b.Queue("SELECT 1").Exec(func(pgconn.CommandTag) error { return errors.New("the callback's") })
		b.Queue(insertName, meanwhile{func() { finish(t, w.prov.Suspend(context.Background(), "acme")) }})
		err := driver.SendBatch(as("acme"), c, b)
		if !errors.Is(err, scope.ErrTenantSuspended) {
			t.Errorf("%s: got %v, want %v", name, err, scope.ErrTenantSuspended)
		}
		finish(t, w.prov.Resume(context.Background(), "acme"))
		wantSeen(t, c, "acme")
		finish(t, c.Close())
		wantClean(t, db)
		if n := w.baskets(t, "acme", "new-refused"); n != 0 {
			t.Errorf("%s: %d rows", name, n)
		}
	}
}

// A tenant that is suspended while it has a transaction open reaches no table there that it has not used before. The
// next statement of the same checkout is told why it fails.
func TestSuspendedInATransaction(t *testing.T) {
	w := newOwnWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		c := checkout(t, db)
		tx, err := c.BeginTx(as("acme"), nil)
		if err != nil {
			t.Fatal(err)
		}
		wantSeen(t, tx, "acme")
		if err := w.prov.Suspend(context.Background(), "acme"); err != nil {
			t.Fatal(err)
		}
		wantCode(t, tx, as("acme"), "SELECT count(*) FROM document", "42P01")
		finish(t, tx.Rollback())
		if _, err := seen(as("acme"), c); !errors.Is(err, scope.ErrTenantSuspended) {
			t.Errorf("after the transaction: got %v, want %v", err, scope.ErrTenantSuspended)
		}
		finish(t, c.Close())
		if _, err := db.BeginTx(as("acme"), nil); !errors.Is(err, scope.ErrTenantSuspended) {
			t.Errorf("another transaction: got %v, want %v", err, scope.ErrTenantSuspended)
		}
		if err := w.prov.Resume(context.Background(), "acme"); err != nil {
			t.Fatal(err)
		}
		wantClean(t, db)
	})
}

// A text of several statements that begins with SET TRANSACTION does nothing for a tenant that is refused, on a session
// that was another's.
func TestSuspendedBehindSetTransaction(t *testing.T) {
	w := newOwnWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		wantSeen(t, db, "acme")
		const text = "SET TRANSACTION READ WRITE; UPDATE docbasket SET name = name || '-hit'"
		if _, err := db.ExecContext(as("mothballed"), text); !errors.Is(err, scope.ErrTenantSuspended) {
			t.Errorf("got %v, want %v", err, scope.ErrTenantSuspended)
		}
		wantClean(t, db)
	})
}
