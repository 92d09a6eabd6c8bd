package driver_test

import (
	"context"
	"errors"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5/pgconn"
)

// modes are pgx's query execution modes: each sends other messages in another number of flushes.
var modes = []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"}

func eachMode(t *testing.T, f func(t *testing.T, mode ...string)) {
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) { f(t, "default_query_exec_mode", mode) })
	}
}

// Each operation, as the first of its checkout on the one connection that another tenant has used before.
func TestEveryOperationIsPinned(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		for op, run := range attempts {
			t.Run(op, func(t *testing.T) {
				name := "new-" + mode[1] + "-" + op
				wantSeen(t, db, "globex")
				if err := run(as("acme"), db, name); err != nil {
					t.Fatal(err)
				}
				wantSeen(t, db, "globex")
				if n := w.baskets(t, "acme", name); n != 1 {
					t.Errorf("%d rows in acme, want 1", n)
				}
				if n := w.baskets(t, "globex", name); n != 0 {
					t.Errorf("%d rows in globex, want none", n)
				}
			})
		}
		wantClean(t, db)
	})
}

func TestRefusedTenants(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		name string
		ctx  context.Context
		want error
	}{
		{"no UserContext", context.Background(), scope.ErrNoUserContext},
		{"empty UserContext", scope.With(context.Background(), scope.UserContext{}), scope.ErrInvalidUserContext},
		{"no user", scope.With(context.Background(), scope.UserContext{TenantID: "acme"}), scope.ErrInvalidUserContext},
		{"malformed id", as("acme'; --"), scope.ErrInvalidUserContext},
		{"unknown tenant", as("nobody"), scope.ErrTenantNotProvisioned},
		{"suspended tenant", as("mothballed"), scope.ErrTenantSuspended},
		{"system tenant", as(scope.SystemTenantID), scope.ErrSystemTenant},
	}
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		for _, tt := range tests {
			for name, attempt := range attempts {
				t.Run(tt.name+"/"+name, func(t *testing.T) {
					wantSeen(t, db, "acme") // the connection is pinned to somebody
					err := attempt(tt.ctx, db, "refused")
					if !errors.Is(err, tt.want) {
						t.Errorf("got %v, want %v", err, tt.want)
					}
					var typed *driver.Error
					if !errors.As(err, &typed) {
						t.Errorf("%T is no *driver.Error", err)
					}
					wantSeen(t, db, "globex")
				})
			}
		}
		for _, tenant := range append([]string{"mothballed"}, tenants...) {
			if n := w.baskets(t, tenant, "refused"); n != 0 {
				t.Errorf("%d refused rows in %s", n, tenant)
			}
		}
	})
}

// A tenant that is suspended or dropped between two statements is refused at the second, which does not run.
func TestRevocationBetweenStatements(t *testing.T) {
	w := newOwnWorld(t)
	ctx := context.Background()
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		for name, attempt := range attempts {
			t.Run(name, func(t *testing.T) {
				wantSeen(t, db, "acme")
				if err := w.prov.Suspend(ctx, "acme"); err != nil {
					t.Fatal(err)
				}
				if err := attempt(as("acme"), db, "refused"); !errors.Is(err, scope.ErrTenantSuspended) {
					t.Errorf("got %v, want %v", err, scope.ErrTenantSuspended)
				}
				if err := w.prov.Resume(ctx, "acme"); err != nil {
					t.Fatal(err)
				}
				if n := w.baskets(t, "acme", "refused"); n != 0 {
					t.Errorf("%d rows were written", n)
				}
				wantClean(t, db)
			})
		}
	})
}

func TestDroppedBetweenStatements(t *testing.T) {
	w := newOwnWorld(t)
	ctx := context.Background()
	db, next := w.open(t, 1), w.open(t, 1)
	wantSeen(t, db, "acme")
	wantSeen(t, next, "acme")
	if err := w.prov.Suspend(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	if err := w.prov.Drop(ctx, "acme", "acme"); err != nil {
		t.Fatal(err)
	}
	wantSeen(t, next, "globex") // on a session whose role is gone
	for name, attempt := range attempts {
		if err := attempt(as("acme"), db, "refused"); !errors.Is(err, scope.ErrTenantNotProvisioned) {
			t.Errorf("%s: got %v, want %v", name, err, scope.ErrTenantNotProvisioned)
		}
	}
	wantSeen(t, db, "globex")
}

// The server's reason stays reachable next to docex's own.
func TestPinErrorKeepsServerError(t *testing.T) {
	db := newWorld(t).open(t, 1)
	_, err := db.ExecContext(as("mothballed"), "SELECT 1")
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != "DX002" {
		t.Errorf("no PgError DX002 in %v", err)
	}
	if want := `docex: exec: tenant "mothballed": tenant is suspended`; err == nil || len(err.Error()) < len(want) ||
		err.Error()[:len(want)] != want {
		t.Errorf("message %q does not begin with %q", err, want)
	}
}

func TestMismatch(t *testing.T) {
	w := newWorld(t)
	db := w.open(t, 1)
	acme, globex := as("acme"), as("globex")
	wantMismatch := func(t *testing.T, err error) {
		t.Helper()
		if !errors.Is(err, scope.ErrTenantMismatch) {
			t.Errorf("got %v, want %v", err, scope.ErrTenantMismatch)
		}
	}
	t.Run("tx", func(t *testing.T) {
		tx, err := db.BeginTx(acme, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = seen(globex, tx)
		wantMismatch(t, err)
		_, err = tx.PrepareContext(globex, "SELECT 1")
		wantMismatch(t, err)
		wantSeen(t, tx, "acme") // the transaction goes on
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("conn", func(t *testing.T) {
		c, err := db.Conn(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		wantSeen(t, c, "acme")
		_, err = seen(globex, c)
		wantMismatch(t, err)
		_, err = c.BeginTx(globex, nil)
		wantMismatch(t, err)
		_, err = driver.CopyFrom(globex, c, "docbasket", []string{"name"}, names("x"))
		wantMismatch(t, err)
		wantSeen(t, c, "acme")
	})
	t.Run("stmt of a conn", func(t *testing.T) {
		c := checkout(t, db)
		defer c.Close()
		s, err := c.PrepareContext(acme, "SELECT name FROM docbasket")
		finish(t, err)
		defer s.Close()
		var name string
		wantMismatch(t, s.QueryRowContext(globex).Scan(&name))
		_, err = s.ExecContext(globex)
		wantMismatch(t, err)
		wantSeen(t, c, "acme")
	})
	t.Run("stmt of a db", func(t *testing.T) {
		s, err := db.PrepareContext(acme, "SELECT name FROM docbasket")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var name string
		if err := s.QueryRowContext(globex).Scan(&name); err != nil || name != "globex" {
			t.Errorf("a Stmt of a DB for another tenant: got %q, %v", name, err)
		}
		if err := s.QueryRowContext(context.Background()).Scan(&name); !errors.Is(err, scope.ErrNoUserContext) {
			t.Errorf("without a UserContext: %v", err)
		}
		if err := s.QueryRowContext(acme).Scan(&name); err != nil || name != "acme" {
			t.Errorf("got %q, %v", name, err)
		}
	})
	wantClean(t, db)
}
