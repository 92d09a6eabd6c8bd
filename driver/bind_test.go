package driver_test

import (
	"context"
	"errors"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
	"github.com/jmoiron/sqlx"
)

func userOf(tenant string) scope.UserContext {
	return scope.UserContext{UserID: "u-" + tenant, TenantID: tenant}
}

func TestBind(t *testing.T) {
	w := newWorld(t)
	db := w.open(t, 2)
	for _, tenant := range tenants {
		bound := driver.Bind(db, userOf(tenant))
		var got string
		if err := bound.QueryRow("SELECT name FROM docbasket").Scan(&got); err != nil || got != tenant {
			t.Errorf("%s: got %q, %v", tenant, got, err)
		}
		if _, err := bound.Exec("INSERT INTO docbasket (name) VALUES ($1)", "new-bound"); err != nil {
			t.Error(err)
		}
		tx, err := bound.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("DELETE FROM docbasket WHERE name = $1", "new-bound"); err != nil {
			t.Error(err)
		}
		finish(t, tx.Rollback())
		s, err := bound.Prepare("SELECT name FROM docbasket WHERE name = $1")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.QueryRow("new-bound").Scan(&got); err != nil || got != "new-bound" {
			t.Errorf("%s: prepared: got %q, %v", tenant, got, err)
		}
		finish(t, s.Close())
		if err := bound.Ping(); err != nil {
			t.Error(err)
		}
		wantSeen(t, bound, tenant)
		closeDB(t, bound)
		if n := w.baskets(t, tenant, "new-bound"); n != 1 {
			t.Errorf("%s: %d rows", tenant, n)
		}
	}
	wantClean(t, db) // closing a bound handle leaves its parent open
	if open := db.Stats().OpenConnections; open > 2 {
		t.Errorf("%d connections open, the limit is 2", open)
	}
}

func TestBindIsFixed(t *testing.T) {
	db := newWorld(t).open(t, 1)
	uc := userOf("acme")
	uc.Roles = []string{"clerk"}
	bound := driver.Bind(db, uc)
	defer closeDB(t, bound)
	uc.Roles[0] = ""
	uc.TenantID = "globex"
	wantSeen(t, bound, "acme")
	if _, err := seen(as("globex"), bound); !errors.Is(err, scope.ErrTenantMismatch) {
		t.Errorf("context of another tenant: %v", err)
	}
}

func TestBindRefuses(t *testing.T) {
	w := newWorld(t)
	db := w.open(t, 1)
	tests := []struct {
		name string
		uc   scope.UserContext
		want error
	}{
		{"empty", scope.UserContext{}, scope.ErrInvalidUserContext},
		{"unknown", userOf("nobody"), scope.ErrTenantNotProvisioned},
		{"suspended", userOf("mothballed"), scope.ErrTenantSuspended},
		{"system", userOf(scope.SystemTenantID), scope.ErrSystemTenant},
	}
	for _, tt := range tests {
		bound := driver.Bind(db, tt.uc)
		if _, err := bound.Exec("SELECT 1"); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
		if _, err := bound.Begin(); !errors.Is(err, tt.want) {
			t.Errorf("%s: begin: got %v, want %v", tt.name, err, tt.want)
		}
		closeDB(t, bound)
	}
	plain := driver.Bind(w.admin, userOf("acme"))
	if _, err := plain.Exec("SELECT 1"); !errors.Is(err, driver.ErrNotDocex) {
		t.Errorf("a pgx handle: got %v, want %v", err, driver.ErrNotDocex)
	}
	closeDB(t, plain)
	wantClean(t, db)
}

// sqlx rebinds and expands for the driver name alone, and works on bound handles.
func TestSqlx(t *testing.T) {
	w := newWorld(t)
	db, err := sqlx.Open("docex", w.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	defer closeDB(t, db.DB)
	type basket struct {
		Name        string
		Description string
	}
	for _, tenant := range []string{"acme", "globex"} {
		ctx := as(tenant)
		_, err := db.NamedExecContext(ctx, "INSERT INTO docbasket (name, description) VALUES (:name, :description)",
			[]basket{{"new-sqlx-1", tenant}, {"new-sqlx-2", tenant}})
		if err != nil {
			t.Fatal(err)
		}
		var got []basket
		query, args, err := sqlx.In("SELECT name, description FROM docbasket WHERE name IN (?) ORDER BY name",
			[]string{"new-sqlx-1", "new-sqlx-2", tenant})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.SelectContext(ctx, &got, db.Rebind(query), args...); err != nil {
			t.Fatal(err)
		}
		if len(got) != 3 || got[1].Description != tenant && got[2].Description != tenant {
			t.Errorf("%s: got %v", tenant, got)
		}
		bound := sqlx.NewDb(driver.Bind(db.DB, userOf(tenant)), driver.Name)
		var one basket
		if err := bound.Get(&one, "SELECT name, description FROM docbasket WHERE name = $1", tenant); err != nil ||
			one.Name != tenant {
			t.Errorf("%s: bound: got %v, %v", tenant, one, err)
		}
		rows, err := bound.NamedQuery("SELECT name FROM docbasket WHERE name = :name", one)
		if err != nil {
			t.Fatal(err)
		}
		if !rows.Next() {
			t.Errorf("%s: no row", tenant)
		}
		finish(t, rows.Close())
		closeDB(t, bound.DB)
	}
	if _, err := db.ExecContext(context.Background(), "SELECT 1"); !errors.Is(err, scope.ErrNoUserContext) {
		t.Errorf("got %v, want %v", err, scope.ErrNoUserContext)
	}
}
