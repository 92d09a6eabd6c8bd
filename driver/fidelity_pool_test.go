package driver_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"
)

// killBackends ends the application's connections from the server's side.
func (w *world) killBackends(t *testing.T) {
	t.Helper()
	const theirs = "FROM pg_stat_activity WHERE usename = $1 AND datname = current_database()"
	mustExec(t, w.admin, "SELECT pg_terminate_backend(pid) "+theirs, w.AppRole)
	for left := 1; left > 0; time.Sleep(time.Millisecond) {
		if err := w.admin.QueryRow("SELECT count(*) "+theirs, w.AppRole).Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
}

// uses are the calls that may find a dead connection in the pool.
var uses = map[string]func(ctx context.Context, db *sql.DB) error{
	"exec": func(ctx context.Context, db *sql.DB) error {
		_, err := db.ExecContext(ctx, "UPDATE kinds SET t = '' WHERE id = $1", 2)
		return err
	},
	"query": func(ctx context.Context, db *sql.DB) error {
		var n int
		return db.QueryRowContext(ctx, "SELECT id FROM kinds WHERE id = $1", 2).Scan(&n)
	},
	"begin": func(ctx context.Context, db *sql.DB) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		return tx.Commit()
	},
	"prepare": func(ctx context.Context, db *sql.DB) error {
		s, err := db.PrepareContext(ctx, "SELECT 1")
		if err != nil {
			return err
		}
		return s.Close()
	},
}

// A connection that died while it was idle. After more than a second pgx asks before it hands it out, and the pool
// makes another one: the caller notices nothing. Before that the first call may fail, and only that.
func TestDeadIdleConnectionAsPgx(t *testing.T) {
	w, role := fidelityWorld(t)
	handles := map[string]*sql.DB{}
	for name := range uses {
		for _, mode := range modes {
			params := []string{"default_query_exec_mode", mode}
			handles["pgx, "+mode+", "+name] = w.pgxAs(t, role, 1, params...)
			handles["docex, "+mode+", "+name] = w.open(t, 1, params...)
		}
	}
	use := func(key string) error { return uses[key[strings.LastIndex(key, " ")+1:]](as("acme"), handles[key]) }
	for _, tenant := range []string{"acme", "globex"} {
		for _, db := range handles {
			mustExecAs(t, db, tenant, "SELECT 1")
		}
		w.killBackends(t)
		time.Sleep(1100 * time.Millisecond)
		for key, db := range handles {
			if err := use(key); err != nil {
				t.Errorf("%s: %v", key, err)
			}
			if n := db.Stats().OpenConnections; n != 1 {
				t.Errorf("%s: %d connections", key, n)
			}
		}
		w.killBackends(t)
		for key := range handles {
			_ = use(key) // may fail
			if err := use(key); err != nil {
				t.Errorf("%s: the second call: %v", key, err)
			}
		}
	}
}

// through is the same database by another way.
func (w *world) through(dsn string) *world {
	db := *w.DB
	db.AppDSN = dsn
	return &world{DB: &db, admin: w.admin, prov: w.prov}
}
