package provision_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// Two installations in one database have registries of their own; the tenants' schemas they cannot share.
func TestTwoInstallationsInOneDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.initialized(provision.Config{}),
		w.initialized(provision.Config{SystemSchema: "second", Environment: "other"})
	if _, err := one.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	_, err := two.Create(t.Context(), provision.Tenant{ID: "acme"})
	wantIs(t, err, provision.ErrSchemaExists)
	_, err = two.Get(t.Context(), "acme")
	wantIs(t, err, scope.ErrTenantNotProvisioned)
	if _, err := two.Create(t.Context(), provision.Tenant{ID: "globex"}); err != nil {
		t.Fatal(err)
	}
	app := w.app()
	if got := app.code("SELECT second.pin('globex', 'tenant_globex')"); got != "" {
		t.Errorf("pin by the second's function: code %q", got)
	}
	if got := app.code("SELECT docex_system.pin('globex', 'tenant_globex')"); got != pinUnknown {
		t.Errorf("pin by the first's function: code %q, want %q", got, pinUnknown)
	}
}

// The administrator's handle may be in any of pgx's modes.
func TestEveryExecMode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe,
		pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		cfg, err := pgx.ParseConfig(w.AdminDSN)
		if err != nil {
			t.Fatal(err)
		}
		cfg.DefaultQueryExecMode = mode
		w.admin = stdlib.OpenDB(*cfg)
		p := w.initialized(provision.Config{})
		id := "mode-" + strings.ReplaceAll(mode.String(), " ", "-")
		_, create := p.Create(t.Context(), provision.Tenant{ID: id})
		got, list := p.List(t.Context(), provision.ListOptions{Limit: 1})
		if len(got) != 1 || got[0].ID != id {
			t.Errorf("%s: List gives %v", mode, got)
		}
		if err := errors.Join(create, list, p.Suspend(t.Context(), id), p.Resume(t.Context(), id),
			p.Suspend(t.Context(), id), p.Drop(t.Context(), id, id), w.admin.Close()); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
	}
}

// Roles belong to the server, schemas to the database: the same tenant in two databases must not meet.
func TestSameTenantInTwoDatabases(t *testing.T) {
	t.Parallel()
	roles := map[string]bool{}
	for range 2 {
		w := newWorld(t)
		got, err := w.initialized(provision.Config{}).Create(t.Context(), provision.Tenant{ID: "acme"})
		if err != nil {
			t.Fatal(err)
		}
		roles[got.Role] = true
	}
	if len(roles) != 2 {
		t.Errorf("both use %v", roles)
	}
}

func TestLongestTenantID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{})
	for _, last := range []string{"a", "b"} {
		id := strings.Repeat("x", scope.MaxTenantIDLen-1) + last
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
		if err := w.app().pin(id); err != nil {
			t.Error(err)
		}
	}
}

// What the administrator's session happens to hold has no part in a tenant.
func TestCreateIgnoresTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: fstest.MapFS{"a.sql": {Data: []byte(`
CREATE TABLE parent (id integer PRIMARY KEY);
CREATE TABLE child (parent_id integer REFERENCES parent);
CREATE VIEW both_of_them AS SELECT p.id FROM parent AS p JOIN child AS c ON c.parent_id = p.id`)}}})
	w.admin.SetMaxOpenConns(1)
	w.exec(`CREATE TEMPORARY TABLE parent (id integer PRIMARY KEY)`, `SET default_transaction_isolation = 'serializable'`,
		`CREATE SCHEMA mine`, `CREATE TABLE mine.parent (id integer PRIMARY KEY)`, `SET search_path = mine`)
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	if got := w.value(
		`SELECT confrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conrelid = ` +
			`'tenant_acme.child'::regclass`); got != "tenant_acme.parent" {
		t.Errorf("the foreign key refers to %s", got)
	}
	if got := w.value("SHOW search_path"); got != "mine" {
		t.Errorf("the session's search_path is now %q", got)
	}
}
