package provision_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// inside is what a tenant may have that touches other schemas and is its own all the same.
const inside = `
CREATE TABLE public.kind (id bigint PRIMARY KEY);
CREATE TABLE tenant_acme.a (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind bigint REFERENCES public.kind,
    n serial, twice bigint GENERATED ALWAYS AS (kind * 2) STORED);
CREATE TABLE tenant_acme.p (id bigint PRIMARY KEY, a bigint REFERENCES tenant_acme.a) PARTITION BY RANGE (id);
CREATE TABLE tenant_acme.p1 PARTITION OF tenant_acme.p DEFAULT;
CREATE VIEW tenant_acme.v AS SELECT a.id FROM tenant_acme.a JOIN public.kind ON kind.id = a.kind;
CREATE TYPE tenant_acme.span AS RANGE (subtype = float8);
CREATE TYPE tenant_acme.mood AS ENUM ('ok');
CREATE FUNCTION tenant_acme.one() RETURNS bigint LANGUAGE sql IMMUTABLE RETURN 1;
CREATE FUNCTION tenant_acme.fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER fire BEFORE INSERT ON tenant_acme.p FOR EACH ROW EXECUTE FUNCTION tenant_acme.fire();
CREATE STATISTICS tenant_acme.st ON id, kind FROM tenant_acme.a;
CREATE INDEX ON tenant_acme.a ((id + tenant_acme.one()));
ALTER TABLE tenant_acme.a ENABLE ROW LEVEL SECURITY;
CREATE POLICY po ON tenant_acme.a USING (id = tenant_acme.one());
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.t (id bigint)`

// outside is what CASCADE would delete of others, with what a refusal calls it and what takes it away.
var outside = []struct{ name, make, unmake string }{
	{"view public.totals", `CREATE VIEW public.totals AS SELECT id FROM tenant_acme.a`, `DROP VIEW public.totals`},
	{"materialized view elsewhere.m", `CREATE MATERIALIZED VIEW elsewhere.m AS SELECT id FROM tenant_acme.v`,
		`DROP MATERIALIZED VIEW elsewhere.m`},
	{"table constraint fk on tenant_globex.x",
		`CREATE TABLE tenant_globex.x (id bigint CONSTRAINT fk REFERENCES tenant_acme.p)`,
		`DROP TABLE tenant_globex.x`},
	{"function elsewhere.count_a()", `CREATE FUNCTION elsewhere.count_a() RETURNS bigint LANGUAGE sql
		BEGIN ATOMIC SELECT count(*) FROM tenant_acme.a; END`, `DROP FUNCTION elsewhere.count_a`},
	{"default value for elsewhere.t.id", `ALTER TABLE elsewhere.t ALTER id SET DEFAULT nextval('tenant_acme.a_n_seq')`,
		`ALTER TABLE elsewhere.t ALTER id DROP DEFAULT`},
	{"table column elsewhere.t.m", `ALTER TABLE elsewhere.t ADD m tenant_acme.mood`, `ALTER TABLE elsewhere.t DROP m`},
	{"table column elsewhere.t.g", `ALTER TABLE elsewhere.t ADD g bigint GENERATED ALWAYS AS (tenant_acme.one()) STORED`,
		`ALTER TABLE elsewhere.t DROP g`},
	{"trigger fire on elsewhere.t", `CREATE TRIGGER fire BEFORE INSERT ON elsewhere.t EXECUTE FUNCTION tenant_acme.fire()`,
		`DROP TRIGGER fire ON elsewhere.t`},
	{"policy po on elsewhere.t", `CREATE POLICY po ON elsewhere.t USING (id = tenant_acme.one())`,
		`DROP POLICY po ON elsewhere.t`},
	{"table elsewhere.p2", `CREATE TABLE elsewhere.p2 PARTITION OF tenant_acme.p FOR VALUES FROM (1) TO (9)`,
		`DROP TABLE elsewhere.p2`},
}

// Drop refuses, one by one, what CASCADE would delete outside the schema, and drops when none of it is left.
func TestDropKeepsWhatIsOutside(t *testing.T) {
	pgtest.SkipOnCitus(t, "it distributes neither triggers nor ranges, nor foreign keys to a local table")
	t.Parallel()
	for _, size := range []struct {
		name   string
		tables int
	}{{"at once", 0}, {"in batches", 500}} {
		t.Run(size.name, func(t *testing.T) {
			w, p := twoTenants(t, provision.Config{})
			w.exec(inside)
			w.large("tenant_acme", size.tables)
			if err := p.Suspend(t.Context(), "acme"); err != nil {
				t.Fatal(err)
			}
			for _, o := range outside {
				w.exec(o.make)
				before := w.objects()
				err := p.Drop(t.Context(), "acme", "acme")
				wantIs(t, err, provision.ErrDrift)
				var e *provision.DependentsError
				if !errors.As(err, &e) {
					t.Fatalf("%s: %v", o.name, err)
				}
				if d := cmp.Diff([]string{o.name}, e.Objects); d != "" {
					t.Error(d)
				}
				if got, err := p.Get(t.Context(), "acme"); err != nil || got.State != provision.Suspended || w.objects() != before {
					t.Errorf("%s: it changed something: %+v %v", o.name, got, err)
				}
				w.exec(o.unmake)
			}
			if err := p.Drop(t.Context(), "acme", "acme"); err != nil {
				t.Fatal(err)
			}
			if got := w.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'tenant_acme'"); got != "0" {
				t.Error("the schema is still there")
			}
		})
	}
}

func TestDependentsErrorIsShort(t *testing.T) {
	var e provision.DependentsError
	for i := range 22 {
		e.Objects = append(e.Objects, fmt.Sprintf("view public.v%d", i))
	}
	if s := e.Error(); !strings.HasSuffix(s, "v19 and 2 more") ||
		!strings.Contains(s, "drop or detach them first: view public.v0, ") {
		t.Error(s)
	}
}

// What is made while a drop in batches is under way stops it, and Drop goes on when it is gone.
func TestDropChecksEveryBatch(t *testing.T) {
	pgtest.SkipOnCitus(t, "its lock table has room for hundreds of tables")
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	w.large("tenant_acme", 600)
	if err := p.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	// The first table dropped makes it; t0 is the last that goes.
	w.exec(`CREATE FUNCTION public.late() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass('public.late') IS NULL THEN CREATE VIEW public.late AS SELECT id FROM tenant_acme.t0; END IF;
END $$`, `CREATE EVENT TRIGGER late_`+w.Name+` ON sql_drop EXECUTE FUNCTION public.late()`)
	var e *provision.DependentsError
	if err := p.Drop(t.Context(), "acme", "acme"); !errors.As(err, &e) ||
		!cmp.Equal(e.Objects, []string{"view public.late"}) {
		t.Fatal(err)
	}
	if got, err := p.Get(t.Context(), "acme"); err != nil || got.State != provision.Dropping {
		t.Errorf("it is %+v: %v", got, err)
	}
	w.exec(`DROP EVENT TRIGGER late_`+w.Name, `DROP VIEW public.late`)
	if err := p.Drop(t.Context(), "acme", "acme"); err != nil {
		t.Error(err)
	}
}
