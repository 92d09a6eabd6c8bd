package provision_test

import (
	"slices"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
	"github.com/google/go-cmp/cmp"
)

// What a schema holds is counted by kind, an extension as one, and without what another schema has.
func TestContents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: ddl(forCitus(`
CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE a (id bigint PRIMARY KEY, m mood); CREATE TABLE b (id bigserial);
CREATE TABLE p (id bigint) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p DEFAULT;
CREATE VIEW v AS TABLE a; CREATE MATERIALIZED VIEW m AS TABLE a;
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER touched AFTER INSERT ON a EXECUTE FUNCTION f();`))})
	for _, id := range []string{"acme", "globex"} {
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	w.exec(`INSERT INTO tenant_acme.a SELECT n FROM generate_series(1, 1000) AS n;
		INSERT INTO tenant_acme.p VALUES (1), (2); INSERT INTO tenant_globex.a VALUES (1);
		CREATE EXTENSION pg_trgm SCHEMA tenant_acme`)
	want := provision.Contents{Rows: 1002, Exact: true, Objects: []provision.ObjectCount{{"extension", 1}, {"function", 2},
		{"index", 1}, {"materialized view", 1}, {"sequence", 1}, {"table", 5}, {"trigger", 1}, {"type", 1}, {"view", 1}}}
	if pgtest.Citus() { // without the trigger
		want.Objects = slices.DeleteFunc(want.Objects, func(o provision.ObjectCount) bool { return o.Kind == "trigger" })
	}
	got, err := p.Contents(t.Context(), "acme")
	if err != nil || got.Bytes < 50_000 || got.Bytes > 1_000_000 {
		t.Errorf("%d bytes, %v", got.Bytes, err)
	}
	want.Bytes = got.Bytes
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}

	_, err = p.Contents(t.Context(), "nobody")
	wantIs(t, err, scope.ErrTenantNotProvisioned)
	w.exec("DROP SCHEMA tenant_globex CASCADE")
	got, err = p.Contents(t.Context(), "globex")
	if err != nil || got.Rows != 0 || got.Bytes != 0 || len(got.Objects) > 0 {
		t.Errorf("of no schema: %+v, %v", got, err)
	}
}

// Rows that row security hides from the administrator are estimated.
func TestContentsOfHiddenRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admin = w.operator("CREATEROLE")
	p := w.initialized(provision.Config{DDL: ddl("CREATE TABLE a (); ALTER TABLE a ENABLE ROW LEVEL SECURITY")})
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	w.exec("INSERT INTO tenant_acme.a SELECT FROM generate_series(1, 70); ANALYZE tenant_acme.a")
	for force, exact := range map[string]bool{"NO FORCE": true, "FORCE": false} {
		w.exec("ALTER TABLE tenant_acme.a " + force + " ROW LEVEL SECURITY")
		if got, err := p.Contents(t.Context(), "acme"); err != nil || got.Rows != 70 || got.Exact != exact {
			t.Errorf("%s: %+v, %v", force, got, err)
		}
	}
}
