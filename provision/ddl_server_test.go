package provision_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// ownDDL has everything that a DDL is promised to hold, in the form that people write it.
var ownDDL = fstest.MapFS{
	"010_types.sql": {Data: []byte(`
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE DOMAIN email AS text CHECK (VALUE ~ '@');
CREATE TYPE address AS (street text, city text);
CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE SEQUENCE note_number START 100;`)},
	"020_tables.sql": {Data: []byte(`
CREATE TABLE note (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number  bigint NOT NULL DEFAULT nextval('note_number'),
    body    text NOT NULL,
    owner   text NOT NULL DEFAULT current_setting('docex.user_id', true),
    mood    mood NOT NULL DEFAULT 'glad',
    mail    email, home address, size floatrange,
    words   tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED,
    changed timestamptz
);
CREATE INDEX note_words ON note USING gin (words);
CREATE TABLE event (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE event_2026 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE event_rest PARTITION OF event DEFAULT;
CREATE TABLE person (name text);
CREATE TABLE employee (boss text) INHERITS (person);
CREATE UNLOGGED TABLE scratch (LIKE note INCLUDING DEFAULTS);
COMMENT ON COLUMN note.body IS 'what it says';`)},
	"030_code.sql": {Data: []byte(`
CREATE FUNCTION shout(what text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(what) || '!' $$;
CREATE FUNCTION notes() RETURNS SETOF note BEGIN ATOMIC SELECT * FROM note; END;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed := now();
    INSERT INTO event VALUES ('2026-02-03', shout(NEW.body));
    RETURN NEW;
END $$;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON note FOR EACH ROW EXECUTE FUNCTION touch();
CREATE PROCEDURE remember(what text) LANGUAGE plpgsql AS $$ BEGIN INSERT INTO note (body, owner)
  VALUES (what, 'p'); END $$;
CREATE AGGREGATE total (bigint) (sfunc = int8pl, stype = bigint, initcond = '0');
CREATE VIEW loud WITH (security_invoker = true) AS SELECT shout(body) AS body, mood FROM note;
CREATE MATERIALIZED VIEW moods AS SELECT mood, count(*) FROM note GROUP BY mood;
ALTER TABLE note ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_notes ON note USING (body <> 'hidden');
INSERT INTO note (body, owner) VALUES ('from the DDL', 'ddl');`)},
}

// A tenant made from a DDL of one's own works under its role, and only there.
func TestOwnDDL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: ownDDL, DDLVersion: "2026-03", Seed: provision.DDLString(`
INSERT INTO note (body, owner) SELECT shout(what), 'seed' FROM (VALUES ('a'), ('b')) AS v (what);
INSERT INTO note (body, owner) VALUES ('hidden', 'seed');
CALL remember('c');`)})
	for _, id := range []string{"acme", "globex"} {
		tenant, err := p.Create(t.Context(), provision.Tenant{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		if tenant.DDLVersion != "2026-03" {
			t.Errorf("version %q", tenant.DDLVersion)
		}
	}
	s := w.app()
	if err := s.pin("acme"); err != nil {
		t.Fatal(err)
	}
	s.must(
		"INSERT INTO note (body, owner, mood, mail, home, size) VALUES ('x', 'u', 'sad', 'a@b', ('s', 'c'), floatrange(1, " +
			"2))")
	s.must("CALL remember('d')")
	var got []string
	rows, err := s.conn.Query(t.Context(), `
SELECT 'notes ' || string_agg(body, ', ' ORDER BY id) FROM notes() UNION ALL
SELECT 'loud ' || count(*) FROM loud WHERE mood = 'glad' UNION ALL
SELECT 'events ' || count(*) || ' ' || min(tableoid::regclass::text) FROM event UNION ALL
SELECT 'numbers ' || min(number) || ' ' || total(number) FROM note UNION ALL
SELECT 'found ' || count(*) FROM note WHERE words @@ to_tsquery('english', 'ddl') AND changed IS NOT NULL`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		got = append(got, line)
	}
	want := []string{"notes from the DDL, A!, B!, c, x, d", "loud 5", "events 7 event_2026", "numbers 100 618", "found 1"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if n := w.value("SELECT count(*) FROM tenant_globex.note"); n != "5" {
		t.Errorf("globex has %s notes, want the seed's only", n)
	}
	if code := s.code("SELECT * FROM tenant_globex.loud"); code != denied {
		t.Errorf("acme reads globex's view: code %q", code)
	}
}

// What the DDL puts off to the commit runs with the DDL, on its path: in Create, and in Adopt's trial of it.
func TestDeferredTriggers(t *testing.T) {
	t.Parallel()
	const made = `
CREATE TABLE parent (id integer PRIMARY KEY);
CREATE TABLE child (parent integer REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE seen (parent integer);
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql
  AS 'BEGIN INSERT INTO seen VALUES (NEW.parent); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER look AFTER INSERT ON child DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION look();`
	w := newWorld(t)
	cfg := provision.Config{DDL: provision.DDLString(made),
		Seed: provision.DDLString("INSERT INTO child VALUES (1); INSERT INTO parent VALUES (1)")}
	p := w.initialized(cfg)
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	if got := w.value("SELECT string_agg(parent::text, ',') FROM tenant_acme.seen"); got != "1" {
		t.Errorf("the trigger has seen %q", got)
	}
	w.legacy("legacy", made)
	if _, err := p.Adopt(t.Context(), provision.Tenant{ID: "globex"}, "legacy"); err != nil {
		t.Error(err)
	}
	cfg.Seed = provision.DDLString("INSERT INTO child VALUES (2)")
	_, err := w.provisioner(cfg).Create(t.Context(), provision.Tenant{ID: "initech"})
	wantIs(t, err, provision.ErrDDL)
}

// The seed is no part of the digest, and its errors name its file.
func TestSeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	create := func(id string, cfg provision.Config) (provision.Tenant, error) {
		return w.initialized(cfg).Create(t.Context(), provision.Tenant{ID: id})
	}
	made := ddl("CREATE TABLE second (a integer)")
	plain, err := create("plain", provision.Config{DDL: made})
	if err != nil {
		t.Fatal(err)
	}
	seeded,
		err := create("seeded", provision.Config{DDL: made, Seed: provision.DDLString("INSERT INTO second VALUES (7)")})
	if err != nil {
		t.Fatal(err)
	}
	if plain.DDLDigest != seeded.DDLDigest || plain.DDLVersion != "" {
		t.Errorf("the seed changes the digest: %+v, %+v", plain, seeded)
	}
	if got := w.value("SELECT a FROM tenant_seeded.second"); got != "7" {
		t.Errorf("seeded %q", got)
	}
	before := w.objects()
	broken := provision.Config{DDL: made, Seed: provision.DDLString("\nINSERT INTO third VALUES (7)")}
	_, err = w.provisioner(broken).Create(t.Context(), provision.Tenant{ID: "broken"})
	wantIs(t, err, provision.ErrDDL)
	if err == nil || !strings.Contains(err.Error(), "seed/ddl.sql:2:") || w.objects() != before {
		t.Errorf("%v; %s, before %s", err, w.objects(), before)
	}
}

// Types, operators and functions of extensions are found without their schema's name, by the DDL and by the tenant.
func TestExtensionSchemas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if w.value("SELECT count(*) FROM pg_available_extensions WHERE name IN ('citext', 'hstore', 'pg_trgm')") != "3" {
		pgtest.Missing(t, "the server has no contrib extensions (Debian: apt-get install postgresql-contrib)")
	}
	w.exec("CREATE SCHEMA ext", "CREATE EXTENSION citext SCHEMA ext", "CREATE EXTENSION hstore SCHEMA ext",
		"CREATE EXTENSION pg_trgm SCHEMA ext")
	p := w.initialized(provision.Config{ExtensionSchemas: []string{"ext"}, DDL: provision.DDLString(`
CREATE TABLE note (name citext UNIQUE, tags ext.hstore DEFAULT hstore('a', '1'));
CREATE INDEX ON note USING gin ((name::text) gin_trgm_ops);
CREATE FUNCTION like_it(text) RETURNS bigint LANGUAGE sql
  AS 'SELECT count(*) FROM note WHERE similarity(name::text, $1) > 0.5';
INSERT INTO note VALUES ('Anvil');`)})
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	s := w.app()
	if err := s.pin("acme"); err != nil {
		t.Fatal(err)
	}
	s.must("SET search_path = tenant_acme, ext, pg_temp")
	var found string
	for _, query := range []string{"SELECT like_it('Anvil')", "SELECT tags -> 'a' FROM note WHERE name = 'ANVIL'"} {
		if err := s.conn.QueryRow(t.Context(), query).Scan(&found); err != nil || found != "1" {
			t.Errorf("%s: found %q, %v", query, found, err)
		}
	}
}

func TestExtensionSchemaMustExist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantIs(t, w.provisioner(provision.Config{ExtensionSchemas: []string{"ext"}}).Init(t.Context()),
		provision.ErrInvalidConfig)
}

// A refused DDL is refused before there is a connection.
func TestRefusedDDLTouchesNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDB(t)
	admin := db.Admin(t)
	if err := admin.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := provision.New(admin, provision.Config{DDL: provision.DDLString("CREATE TABLE public.note ()")})
	var refused *provision.DDLError
	if !errors.As(err, &refused) || len(refused.Problems) != 1 {
		t.Fatalf("got %v", err)
	}
	wantIs(t, err, provision.ErrInvalidConfig)
}
