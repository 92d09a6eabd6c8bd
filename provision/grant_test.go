package provision_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/provision"
)

// Default privileges for PUBLIC that an administrator once set would open every tenant to every other one.
func TestDefaultPrivilegesForPublicAreTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: fstest.MapFS{"a.sql": {Data: []byte(`
CREATE TABLE notes (id serial PRIMARY KEY);
CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';`)}}})
	w.exec("ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC",
		"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC",
		"ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO PUBLIC")
	for _, id := range []string{"acme", "globex"} {
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	const public = `SELECT count(*) FROM (SELECT nspacl FROM pg_namespace WHERE nspname = 'tenant_acme'
 UNION ALL SELECT relacl FROM pg_class WHERE relnamespace = 'tenant_acme'::regnamespace
 UNION ALL SELECT proacl FROM pg_proc WHERE pronamespace = 'tenant_acme'::regnamespace) AS o (acl), aclexplode(acl) AS a
   WHERE a.grantee = 0`
	if got := w.value(public); got != "0" {
		t.Errorf("PUBLIC has %s rights", got)
	}
	app := w.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	app.must("INSERT INTO notes DEFAULT VALUES; SELECT f()")
	if got := app.code("TABLE tenant_globex.notes"); got != denied {
		t.Errorf("another tenant's table: code %q, want %q", got, denied)
	}
}

// The same for the application's login role, which would then see the registry, and every tenant without pinning.
func TestDefaultPrivilegesForTheApplicationAreTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, on := range []string{"SCHEMAS", "TABLES", "SEQUENCES", "ROUTINES"} {
		w.exec("ALTER DEFAULT PRIVILEGES GRANT ALL ON " + on + " TO " + w.AppRole)
	}
	if _, err := w.initialized(provision.Config{}).Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	if got := w.value(schemasOf, w.AppRole); got != "docex_system:U" {
		t.Errorf("rights on schemas: %s", got)
	}
	app := w.app()
	for _, s := range []string{"TABLE tenant_acme.document", "TABLE docex_system.tenant",
		"SELECT docex_system.apply_ddl('', '', '{SELECT 1}')"} {
		if got := app.code(s); got != denied {
			t.Errorf("%s: code %q, want %q", s, got, denied)
		}
	}
	if err := app.pin("acme"); err != nil {
		t.Error(err)
	}
}

func TestSharedSchemasAreReadOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec("CREATE SCHEMA reference", "CREATE TABLE reference.country (code text)", "CREATE SCHEMA other",
		"CREATE TABLE other.t ()")
	p := w.initialized(provision.Config{SharedSchemas: []string{"reference"}})
	acme, err := p.Create(t.Context(), provision.Tenant{ID: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	w.exec("CREATE TABLE reference.later (code text)")
	app := w.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range []string{"TABLE reference.country", "TABLE reference.later",
		"INSERT INTO reference.country VALUES ('x')",
		"CREATE TABLE reference.t ()", "TABLE other.t"} {
		got[s] = app.code(s)
	}
	want := map[string]string{"TABLE reference.country": "", "TABLE reference.later": "",
		"INSERT INTO reference.country VALUES ('x')": denied, "CREATE TABLE reference.t ()": denied, "TABLE other.t": denied}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := w.value(schemasOf, acme.Role); got != "reference:U tenant_acme:U" {
		t.Errorf("rights on schemas: %s", got)
	}
	wantIs(t, w.provisioner(provision.Config{SharedSchemas: []string{"missing"}}).Init(t.Context()),
		provision.ErrInvalidConfig)
}

func TestNoTenantRoles(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{NoTenantRoles: true})
	acme, err := p.Get(t.Context(), "acme")
	if err != nil || acme.Role != "" {
		t.Fatalf("role %q, %v", acme.Role, err)
	}
	app := w.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	app.must("INSERT INTO docbasket (name) VALUES ('inbox')")
	if err := p.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if got := app.code("TABLE docbasket"); got != noSuchTable {
		t.Errorf("suspended: code %q, want %q", got, noSuchTable)
	}
	if err := p.Drop(t.Context(), "acme", "acme"); err != nil {
		t.Error(err)
	}
}

func TestKeepPublic(t *testing.T) {
	t.Parallel()
	const rights = `SELECT has_database_privilege($1, current_database(), 'TEMPORARY') || ' ' || ` +
		`has_schema_privilege($1, 'public', 'USAGE')`
	w := newWorld(t)
	w.initialized(provision.Config{KeepPublic: true})
	if got := w.value(rights, w.AppRole); got != "true true" {
		t.Errorf("with KeepPublic: %s", got)
	}
	w.initialized(provision.Config{})
	if got := w.value(rights, w.AppRole); got != "false false" {
		t.Errorf("without: %s", got)
	}
}
