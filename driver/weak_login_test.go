package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// newWeakWorld is a world whose application may make roles, and so may become any tenant's role.
func newWeakWorld(t *testing.T) *world {
	t.Helper()
	w := newOwnWorld(t)
	mustExec(t, w.admin, "ALTER ROLE "+w.AppRole+" CREATEROLE")
	return w
}

// firsts are operations that can be the first of a connection.
var firsts = map[string]func(ctx context.Context, db *sql.DB) error{
	"exec": func(ctx context.Context, db *sql.DB) error {
		_, err := db.ExecContext(ctx, "INSERT INTO docbasket (name) VALUES ('weak')")
		return err
	},
	"query": func(ctx context.Context, db *sql.DB) error {
		var name string
		return db.QueryRowContext(ctx, "INSERT INTO docbasket (name) VALUES ($1) RETURNING name", "weak").Scan(&name)
	},
	"prepare": func(ctx context.Context, db *sql.DB) error {
		s, err := db.PrepareContext(ctx, "INSERT INTO docbasket (name) VALUES ($1)")
		if err != nil {
			return err
		}
		defer s.Close()
		_, err = s.ExecContext(ctx, "weak")
		return err
	},
	"begin": func(ctx context.Context, db *sql.DB) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO docbasket (name) VALUES ('weak')")
		return errors.Join(err, tx.Commit())
	},
	"copy": func(ctx context.Context, db *sql.DB) error {
		return onOwnConn(ctx, db, func(c *sql.Conn) error {
			_, err := driver.CopyFrom(ctx, c, "docbasket", []string{"name"}, pgx.CopyFromRows([][]any{{"weak"}}))
			return err
		})
	},
	"batch": func(ctx context.Context, db *sql.DB) error {
		return onOwnConn(ctx, db, func(c *sql.Conn) error {
			b := &pgx.Batch{}
			b.Queue("INSERT INTO docbasket (name) VALUES ($1)", "weak")
			return driver.SendBatch(ctx, c, b)
		})
	},
	"statement of nobody's tables": func(ctx context.Context, db *sql.DB) error {
		var one int
		return db.QueryRowContext(ctx, "SELECT 1").Scan(&one)
	},
}

func onOwnConn(ctx context.Context, db *sql.DB, f func(c *sql.Conn) error) error {
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(c), c.Close())
}

// A login that walks past the second wall is refused by default, whatever comes first, direct and behind a pooler.
// Nothing has run, and each refusal is an event.
func TestWeakLogin(t *testing.T) {
	w := newWeakWorld(t)
	pooled := w.Pooler(t, "transaction", 1)
	for _, mode := range append([]string{""}, modes...) {
		for name, first := range firsts {
			r := new(eventLog)
			cfg := testConfig
			cfg.Observer = r
			dsn, params := w.AppDSN, []string{"default_query_exec_mode", mode}
			if mode == "" {
				dsn, params = pooled, nil
			}
			c, err := driver.NewConnector(withParams(t, dsn, params...), cfg)
			if err != nil {
				t.Fatal(err)
			}
			db := w.openConnector(t, 1, c)
			var refusal *driver.Error
			err = first(as("acme"), db)
			if !errors.Is(err, driver.ErrWeakLogin) || !errors.As(err, &refusal) || refusal.TenantID != "acme" {
				t.Errorf("%s %s: %v, want %v", mode, name, err, driver.ErrWeakLogin)
			}
			told := 0
			for _, e := range r.take() {
				if e.Kind == driver.EventWeakLogin && e.TenantID == "acme" && errors.Is(e.Err, driver.ErrWeakLogin) {
					told++
				}
			}
			if told == 0 || c.Stats().WeakLogin != uint64(told) {
				t.Errorf("%s %s: told %d times, counted %d", mode, name, told, c.Stats().WeakLogin)
			}
		}
	}
	if n := w.baskets(t, "acme", "weak"); n != 0 {
		t.Errorf("%d rows were written", n)
	}
}

// docex_allow_weak_login lets it in, and says so once.
func TestWeakLoginAllowed(t *testing.T) {
	w := newWeakWorld(t)
	for _, params := range [][]string{
		{"docex_allow_weak_login", "true"}, {"docex_allow_weak_login", "true", "docex_pin", "transaction"},
	} {
		r := new(eventLog)
		cfg := testConfig
		cfg.Observer = r
		c := w.connector(t, cfg, params...)
		db := w.openConnector(t, 2, c)
		wantClean(t, db)
		db.SetMaxIdleConns(0) // more connections
		wantClean(t, db)
		told := 0
		for _, e := range r.take() {
			if e.Kind == driver.EventWeakLogin {
				told++
			}
		}
		if told != 1 || c.Stats().WeakLogin != 1 {
			t.Errorf("%v: told %d times, counted %d, want 1", params, told, c.Stats().WeakLogin)
		}
	}
}

// Over pgx's own connector, too.
func TestWeakLoginWrapped(t *testing.T) {
	w := newWeakWorld(t)
	config, err := pgx.ParseConfig(withParams(t, w.AppDSN, "standard_conforming_strings", "on", "client_encoding", "UTF8"))
	if err != nil {
		t.Fatal(err)
	}
	db := w.openConnector(t, 1, driver.Wrap(stdlib.GetConnector(*config), testConfig))
	if _, err := seen(as("acme"), db); !errors.Is(err, driver.ErrWeakLogin) {
		t.Errorf("got %v, want %v", err, driver.ErrWeakLogin)
	}
	cfg := testConfig
	cfg.AllowWeakLogin = true
	wantClean(t, w.openConnector(t, 1, driver.Wrap(stdlib.GetConnector(*config), cfg)))
}
