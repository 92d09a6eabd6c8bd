package provision_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// toolTables are what migration tools keep, with a serial, an identity, partitions and a name in capitals.
const toolTables = `
CREATE TABLE schema_migrations (version bigint PRIMARY KEY);
CREATE TABLE Goose_DB_Version (id serial PRIMARY KEY, version_id bigint);
CREATE TABLE "SequelizeMeta" (id integer GENERATED ALWAYS AS IDENTITY, name text);
CREATE TABLE flyway_schema_history (rank integer) PARTITION BY RANGE (rank);
CREATE TABLE history_1 PARTITION OF flyway_schema_history FOR VALUES FROM (0) TO (10);
CREATE TABLE "sequelizemeta" (name text);
CREATE TABLE note (id serial, body text);
CREATE VIEW applied AS SELECT * FROM schema_migrations;
CREATE VIEW "Applied Twice" AS SELECT a.version + 1 AS next, a.version FROM applied AS a WHERE version > 0;
CREATE VIEW named (v) AS SELECT name FROM "SequelizeMeta" AS s (number, name);
CREATE VIEW invoked WITH (security_invoker) AS SELECT version FROM schema_migrations;
CREATE VIEW notes AS SELECT body, (SELECT max(version) FROM schema_migrations) AS version FROM note;`

// refusedWrites are what the tenant may not do there, and allowed what it may.
var (
	refusedWrites = []string{
		"INSERT INTO schema_migrations VALUES (1)", "UPDATE goose_db_version SET version_id = 0",
		"DELETE FROM schema_migrations", `INSERT INTO "SequelizeMeta" (name) VALUES ('x')`,
		"INSERT INTO flyway_schema_history VALUES (1)", "INSERT INTO history_1 VALUES (1)",
		"INSERT INTO applied VALUES (1)", `UPDATE "Applied Twice" SET version = 1`, "DELETE FROM named",
		"DELETE FROM invoked",
		"SELECT nextval('goose_db_version_id_seq')", `SELECT setval('"SequelizeMeta_id_seq"', 1)`,
	}
	allowed = `TABLE schema_migrations; TABLE goose_db_version; TABLE "SequelizeMeta"; TABLE flyway_schema_history;
TABLE history_1; SELECT last_value FROM goose_db_version_id_seq;
INSERT INTO note (body) VALUES ('x'); DELETE FROM note; TABLE applied; TABLE "Applied Twice"; TABLE named;
INSERT INTO sequelizemeta VALUES ('x'); DELETE FROM sequelizemeta`
	allowedInViews = "INSERT INTO notes (body) VALUES ('x'); DELETE FROM notes"
)

// wantClosed tries the tenant's rights on toolTables, by its own role.
func (w world) wantClosed(id string) {
	w.t.Helper()
	app := w.app()
	if err := app.pin(id); err != nil {
		w.t.Fatal(err)
	}
	app.wantRefused()
	if got := app.code("SELECT docex_system.truncate_tables('schema_migrations')"); got != noSuchTable {
		w.t.Errorf("%s: truncate_tables: code %q", id, got)
	}
	app.must("SELECT docex_system.truncate_tables('note')")
	app.must(allowed)
	if !pgtest.Citus() {
		app.must(allowedInViews)
	}
}

// wantRefused tries refusedWrites. Citus refuses writes to views, whoever asks.
func (s session) wantRefused() {
	s.t.Helper()
	for _, w := range refusedWrites {
		if got := s.code(w); got != denied && (!pgtest.Citus() || got != "0A000") {
			s.t.Errorf("%s: code %q", w, got)
		}
	}
}

// The DDL's own are closed from the first moment; so are those of a schema that is adopted.
func TestReadOnlyTablesOfTheDDL(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{DDL: provision.DDLString(toolTables)})
	w.wantClosed("acme")
	w.wantClosed("globex") // by the record of the first
	w.exec("CREATE SCHEMA old",
		"SET search_path = old; "+toolTables+"; GRANT ALL ON schema_migrations TO PUBLIC; RESET search_path")
	if _, err := p.Adopt(t.Context(), provision.Tenant{ID: "initech"}, "old"); err != nil {
		t.Fatal(err)
	}
	w.wantClosed("initech")
	for _, id := range []string{"acme", "globex", "initech"} {
		if err := p.Verify(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	w.exec("INSERT INTO tenant_acme.schema_migrations VALUES (1)") // the tool, as the administrator
}

// What a tool makes later is the tenant's to write, until Reseal; Verify tells, even of a record that says otherwise.
func TestReadOnlyTablesOfATool(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	open := w.initialized(provision.Config{DDL: provision.NoDDL(), ReadOnlyTables: []string{}})
	p := w.provisioner(provision.Config{DDL: provision.NoDDL()})
	for _, id := range []string{"acme", "globex", "initech"} {
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"acme", "globex"} {
		w.exec("SET search_path = tenant_" + id + "; " + toolTables + "; RESET search_path")
	}
	wantIs(t, p.Verify(t.Context(), "acme"), provision.ErrDrift)
	acme, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	globex, err := p.Get(t.Context(), "globex")
	if err != nil {
		t.Fatal(err)
	}
	w.exec("GRANT ALL ON tenant_globex.schema_migrations TO PUBLIC",
		`REVOKE UPDATE ON tenant_globex.goose_db_version FROM "`+globex.Role+`"`)
	w.change(`GRANT UPDATE (version_id) ON tenant_globex.goose_db_version TO "` + globex.Role + `"`)
	if _, err := open.Reseal(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if err := open.Verify(t.Context(), "acme"); err != nil {
		t.Errorf("without read-only tables: %v", err)
	}
	all := map[string]error{}
	err = p.VerifyAll(t.Context(), 1, func(tn provision.Tenant, err error) { all[tn.ID] = err })
	if err != nil || all["initech"] != nil {
		t.Error(err, all["initech"])
	}
	for _, err := range []error{p.Verify(t.Context(), "acme"), all["acme"]} {
		var drift *provision.DriftError
		if !errors.As(err, &drift) {
			t.Fatalf("error is %v", err)
		}
		got := lines(drift.Differences)
		for _, want := range []string{
			"grant schema_migrations to {{r}} is DELETE, INSERT, SELECT, UPDATE, want SELECT",
			`grant "SequelizeMeta" to {{r}}`, "grant goose_db_version_id_seq to {{r}}",
		} {
			if want := strings.ReplaceAll(want, "{{r}}", acme.Role); !strings.Contains(got, "\n"+want) {
				t.Errorf("%s is not told: %s", want, got)
			}
		}
		if strings.Contains(got, "note") || strings.Contains(got, "grant sequelizemeta") {
			t.Errorf("told too much: %s", got)
		}
	}
	if _, err := p.Reseal(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	w.exec("REVOKE SELECT ON tenant_globex.schema_migrations FROM PUBLIC") // which is not accepted
	n, err := p.ForEachTenant(t.Context(), provision.ForEachOptions{Reason: "r", Only: []string{"globex"}, Reseal: true,
		AsAdministrator: true}, statements("INSERT INTO schema_migrations VALUES (2)"))
	if err != nil || n != 1 {
		t.Fatal(err)
	}
	for _, id := range []string{"acme", "globex"} {
		w.wantClosed(id)
		if err := p.Verify(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
}

// A change of the list makes the next tenant another one, which is no drift.
func TestReadOnlyTablesChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cfg := provision.Config{DDL: provision.DDLString(toolTables), ReadOnlyTables: []string{}}
	open := w.initialized(cfg)
	cfg.ReadOnlyTables = append(provision.DefaultReadOnlyTables(), "note")
	closed := w.provisioner(cfg)
	for i, p := range []*provision.Provisioner{open, closed, open, closed} {
		id := []string{"a", "b", "c", "d"}[i]
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(t.Context(), id); err != nil {
			t.Error(err)
		}
		app := w.app()
		if err := app.pin(id); err != nil {
			t.Fatal(err)
		}
		want := map[*provision.Provisioner]string{closed: denied}[p]
		if got := app.code("INSERT INTO note (body) VALUES ('x')"); got != want {
			t.Errorf("%s: code %q, want %q", id, got, want)
		}
	}
	if slices.Contains(provision.DefaultReadOnlyTables(), "note") {
		t.Error("the default has changed")
	}
	for _, name := range []string{"", strings.Repeat("a", 64), "a\x00"} {
		_, err := provision.New(w.admin, provision.Config{ReadOnlyTables: []string{name}})
		wantIs(t, err, provision.ErrInvalidConfig)
	}
}

// Where tenants have no roles the application's cannot write them.
func TestReadOnlyTablesWithoutRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: provision.DDLString(toolTables), NoTenantRoles: true})
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	if err := p.Verify(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
	app := w.app()
	app.must("SET search_path = tenant_acme")
	app.wantRefused()
	app.must(allowed)
}

// A view that came later is named by Verify, as is one that an older docex left open; Reseal closes them.
func TestReadOnlyTablesThroughViews(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{DDL: provision.DDLString(toolTables)})
	acme, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	w.exec(`GRANT DELETE ON tenant_acme.applied TO "`+acme.Role+`"`,
		"CREATE VIEW tenant_acme.later AS SELECT * FROM tenant_acme.applied")
	for _, wanted := range [][]string{
		{"grant applied to " + acme.Role + " is DELETE, SELECT, want SELECT", "extra view later"},
		{"grant applied to " + acme.Role + " is DELETE, SELECT, want SELECT",
			"grant later to " + acme.Role + " is DELETE, INSERT, SELECT, UPDATE, want SELECT"},
	} {
		var drift *provision.DriftError
		if err := p.Verify(t.Context(), "acme"); !errors.As(err, &drift) {
			t.Fatalf("error is %v", err)
		}
		for _, want := range wanted {
			if got := lines(drift.Differences); !strings.Contains(got, want) {
				t.Errorf("%s is not told: %s", want, got)
			}
		}
		open := w.provisioner(provision.Config{DDL: provision.DDLString(toolTables), ReadOnlyTables: []string{}})
		if _, err := open.Reseal(t.Context(), "acme"); err != nil { // as an older docex recorded it
			t.Fatal(err)
		}
	}
	if _, err := p.Reseal(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if err := p.Verify(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
	w.wantClosed("acme")
}
