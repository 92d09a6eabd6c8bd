package provision_test

import (
	"database/sql"
	"strings"
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
	if got := w.value(schemasOf, acme.Role); got != "docex_system:U reference:U tenant_acme:U" {
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

// The path that the application's sessions begin with leads nowhere, unless it is in use.
func TestPathOfTheApplication(t *testing.T) {
	t.Parallel()
	const setting = `SELECT coalesce(string_agg(c, ' '), '') FROM pg_db_role_setting AS s, unnest(s.setconfig) AS c
 WHERE s.setrole = $1::regrole OR s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())`
	for _, tt := range []struct {
		name, before string // {{app}} and {{db}} are put in
		cfg          provision.Config
		want         string
	}{
		{"not in use", "", provision.Config{}, "search_path=pg_catalog, pg_temp"},
		{"public is kept", "", provision.Config{KeepPublic: true}, ""},
		{"public is granted", "GRANT USAGE ON SCHEMA public TO {{app}}", provision.Config{}, ""},
		{"a schema of its own", "CREATE SCHEMA {{app}} AUTHORIZATION {{app}}", provision.Config{}, ""},
		{"set for the role", "ALTER ROLE {{app}} SET search_path = here", provision.Config{}, "search_path=here"},
		{"set for the database", "ALTER DATABASE {{db}} SET search_path = here", provision.Config{}, "search_path=here"},
		{"something else is set", "ALTER ROLE {{app}} IN DATABASE {{db}} SET work_mem = '8MB'", provision.Config{},
			"work_mem=8MB search_path=pg_catalog, pg_temp"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tt.before != "" {
				w.exec(strings.NewReplacer("{{app}}", w.AppRole, "{{db}}", w.Name).Replace(tt.before))
			}
			p := w.initialized(tt.cfg)
			for range 2 {
				if got := w.value(setting, w.AppRole); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
				if err := p.Init(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// Where the server's own path is another one, the application may find something by it.
func TestPathOfTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin, err := sql.Open("pgx", w.AdminDSN+"&search_path=here") // to the session it looks like the server's
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	p, err := provision.New(admin, provision.Config{AppRole: w.AppRole})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.value("SELECT count(*) FROM pg_db_role_setting WHERE setrole = $1::regrole", w.AppRole); got != "0" {
		t.Errorf("%s settings of the application's role", got)
	}
}
