package driver_test

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"testing"
	"time"

	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5/pgconn"
)

// What a connection goes through must never leave it believed to be pinned where it is not: after each of these, on
// the only connection of the pool, the same and the other tenants see their own data.
func TestPinSurvives(t *testing.T) {
	w := newWorld(t)
	ctx := as("acme")
	events := map[string]func(t *testing.T, db *sql.DB){
		"rollback": func(t *testing.T, db *sql.DB) {
			tx := begin(t, db, ctx)
			wantSeen(t, tx, "acme")
			finish(t, tx.Rollback())
		},
		"rollback of an untouched transaction": func(t *testing.T, db *sql.DB) {
			finish(t, begin(t, db, ctx).Rollback())
		},
		"rollback to savepoint": func(t *testing.T, db *sql.DB) {
			tx := begin(t, db, ctx)
			execAll(t, tx, ctx, "SAVEPOINT s", "INSERT INTO docbasket (name) VALUES ('new-s')", "ROLLBACK TO SAVEPOINT s")
			wantSeen(t, tx, "acme")
			finish(t, tx.Commit())
		},
		"failed transaction": func(t *testing.T, db *sql.DB) {
			tx := begin(t, db, ctx)
			wantCode(t, tx, ctx, "SELECT 1/0", "22012")
			wantCode(t, tx, ctx, "SELECT 1", "25P02")
			finish(t, tx.Rollback())
		},
		"failed transaction recovered at a savepoint": func(t *testing.T, db *sql.DB) {
			tx := begin(t, db, ctx)
			execAll(t, tx, ctx, "SAVEPOINT s")
			wantCode(t, tx, ctx, "SELECT 1/0", "22012")
			execAll(t, tx, ctx, "ROLLBACK TO SAVEPOINT s")
			wantSeen(t, tx, "acme")
			finish(t, tx.Commit())
		},
		"transaction by text": func(t *testing.T, db *sql.DB) {
			c := checkout(t, db)
			execAll(t, c, ctx, "BEGIN")
			wantSeen(t, c, "acme")
			execAll(t, c, ctx, "ROLLBACK")
			wantSeen(t, c, "acme")
			execAll(t, c, ctx, "BEGIN ISOLATION LEVEL SERIALIZABLE", "INSERT INTO docbasket (name) VALUES ('new-b')", "ROLLBACK")
			wantSeen(t, c, "acme")
			finish(t, c.Close())
		},
		"failed transaction by text": func(t *testing.T, db *sql.DB) {
			c := checkout(t, db)
			execAll(t, c, ctx, "BEGIN")
			wantCode(t, c, ctx, "SELECT 1/0", "22012")
			execAll(t, c, ctx, "ROLLBACK")
			wantSeen(t, c, "acme")
			finish(t, c.Close())
		},
		"rollback without a transaction": func(t *testing.T, db *sql.DB) {
			c := checkout(t, db)
			execAll(t, c, ctx, "ROLLBACK")
			wantSeen(t, c, "acme")
			finish(t, c.Close())
		},
		"commit without a transaction": func(t *testing.T, db *sql.DB) {
			c := checkout(t, db)
			execAll(t, c, ctx, "COMMIT")
			wantSeen(t, c, "acme")
			finish(t, c.Close())
		},
		"prepared rollback without a transaction": func(t *testing.T, db *sql.DB) {
			c := checkout(t, db)
			s, err := c.PrepareContext(ctx, "ROLLBACK")
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.ExecContext(ctx)
			finish(t, err)
			wantSeen(t, c, "acme")
			finish(t, s.Close())
			finish(t, c.Close())
		},
		"savepoint without a transaction": func(t *testing.T, db *sql.DB) {
			c := checkout(t, db)
			wantCode(t, c, ctx, "SAVEPOINT s", "25P01")
			wantCode(t, c, ctx, "ROLLBACK TO SAVEPOINT s", "25P01")
			wantSeen(t, c, "acme")
			finish(t, c.Close())
		},
		"transaction by text left open": func(t *testing.T, db *sql.DB) {
			c := checkout(t, db)
			execAll(t, c, ctx, "BEGIN")
			finish(t, c.Close())
		},
		"error in the first statement": func(t *testing.T, db *sql.DB) {
			c := checkout(t, db)
			wantCode(t, c, ctx, "SELECT 1/0", "22012")
			wantSeen(t, c, "acme")
			finish(t, c.Close())
		},
		"error in the first statement with arguments": func(t *testing.T, db *sql.DB) {
			c := checkout(t, db)
			var n int
			var pgErr *pgconn.PgError
			err := c.QueryRowContext(ctx, "SELECT 1 / $1::int", 0).Scan(&n)
			if !errors.As(err, &pgErr) || pgErr.Code != "22012" {
				t.Errorf("got %v", err)
			}
			wantSeen(t, c, "acme")
			finish(t, c.Close())
		},
		"syntax the server refuses": func(t *testing.T, db *sql.DB) {
			wantCode(t, db, ctx, "SELECT no_such_column FROM docbasket", "42703")
		},
		"error in the last of several statements": func(t *testing.T, db *sql.DB) {
			wantCode(t, db, ctx, "SELECT 1; SELECT 1/0", "22012")
		},
		"cancelled before": func(t *testing.T, db *sql.DB) {
			cancelled, cancel := context.WithCancel(ctx)
			cancel()
			if _, err := db.ExecContext(cancelled, "SELECT 1"); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		},
		"cancelled on the checked-out connection": func(t *testing.T, db *sql.DB) {
			c := checkout(t, db)
			cancelled, cancel := context.WithCancel(ctx)
			cancel()
			if _, err := c.ExecContext(cancelled, "SELECT 1"); err == nil {
				t.Error("no error")
			}
			_ = c.Close() // pgx gives such a connection up
		},
		"deadline in the middle": func(t *testing.T, db *sql.DB) {
			c := checkout(t, db)
			late, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			// Not one the guard refuses: many rows take longer than the deadline.
			_, err := c.ExecContext(late, "SELECT count(*) FROM generate_series(1, 100000000)")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			_ = c.Close() // pgx gives such a connection up
		},
		"rows closed early": func(t *testing.T, db *sql.DB) {
			c := checkout(t, db)
			rows, err := c.QueryContext(ctx, "SELECT name, g FROM docbasket, generate_series(1, 100000) g")
			if err != nil {
				t.Fatal(err)
			}
			rows.Next()
			finish(t, rows.Close())
			wantSeen(t, c, "acme")
			finish(t, c.Close())
		},
		"error while rows are read": func(t *testing.T, db *sql.DB) {
			c := checkout(t, db)
			rows, err := c.QueryContext(ctx, "SELECT 1 / (5000 - g) FROM generate_series(1, 10000) g")
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
			}
			var pgErr *pgconn.PgError
			if !errors.As(rows.Err(), &pgErr) || pgErr.Code != "22012" {
				t.Errorf("got %v", rows.Err())
			}
			finish(t, rows.Close())
			wantSeen(t, c, "acme")
			finish(t, c.Close())
		},
		"second query while rows are open": func(t *testing.T, db *sql.DB) {
			c := checkout(t, db)
			rows, err := c.QueryContext(ctx, "SELECT g FROM generate_series(1, 100000) g")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := seen(ctx, c); err == nil {
				t.Error("no error")
			}
			finish(t, rows.Close())
			_ = c.Close() // pgx may have given it up
		},
	}
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		for name, event := range events {
			t.Run(name, func(t *testing.T) {
				wantSeen(t, db, "globex")
				event(t, db)
				wantSeen(t, db, "acme")
				wantSeen(t, db, "globex")
				event(t, db) // once more, on a connection that acme has not used last
				wantClean(t, db)
			})
		}
	})
	for _, tenant := range tenants {
		for _, name := range []string{"new-s", "new-b"} {
			if n := w.baskets(t, tenant, name); n != 0 {
				t.Errorf("%s: %d rows %s that were rolled back", tenant, n, name)
			}
		}
	}
}

// A backend that is killed takes its connection with it; the pool opens another.
func TestKilledBackend(t *testing.T) {
	w := newWorld(t)
	db := w.open(t, 1)
	for range 5 {
		wantSeen(t, db, "acme")
		var killed int
		err := w.admin.QueryRow(`SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
			WHERE usename = $1 AND datname = current_database()`, w.AppRole).Scan(&killed)
		if err != nil || killed != 1 {
			t.Fatalf("killed %d backends, %v", killed, err)
		}
		got, err := seen(as("globex"), db)
		if err == nil && got != "globex" {
			t.Errorf("as globex: saw the data of %q", got)
		}
		wantSeen(t, db, "globex")
	}
}

func begin(t *testing.T, db *sql.DB, ctx context.Context) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

func checkout(t *testing.T, db *sql.DB) *sql.Conn {
	t.Helper()
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func finish(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func execAll(t *testing.T, q queryer, ctx context.Context, queries ...string) {
	t.Helper()
	for _, query := range queries {
		if _, err := q.ExecContext(ctx, query); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// wantCode fails the test unless the server answers the statement with that SQLSTATE.
func wantCode(t *testing.T, q queryer, ctx context.Context, query, code string) {
	t.Helper()
	_, err := q.ExecContext(ctx, query)
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != code {
		t.Errorf("%s: got %v, want SQLSTATE %s", query, err, code)
	}
}

// A procedure may commit. It is pinned in a round trip of its own, so that the pin outlives the commit and the
// procedure is not inside somebody else's transaction.
func TestProcedureThatCommits(t *testing.T) {
	w := newWorld(t)
	for _, tenant := range []string{"acme", "globex"} {
		mustExec(t, w.admin, `CREATE PROCEDURE tenant_`+tenant+`.two_steps() LANGUAGE plpgsql AS $$
			BEGIN
				INSERT INTO docbasket (name) VALUES ('new-first');
				COMMIT;
				INSERT INTO docbasket (name) VALUES ('new-second');
			END $$`)
		mustExec(t, w.admin, `GRANT EXECUTE ON PROCEDURE tenant_`+tenant+`.two_steps() TO PUBLIC`)
	}
	db := w.open(t, 1)
	for _, tenant := range []string{"acme", "globex", "acme"} {
		_, err := db.ExecContext(as(tenant), "CALL tenant_"+tenant+".two_steps()")
		if err != nil && !isUnique(err) {
			t.Fatal(err)
		}
		wantClean(t, db)
	}
	for _, tenant := range []string{"acme", "globex"} {
		if n := w.baskets(t, tenant, "new-second"); n != 1 {
			t.Errorf("%s: %d rows", tenant, n)
		}
	}
	if _, err := db.ExecContext(as("mothballed"), "CALL tenant_mothballed.two_steps()"); !errors.Is(err, scope.ErrTenantSuspended) {
		t.Errorf("suspended tenant: %v", err)
	}
}

// BEGIN runs behind a pin that failed. The connection is not used again, not even by who holds it.
func TestBeginBehindAFailedPin(t *testing.T) {
	db := newWorld(t).open(t, 1)
	c := checkout(t, db)
	if _, err := c.ExecContext(as("mothballed"), "BEGIN"); !errors.Is(err, scope.ErrTenantSuspended) {
		t.Errorf("got %v, want %v", err, scope.ErrTenantSuspended)
	}
	if _, err := seen(as("mothballed"), c); !errors.Is(err, sqldriver.ErrBadConn) {
		t.Errorf("the connection was used again: %v", err)
	}
	_ = c.Close() // the pool has closed it
	wantClean(t, db)
}

// The position of an error counts from the start of the caller's text, whatever was sent in front of it.
func TestErrorPosition(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		for name, args := range map[string][]any{"plain": nil, "with an argument": {1}} {
			c := checkout(t, w.open(t, 1, mode...))
			query := "SELECT 'é', missing FROM docbasket"
			if args != nil {
				query += " WHERE id = $1"
			}
			for _, pinned := range []bool{false, true} {
				_, err := c.ExecContext(as("acme"), query, args...)
				var pgErr *pgconn.PgError
				if !errors.As(err, &pgErr) || pgErr.Position != 13 {
					t.Errorf("%s, pinned %t: got %+v", name, pinned, err)
				}
				if pgErr != nil && (pgErr.Code != "42703" || pgErr.Severity != "ERROR" || pgErr.Message == "") {
					t.Errorf("%s, pinned %t: got %+v", name, pinned, pgErr)
				}
				wantSeen(t, c, "acme")
			}
			finish(t, c.Close())
		}
	})
}
