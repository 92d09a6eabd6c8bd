package provision_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// legacy makes a single-tenant application's schema with the objects of a DDL, a row of data, an owner and rights of
// its own. It returns the owner's name.
func (w world) legacy(schema, statements string) string {
	w.t.Helper()
	owner := "owner_" + w.AppRole
	w.exec(`CREATE ROLE `+owner, `CREATE SCHEMA IF NOT EXISTS "`+schema+`"`, `ALTER SCHEMA "`+schema+`" OWNER TO `+owner)
	c := w.connect(w.AdminDSN)
	c.must(`SET search_path = "` + schema + `", pg_temp`)
	c.must(statements)
	c.must(`GRANT USAGE ON SCHEMA "` + schema + `" TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA "` + schema + `" TO ` +
		w.AppRole +
		`; GRANT ALL ON ALL SEQUENCES IN SCHEMA "` + schema + `" TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA "` + schema +
		`" TO ` +
		owner + ` WITH GRANT OPTION`)
	for _, table := range []string{"parent", "child"} {
		c.must(`DO $$ BEGIN IF to_regclass('` + table + `') IS NOT NULL THEN ALTER TABLE ` + table + ` OWNER TO ` + owner +
			`; END IF; END $$`)
	}
	return owner
}

func oneOfEachSQL() string {
	return "CREATE TABLE first (id integer);" + string(oneOfEach["020.sql"].Data)
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"legacy", "public", "tenant_acme", `My "own" schema`} {
		w := newWorld(t)
		p := w.initialized(provision.Config{DDL: oneOfEach})
		w.exec("CREATE EXTENSION citext WITH SCHEMA public")
		owner := "owner_" + w.AppRole
		if strings.Contains(from, `"`) {
			w.exec(`CREATE SCHEMA "My ""own"" schema"`)
			c := w.connect(w.AdminDSN)
			c.must(`SET search_path = "My ""own"" schema", pg_temp; ` + oneOfEachSQL() + `; INSERT INTO parent (id) VALUES (41)`)
			w.exec(`CREATE ROLE ` + owner)
		} else {
			w.legacy(from, oneOfEachSQL()+`; INSERT INTO parent (id) VALUES (41)`)
		}
		got, err := p.Adopt(t.Context(), provision.Tenant{ID: "acme", DisplayName: "Acme"}, from)
		if err != nil {
			t.Errorf("%s: %v", from, err)
			continue
		}
		if got.Schema != "tenant_acme" || got.State != provision.Active || got.DisplayName != "Acme" || got.Catalog == "" {
			t.Errorf("%s: adopted %+v", from, got)
		}
		made, err := p.Create(t.Context(), provision.Tenant{ID: "globex"})
		if err != nil || made.Catalog != got.Catalog {
			t.Errorf("%s: a created tenant is %+v: %v", from, made, err)
		}
		for _, id := range []string{"acme", "globex"} {
			if err := p.Verify(t.Context(), id); err != nil {
				t.Errorf("%s: %v", from, err)
			}
		}
		if got := w.value(`SELECT id FROM tenant_acme.parent`); got != "41" {
			t.Errorf("%s: the data is %q", from, got)
		}
		app := w.app()
		if got := app.code("SELECT FROM tenant_acme.parent"); got != denied {
			t.Errorf("%s: the application without a pin: code %q", from, got)
		}
		if err := app.pin("acme"); err != nil {
			t.Fatal(err)
		}
		app.must("INSERT INTO parent (name) VALUES ('new')")
		if got := w.value(
			`SELECT count(*) FROM pg_namespace WHERE nspname IN ('legacy', 'docex_rehearsal', 'My "own" schema')`); got != "0" {
			t.Errorf("%s: a schema is left over", from)
		}
		w.exec("ALTER SCHEMA public OWNER TO CURRENT_USER",
			"SELECT public.citext('public and its extension are still there')")
		if !pgtest.Citus() { // whose workers do not learn of schema public's owner
			w.exec("DROP ROLE " + owner)
		}
	}
}

// A schema that is not as the DDL makes it stays as it is, and every difference is named.
func TestAdoptRefusesOtherSchemas(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"public", "tenant_acme"} {
		w := newWorld(t)
		p := w.initialized(provision.Config{DDL: oneOfEach})
		w.legacy(from,
			oneOfEachSQL()+`; CREATE TABLE schema_migrations (v integer); ALTER TABLE child DROP CONSTRAINT child_parent`)
		before := w.objects()
		_, err := p.Adopt(t.Context(), provision.Tenant{ID: "acme"}, from)
		wantIs(t, err, provision.ErrDrift)
		for _, want := range []string{"extra table schema_migrations", "missing constraint child.child_parent"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("want %q: %v", want, err)
			}
		}
		if got := w.objects(); got != before || w.value("SELECT to_regclass('"+from+".schema_migrations')") == "" {
			t.Errorf("changed: %s, before %s", got, before)
		}
		if d := cmp.Diff([]string{"adopt acme refused"}, entries(t, p, provision.AuditOptions{Action: "adopt"})); d != "" {
			t.Error(d)
		}
		if !pgtest.Citus() { // which drops nothing owned of its own tables
			w.exec("DROP OWNED BY owner_"+w.AppRole+" CASCADE", "DROP ROLE owner_"+w.AppRole)
		}
	}
}

// Columns in another order are a difference, since INSERT without names goes by it. Where a column was dropped the
// numbers differ, and the order does not.
func TestAdoptComparesTheOrderOfColumns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{
		DDL: provision.DDLString("CREATE TABLE document (id integer, title text, folder text)")})
	w.exec("CREATE SCHEMA old", "CREATE TABLE old.document (id integer, folder text, title text)",
		"INSERT INTO old.document VALUES (1, 'folder', 'title')")
	_, err := p.Adopt(t.Context(), provision.Tenant{ID: "acme"}, "old")
	wantIs(t, err, provision.ErrDrift)
	const want = "column order document is (id, folder, title), want (id, title, folder)"
	if !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("%v, want %q", err, want)
	}
	w.exec(`ALTER TABLE old.document RENAME TO other`,
		`CREATE TABLE old.document (id integer, gone text, title text, folder text)`,
		`ALTER TABLE old.document DROP gone`,
		`INSERT INTO old.document (id, folder, title) SELECT id, folder, title FROM old.other`, `DROP TABLE old.other`)
	if _, err := p.Adopt(t.Context(), provision.Tenant{ID: "acme"}, "old"); err != nil {
		t.Fatal(err)
	}
	if got := w.value("SELECT title FROM tenant_acme.document"); got != "title" {
		t.Errorf("the title is %q", got)
	}
	made, err := p.Create(t.Context(), provision.Tenant{ID: "globex"})
	if acme, _ := p.Get(t.Context(), "acme"); err != nil || acme.Catalog != made.Catalog {
		t.Errorf("adopted %q, made %q: %v", acme.Catalog, made.Catalog, err)
	}
	w.exec(`ALTER TABLE tenant_acme.document DROP title, ADD title text`)
	wantIs(t, p.Verify(t.Context(), "acme"), provision.ErrDrift)
	accepted, err := p.Reseal(t.Context(), "acme")
	if err != nil || lines(accepted) != "\ncolumn order document is (id, folder, title), want (id, title, folder)" {
		t.Errorf("accepted %v: %v", accepted, err)
	}
	if acme, err := p.Get(t.Context(), "acme"); err != nil || acme.Catalog == made.Catalog {
		t.Errorf("the digest of another order is the same: %v", err)
	}
}

func TestAdoptConflicts(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	installation := w.value("SELECT id FROM docex_system.installation")
	w.exec("CREATE SCHEMA legacy", "CREATE SCHEMA tenant_taken", "CREATE SCHEMA tenant_ghost", "CREATE SCHEMA ref",
		"CREATE SCHEMA ext",
		`CREATE ROLE "docex_`+installation+`_ghost"`, `GRANT CONNECT ON DATABASE `+w.Name+` TO "docex_`+installation+
			`_ghost"`)
	p2 := w.provisioner(provision.Config{SharedSchemas: []string{"ref"}, ExtensionSchemas: []string{"ext"}})
	for _, c := range []struct {
		id, from string
		want     error
	}{
		{"acme", "legacy", provision.ErrTenantExists},
		{"acme", "tenant_acme", provision.ErrTenantExists},
		{"new", "tenant_acme", provision.ErrInvalidConfig},
		{"new", "docex_system", provision.ErrInvalidConfig},
		{"new", "pg_catalog", provision.ErrInvalidConfig},
		{"new", "information_schema", provision.ErrInvalidConfig},
		{"new", "ref", provision.ErrInvalidConfig},
		{"new", "ext", provision.ErrInvalidConfig},
		{"new", "nowhere", provision.ErrNoSchema},
		{"new", "", provision.ErrNoSchema},
		{"new", "tenant_new", provision.ErrNoSchema},
		{"taken", "legacy", provision.ErrSchemaExists},
		{"ghost", "tenant_ghost", provision.ErrRoleExists},
		{"new", "legacy", provision.ErrDrift},
	} {
		_, err := p2.Adopt(t.Context(), provision.Tenant{ID: c.id}, c.from)
		wantIs(t, err, c.want)
	}
	if err := p.Verify(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
}

// The DocEX tables themselves, in public as an application without tenants has them, role wall or not.
func TestAdoptPublicWithDocEX(t *testing.T) {
	t.Parallel()
	for _, cfg := range []provision.Config{{}, {NoTenantRoles: true}} {
		w := newWorld(t)
		p := w.initialized(cfg)
		c := w.connect(w.AdminDSN)
		for _, name := range []string{"010_documents", "020_operations", "030_transport", "040_processors"} {
			text, err := os.ReadFile("sql/docex/" + name + ".sql")
			if err != nil {
				t.Fatal(err)
			}
			c.must(string(text))
		}
		if _, err := p.Adopt(t.Context(), provision.Tenant{ID: "acme"}, "public"); err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(t.Context(), "acme"); err != nil {
			t.Error(err)
		}
	}
}

// An administrator who is no superuser adopts what it owns, and nothing else.
func TestAdoptWithoutSuperuser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec("CREATE SCHEMA foreigner", "CREATE TABLE foreigner.first (id integer)",
		"CREATE TABLE foreigner.second (id integer)")
	w.admin = w.operator("CREATEROLE")
	p := w.initialized(provision.Config{DDL: ddl("CREATE TABLE second (id integer)")})
	w.exec("CREATE SCHEMA legacy", "CREATE TABLE legacy.first (id integer)", "CREATE TABLE legacy.second (id integer)")
	if _, err := p.Adopt(t.Context(), provision.Tenant{ID: "acme"}, "legacy"); err != nil {
		t.Error(err)
	}
	if err := p.Verify(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
	_, err := p.Adopt(t.Context(), provision.Tenant{ID: "globex"}, "foreigner")
	wantIs(t, err, provision.ErrPrivileges)
}
