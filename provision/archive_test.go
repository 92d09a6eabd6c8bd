package provision_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/pgarchive"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// everything has one of each kind of object that names another one, in every way in which pg_dump writes names.
const everything = `
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE DOMAIN code AS text CHECK (VALUE <> '');
CREATE FUNCTION price_of(kind code) RETURNS numeric LANGUAGE plpgsql STABLE AS
  $$ BEGIN RETURN (SELECT p.price FROM price AS p WHERE p.kind = price_of.kind); END $$;
CREATE TABLE price (kind code PRIMARY KEY, price numeric NOT NULL);
CREATE TABLE item (
  id bigint GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 5) PRIMARY KEY, legacy serial, kind code REFERENCES price,
  mood mood DEFAULT 'sad', made timestamptz NOT NULL DEFAULT now(), text text, raw bytea, tags text[],
  CHECK (price_of(kind) > 0));
CREATE SEQUENCE "odd ""; name" INCREMENT -2;
CREATE FUNCTION words(t text) RETURNS tsvector LANGUAGE sql IMMUTABLE
  AS $$ SELECT to_tsvector('english', coalesce(t, '')) $$;
CREATE FUNCTION twice(a bigint DEFAULT 1) RETURNS bigint LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT a * 2; END;
CREATE TEXT SEARCH CONFIGURATION plain (COPY = simple);
ALTER TABLE item ADD found tsvector GENERATED ALWAYS AS (to_tsvector('plain', coalesce(text, ''))) STORED;
CREATE INDEX ON item USING gin (words(text));
CREATE INDEX item_twice ON item (twice(id)) WHERE kind <> 'x';
CREATE STATISTICS item_stat ON kind, mood FROM item;
CREATE TABLE log (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE log_2025 PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE VIEW dear AS SELECT item.id, item.kind FROM item JOIN price USING (kind) WHERE price_of(kind) > 5;
CREATE MATERIALIZED VIEW total AS SELECT kind, count(*) FROM item GROUP BY kind;
CREATE UNIQUE INDEX ON total (kind);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO log VALUES ('2025-05-05', TG_OP); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER INSERT ON item FOR EACH ROW WHEN (NEW.kind IS NOT NULL) EXECUTE FUNCTION noted();
CREATE AGGREGATE longest(text) (SFUNC = textcat, STYPE = text, INITCOND = '');
CREATE TABLE own (who text);
ALTER TABLE own ENABLE ROW LEVEL SECURITY;
CREATE POLICY only_dear ON own USING (EXISTS (SELECT FROM dear));
COMMENT ON TABLE item IS 'it''s; an item';`

// fill has values that COPY escapes, and as many rows as make more than one read.
const fill = `
INSERT INTO price VALUES ('a', 10), ('b', 1);
INSERT INTO item (kind, mood, text, raw, tags)
SELECT 'a', 'glad', E'line\nof \\ a \t tab\\.\n\\.\n' || i,
       decode(repeat('00ff5c', CASE i WHEN 7 THEN 40000 ELSE 1 END), 'hex'), ARRAY['x,', NULL, '"']
  FROM generate_series(1, 60) AS i;
INSERT INTO item (kind) VALUES ('b');
INSERT INTO log VALUES ('2025-02-03', '\.'), ('2025-02-03', NULL), ('2025-02-03', '');
SELECT nextval('"odd ""; name"'), nextval('"odd ""; name"'); REFRESH MATERIALIZED VIEW total;`

// contents is all rows of a tenant, and where its sequences stand, with nothing in it that a copy may differ in.
const contents = `
SELECT concat_ws(E'\x01', (SELECT json_agg(i ORDER BY id) FROM item AS i),
  (SELECT json_agg(p ORDER BY kind) FROM price AS p),
  (SELECT json_agg(l ORDER BY what, at) FROM log AS l), (SELECT json_agg(t ORDER BY kind) FROM total AS t),
  (SELECT json_agg(s ORDER BY sequencename) FROM (SELECT sequencename, last_value FROM pg_sequences
     WHERE schemaname = current_schema()) AS s))`

// archives is a world with the programs that archives need.
type archives struct {
	world
	p     *provision.Provisioner
	tools pgarchive.Tools
}

func newArchives(t *testing.T, w world, cfg provision.Config) archives {
	t.Helper()
	pgtest.Clients(t, pgtest.Server(t))
	tools, err := pgarchive.Find("", w.AdminDSN)
	if err != nil {
		t.Fatal(err)
	}
	return archives{world: w, p: w.initialized(cfg), tools: tools}
}

// export makes an archive. On Citus the tenant is suspended meanwhile.
func (a archives) export(id string) (file string) {
	a.t.Helper()
	if t, err := a.p.Get(a.t.Context(), id); err == nil && t.State == provision.Active && a.Distribution == "citus" {
		if err := a.p.Suspend(a.t.Context(), id); err != nil {
			a.t.Fatal(err)
		}
		defer a.p.Resume(context.Background(), id)
	}
	file = filepath.Join(a.t.TempDir(), id+".dump")
	if _, err := a.tools.Export(a.t.Context(), a.p, id, file, pgarchive.Options{}); err != nil {
		a.t.Fatal(err)
	}
	return file
}

// opened makes an archive and opens it until the test ends.
func (a archives) opened(id string) *pgarchive.Archive {
	a.t.Helper()
	archive, err := a.tools.Open(a.t.Context(), a.export(id))
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { archive.Close() })
	return archive
}

func (a archives) tryImport(file string, o provision.ImportOptions) (provision.Imported, error) {
	a.t.Helper()
	archive, err := a.tools.Open(a.t.Context(), file)
	if err != nil {
		a.t.Fatal(err)
	}
	defer archive.Close()
	return a.p.Import(a.t.Context(), archive.Manifest, archive.Section, o)
}

func (a archives) imports(file string, o provision.ImportOptions) provision.Imported {
	a.t.Helper()
	done, err := a.tryImport(file, o)
	if err != nil {
		a.t.Fatal(err)
	}
	if err := a.p.Verify(a.t.Context(), done.Tenant.ID); err != nil {
		a.t.Error(err)
	}
	return done
}

// in runs a query with a tenant's schema on the path, as the administrator.
func (a archives) in(id, query string) string {
	a.t.Helper()
	conn, err := a.admin.Conn(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	defer conn.Close()
	var text string
	if _, err = conn.ExecContext(a.t.Context(), `SET search_path = "tenant_`+id+`"; SET timezone = 'UTC'`); err == nil {
		err = conn.QueryRowContext(a.t.Context(), query).Scan(&text)
	}
	if err != nil {
		a.t.Fatalf("%s: %v", query, err)
	}
	return text
}

func everythingConfig() provision.Config {
	return provision.Config{DDL: fstest.MapFS{"1.sql": {Data: []byte(everythingHere())}}, DDLVersion: "7"}
}

func everythingHere() string {
	ddl := everything
	if pgtest.Citus() { // which has no triggers, and whose checks and policies read no tables
		ddl = strings.NewReplacer("CREATE TRIGGER", "-- CREATE TRIGGER", "price_of(kind) > 0", "kind <> ''",
			"EXISTS (SELECT FROM dear)", "who <> ''", "price_of(kind) > 5", "price > 5").Replace(ddl)
	}
	return ddl
}

// source has a tenant with everything.
func (a archives) source(id string) {
	a.t.Helper()
	if _, err := a.p.Create(a.t.Context(), provision.Tenant{ID: id, DisplayName: "It’s " + id}); err != nil {
		a.t.Fatal(err)
	}
	a.exec(`SET search_path = "tenant_`+id+`"; `+fill, `RESET search_path`)
}

// A copy under another id, beside the tenant that it is of: by an administrator who is no superuser.
func TestImportAs(t *testing.T) {
	t.Parallel()
	pgtest.SkipOnCitus(t, "only the extension's owner has serials there") // TestMoveToCitusAndBack
	w := newWorld(t)
	w.admin = w.operator("CREATEROLE")
	w.AdminDSN = w.as("operator_"+w.Name, "operator")
	a := newArchives(t, w, everythingConfig())
	a.source("cust-1")
	done := a.imports(a.export("cust-1"), provision.ImportOptions{ID: "copy_2", Suspended: true})
	if done.Compared != provision.DepthDefinitions || len(done.Lost) > 0 || done.Tenant.State != provision.Suspended ||
		done.Tenant.DisplayName != "It’s cust-1" || done.Tenant.DDLVersion != "7" {
		t.Errorf("imported %+v", done)
	}
	if d := cmp.Diff(a.in("cust-1", contents), a.in("copy_2", contents)); d != "" {
		t.Errorf("the copy differs: %s", d)
	}
	original, err := a.p.Get(t.Context(), "cust-1")
	if err != nil || original.Catalog != done.Tenant.Catalog || original.DDLDigest != done.Tenant.DDLDigest {
		t.Errorf("the original is recorded as %+v (%v), the copy as %+v", original, err, done.Tenant)
	}
	s := a.app()
	if got := sqlState(t, s.pin("copy_2")); got != pinSuspended {
		t.Errorf("pinning the copy: %q", got)
	}
	if err := a.p.Resume(t.Context(), "copy_2"); err != nil {
		t.Fatal(err)
	}
	if err := s.pin("copy_2"); err != nil {
		t.Fatal(err)
	}
	s.must(`INSERT INTO item (kind) VALUES ('a'); SELECT words('x'); DELETE FROM log`)
	if got := s.code(`SELECT * FROM "tenant_cust-1".item`); got != denied {
		t.Errorf("the copy reads the original: %q", got)
	}
}

// Another database with another installation, and names of roles of its own.
func TestImportElsewhere(t *testing.T) {
	t.Parallel()
	a := newArchives(t, newWorld(t), everythingConfig())
	a.source("acme")
	a.exec(`GRANT SELECT ON tenant_acme.price TO `+a.AppRole, `ALTER TABLE tenant_acme.own ADD later int`)
	b := newArchives(t, newWorld(t), provision.Config{})
	done, err := b.tryImport(a.export("acme"), provision.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(done.Lost) != 1 || done.Lost[0].Object != "price to "+b.AppRole {
		t.Errorf("lost %v, want what the application's login had been granted", done.Lost)
	}
	if d := cmp.Diff(a.in("acme", contents), b.in("acme", contents)); d != "" {
		t.Errorf("the import differs: %s", d)
	}
	var drift *provision.DriftError
	if err := b.p.Verify(t.Context(), "acme"); !errors.As(err, &drift) || len(drift.Differences) != 1 ||
		drift.Differences[0].Object != "own.later" {
		t.Errorf("drift of the original is %v in the import", err)
	}
	_, err = b.tryImport(a.export("acme"), provision.ImportOptions{})
	wantIs(t, err, provision.ErrTenantExists)
	_, err = b.tryImport(a.export("acme"), provision.ImportOptions{Restore: true})
	wantIs(t, err, provision.ErrTenantExists)
}

// A dropped id comes back from its own export, and from nothing else.
func TestRestore(t *testing.T) {
	t.Parallel()
	a := newArchives(t, newWorld(t), everythingConfig())
	a.source("acme")
	a.source("other")
	want := a.in("acme", contents)
	file, other := a.export("acme"), a.export("other")
	elsewhere := newArchives(t, newWorld(t), everythingConfig())
	elsewhere.imports(file, provision.ImportOptions{})
	again := elsewhere.export("acme")
	if err := inTurn(suspend, drop)(t.Context(), site{p: a.p, db: a.admin}, "acme"); err != nil {
		t.Fatal(err)
	}
	for _, refused := range []struct {
		file string
		o    provision.ImportOptions
		want error
	}{
		{file, provision.ImportOptions{}, provision.ErrTenantExists},
		{other, provision.ImportOptions{ID: "acme", Restore: true}, provision.ErrArchive},
		{other, provision.ImportOptions{Restore: true}, provision.ErrTenantExists},
		{again, provision.ImportOptions{Restore: true}, provision.ErrArchive},
	} {
		_, err := a.tryImport(refused.file, refused.o)
		wantIs(t, err, refused.want)
	}
	done := a.imports(file, provision.ImportOptions{Restore: true})
	if done.Tenant.State != provision.Active || !done.Tenant.DroppedAt.IsZero() {
		t.Errorf("restored as %+v", done.Tenant)
	}
	if d := cmp.Diff(want, a.in("acme", contents)); d != "" {
		t.Errorf("what was restored differs: %s", d)
	}
	if err := a.app().pin("acme"); err != nil {
		t.Error(err)
	}
	if err := inTurn(suspend, drop)(context.Background(), site{p: a.p, db: a.admin}, "acme"); err != nil {
		t.Errorf("to drop it once more: %v", err)
	}
}
