package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	pooledTenants    = 20
	pooledGoroutines = 16
	pooledStatements = 20_000
	pooledSessions   = 2
)

// hammer has many goroutines read as random tenants, and returns how many rows were another tenant's. pin is called
// before each statement of a checkout.
func hammer(t *testing.T, db *sql.DB, read func(db *sql.DB, tenant string) (string, error)) int64 {
	t.Helper()
	var wrong, done atomic.Int64
	var wg sync.WaitGroup
	for g := range pooledGoroutines {
		wg.Go(func() {
			for i := g; done.Add(1) <= pooledStatements; i++ {
				tenant := crowd((i*7 + g) % pooledTenants)
				switch got, err := read(db, tenant); {
				case err != nil:
					t.Errorf("%s: %v", tenant, err)
					return
				case got != tenant:
					wrong.Add(1)
				}
			}
		})
	}
	wg.Wait()
	return wrong.Load()
}

// Behind PgBouncer in transaction mode, with default settings, every statement reads its own tenant's row. The same
// load with a plain session SET reads others', so the test can fail.
func TestPoolerInTransactionMode(t *testing.T) {
	t.Parallel()
	w := newCrowd(t)
	behind := w.Pooler(t, "transaction", pooledSessions)

	c, err := driver.NewConnector(behind, driver.Config{})
	if err != nil {
		t.Fatal(err)
	}
	db := w.openConnector(t, pooledGoroutines, c)
	step := new(atomic.Int64)
	if n := hammer(t, db, func(db *sql.DB, tenant string) (string, error) { return pooledRead(db, tenant, step.Add(1)) }); n != 0 {
		t.Errorf("%d of %d rows were another tenant's", n, pooledStatements)
	}

	pc, err := pgx.ParseConfig(behind)
	if err != nil {
		t.Fatal(err)
	}
	pc.DefaultQueryExecMode = pgx.QueryExecModeExec
	plain := sql.OpenDB(stdlib.GetConnector(*pc))
	plain.SetMaxOpenConns(pooledGoroutines)
	defer plain.Close()
	mustExec(t, w.admin, leaky(w))
	n := hammer(t, plain, func(db *sql.DB, tenant string) (name string, err error) {
		conn, err := db.Conn(context.Background())
		if err != nil {
			return "", err
		}
		defer conn.Close()
		if _, err := conn.ExecContext(context.Background(), "SET search_path = tenant_"+tenant); err != nil {
			return "", err
		}
		err = conn.QueryRowContext(context.Background(), "SELECT name FROM docbasket WHERE id = $1", 1).Scan(&name)
		if undefined, ok := errors.AsType[*pgconn.PgError](err); ok && undefined.Code == "42P01" {
			return "", nil // a session on which nobody has set the path yet
		}
		return name, err
	})
	if n == 0 {
		t.Error("a plain SET behind the pooler read no row of another tenant: this test cannot fail")
	}
	t.Logf("plain SET: %d of %d rows were another tenant's", n, pooledStatements)
}

// leaky opens the tenants' schemas to the login role, as where there is no role per tenant.
func leaky(w *world) (statements string) {
	for i := range pooledTenants {
		statements += fmt.Sprintf("GRANT USAGE ON SCHEMA tenant_%s TO %q; GRANT SELECT ON tenant_%[1]s.docbasket TO %[2]q;",
			crowd(i), w.AppRole)
	}
	return statements
}

// pooledRead reads the tenant's own row in one of several ways.
func pooledRead(db *sql.DB, tenant string, step int64) (name string, err error) {
	ctx := as(tenant)
	switch step % 4 {
	case 0:
		return name, db.QueryRowContext(ctx, "SELECT name FROM docbasket WHERE id = $1", 1).Scan(&name)
	case 1:
		return name, db.QueryRowContext(ctx, "SELECT name FROM docbasket").Scan(&name)
	case 2:
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return "", err
		}
		defer func() { _ = tx.Rollback() }()
		if _, err := tx.ExecContext(ctx, "UPDATE docbasket SET description = $1", tenant); err != nil {
			return "", err
		}
		if err := tx.QueryRowContext(ctx, "SELECT name FROM docbasket WHERE description = $1", tenant).Scan(&name); err != nil {
			return "", err
		}
		return name, tx.Commit()
	default:
		if _, err := db.ExecContext(ctx, "SELECT 1/0"); err == nil {
			return "", errors.New("no error")
		}
		return name, db.QueryRowContext(ctx, "SELECT name FROM docbasket").Scan(&name)
	}
}

// Behind a pooler, where the session is not the client's, what would set the session is refused, and a transaction is
// pinned however it is opened.
func TestPoolerOperations(t *testing.T) {
	w := newWorld(t)
	behind := &world{DB: &pgtest.DB{AppDSN: w.Pooler(t, "transaction", 1)}}
	for _, mode := range []string{"", "exec", "simple_protocol", "cache_describe"} {
		t.Run("mode "+mode, func(t *testing.T) {
			var params []string
			if mode != "" {
				params = []string{"default_query_exec_mode", mode}
			}
			cfg := testConfig
			cfg.Policy.AllowSettings = []string{"statement_timeout"}
			db := behind.openConnector(t, 1, behind.connector(t, cfg, params...))
			for range 3 {
				wantClean(t, db)
			}
			ctx := as("acme")
			if _, err := db.ExecContext(ctx, "SET statement_timeout = 1000"); err == nil {
				t.Error("a session setting was not refused")
			}
			c := checkout(t, db)
			execAll(t, c, ctx, "BEGIN", "SET LOCAL statement_timeout = 1000")
			wantSeen(t, c, "acme")
			execAll(t, c, ctx, "ROLLBACK")
			wantSeen(t, c, "acme")
			tx, err := c.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable, ReadOnly: true})
			finish(t, err)
			wantSeen(t, tx, "acme")
			wantCode(t, tx, ctx, "INSERT INTO docbasket (name) VALUES ('x')", "25006")
			finish(t, tx.Rollback())
			n, err := driver.CopyFrom(ctx, c, "docbasket", []string{"name"}, names("new-copied"+mode))
			if err != nil || n != 1 {
				t.Errorf("copied %d, %v", n, err)
			}
			batch := &pgx.Batch{}
			batch.Queue("INSERT INTO docbasket (name) VALUES ($1)", "new-batch"+mode)
			batch.Queue("SELECT count(*) FROM docbasket WHERE name = $1", "new-batch"+mode).QueryRow(func(row pgx.Row) error {
				if err := row.Scan(&n); err != nil || n != 1 {
					t.Errorf("a batch sees %d of its rows, %v", n, err)
				}
				return nil
			})
			finish(t, driver.SendBatch(ctx, c, batch))
			execAll(t, c, ctx, "", "-- nothing")
			finish(t, c.Close())
			for name, attempt := range attempts {
				if err := attempt(as("mothballed"), db, "refused"); !errors.Is(err, scope.ErrTenantSuspended) {
					t.Errorf("%s for a suspended tenant: %v", name, err)
				}
				wantSeen(t, db, "globex")
			}
			for _, name := range []string{"new-copied", "new-batch"} {
				if n := w.baskets(t, "acme", name+mode); n != 1 {
					t.Errorf("%d rows %s in acme", n, name)
				}
			}
			wantClean(t, db)
		})
	}
}

// A tenant that is suspended is refused at the next statement behind a pooler, too.
func TestPoolerRevocation(t *testing.T) {
	w := newOwnWorld(t)
	behind := &world{DB: &pgtest.DB{AppDSN: w.Pooler(t, "transaction", 1)}}
	db := behind.open(t, 2)
	for name, attempt := range attempts {
		wantSeen(t, db, "acme")
		if err := w.prov.Suspend(context.Background(), "acme"); err != nil {
			t.Fatal(err)
		}
		if err := attempt(as("acme"), db, "refused"); !errors.Is(err, scope.ErrTenantSuspended) {
			t.Errorf("%s: got %v, want %v", name, err, scope.ErrTenantSuspended)
		}
		if err := w.prov.Resume(context.Background(), "acme"); err != nil {
			t.Fatal(err)
		}
		wantClean(t, db)
	}
}

// Wrap sends its pins before the statements, which is no use where the next message may reach another session.
func TestWrappedPoolerIsRefused(t *testing.T) {
	w := newWorld(t)
	pc, err := pgx.ParseConfig(w.Pooler(t, "transaction", 1))
	if err != nil {
		t.Fatal(err)
	}
	db := w.openConnector(t, 1, driver.Wrap(stdlib.GetConnector(*pc), driver.Config{}))
	if err := db.PingContext(context.Background()); !errors.Is(err, driver.ErrPooler) {
		t.Errorf("got %v, want %v", err, driver.ErrPooler)
	}
}

// A pooler in session mode keeps a server session for a client: there sessions can be pinned, on request.
func TestPoolerInSessionMode(t *testing.T) {
	w := newWorld(t)
	behind := &world{DB: &pgtest.DB{AppDSN: w.Pooler(t, "session", 2)}}
	db := behind.openConnector(t, 2, behind.connector(t, driver.Config{Pin: driver.PinSession}))
	for range 20 {
		wantClean(t, db)
	}
}

// A mode among the arguments that does not go with pins of transactions is refused, and nothing is sent.
func TestPoolerRefusesModes(t *testing.T) {
	w := newWorld(t)
	db := w.openConnector(t, 1, w.connectorTo(t, w.Pooler(t, "transaction", 1)))
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeDescribeExec, pgx.QueryExecModeCacheStatement} {
		_, err := db.ExecContext(as("acme"), "INSERT INTO docbasket (name) VALUES ($1)", mode, "new-mode")
		if !errors.Is(err, driver.ErrPooler) {
			t.Errorf("mode %d: got %v, want %v", mode, err, driver.ErrPooler)
		}
		wantClean(t, db)
	}
	if n := w.baskets(t, "acme", "new-mode"); n != 0 {
		t.Errorf("%d rows were written", n)
	}
}
