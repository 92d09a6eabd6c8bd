package pgdump_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/pgdump"
)

// dump puts around statements what makes them a dump.
func dump(statements string) []byte {
	return []byte("--\n-- PostgreSQL database dump\n--\n\n" + statements + "\n\n" + end)
}

const end = "--\n-- PostgreSQL database dump complete\n--\n\n"

const table = "CREATE TABLE app.item (id integer);\n"

// clean returns the statement that the import of one makes, and its notes.
func clean(t *testing.T, statement string) (string, []pgdump.Note) {
	t.Helper()
	r := imported(t, pgdump.Options{Schema: "app"}, dump(table+statement+";"))
	_, text, ok := strings.Cut(r.Text, "CREATE TABLE item (id integer);\n\n")
	if !ok {
		t.Fatal(r.Text)
	}
	return strings.TrimSuffix(text, ";\n"), r.Notes
}

// The schema's name goes where it qualifies a name, and stays where it is something else.
func TestNames(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ALTER TABLE ONLY app.item ALTER COLUMN id SET DEFAULT nextval('app.item_id_seq'::regclass)"://
		"ALTER TABLE ONLY item ALTER COLUMN id SET DEFAULT nextval('item_id_seq'::regclass)",
		`ALTER TABLE "app"."Item" ADD x APP.Mood DEFAULT 'a'::app.mood`: `ALTER TABLE "Item" ADD x Mood DEFAULT 'a'::mood`,
		`CREATE TABLE app.user (a app.time, "b" app."order", c app_x.t, d "App".t)`://
		`CREATE TABLE "user" (a "time", "b" "order", c app_x.t, d "App".t)`,
		"CREATE TABLE app . t (a int)":                           "CREATE TABLE  t (a int)",
		"CREATE TABLE app.t (a int DEFAULT (other.app.f()))":     "CREATE TABLE t (a int DEFAULT (other.app.f()))",
		"CREATE OPERATOR app.* (FUNCTION = app.f)":               "CREATE OPERATOR * (FUNCTION = f)",
		"CREATE VIEW app.v AS SELECT a OPERATOR(app.-) -app.f()": "CREATE VIEW v AS SELECT a OPERATOR(-) -f()",
		"CREATE VIEW app.v AS SELECT 1 AS x,$1app.f()":           "CREATE VIEW v AS SELECT 1 AS x,$1 f()",
		`CREATE OPERATOR CLASS app.c FOR TYPE app.t USING btree AS OPERATOR 1 app.<(app.t,app.t), FUNCTION 1 app.f(app.t)`://
		`CREATE OPERATOR CLASS c FOR TYPE t USING btree AS OPERATOR 1 <(t,t), FUNCTION 1 f(t)`,
		"COMMENT ON COLUMN app.t.c IS 'see app.t, ''app.x''::regclass'"://
		"COMMENT ON COLUMN t.c IS 'see app.t, ''app.x''::regclass'",
		// Constants that are names, and others.
		`CREATE VIEW app.v AS SELECT 'app."My S"'::regclass, '"app".x'::pg_catalog.regclass, 'App.x'::regtype`://
		`CREATE VIEW v AS SELECT '"My S"'::regclass, 'x'::pg_catalog.regclass, 'x'::regtype`,
		`CREATE VIEW app.v AS SELECT 'app.f(app.t,integer)'::regprocedure, 'app.+(app.t,app.t)'::regoperator`://
		`CREATE VIEW v AS SELECT 'f(t,integer)'::regprocedure, '+(t,t)'::regoperator`,
		`CREATE VIEW app.v AS SELECT nextval(('app.s'::text)::regclass), CAST('app.t' AS regclass), regclass 'app.t'`://
		`CREATE VIEW v AS SELECT nextval(('s'::text)::regclass), CAST('t' AS regclass), regclass 't'`,
		`CREATE VIEW app.v AS SELECT 'app.t', 'app.t'::text, '{app.t}'::regclass[], f('app.t'), U&'app.t'::regclass`://
		`CREATE VIEW v AS SELECT 'app.t', 'app.t'::text, '{app.t}'::regclass[], f('app.t'), U&'app.t'::regclass`,
		// The name of an alias, of a table, of a column.
		"CREATE VIEW app.v AS SELECT app.id, app.*, app.app.id, t.app FROM app.app"://
		"CREATE VIEW v AS SELECT app.id, app.*, app.id, t.app FROM app",
		"CREATE VIEW app.v AS SELECT app.f(app.id)::app.t FROM app.item app JOIN app.app_x ON true"://
		"CREATE VIEW v AS SELECT f(app.id)::t FROM item app JOIN app_x ON true",
		"CREATE POLICY app ON app.item USING ((app.f(id) > 0))": "CREATE POLICY app ON item USING ((f(id) > 0))",
		// Code, in quotes of each kind.
		"CREATE FUNCTION app.f() RETURNS app.t LANGUAGE sql AS $$ SELECT * FROM app.t WHERE k = $x$app.y$x$ $$"://
		"CREATE FUNCTION f() RETURNS t LANGUAGE sql AS $$ SELECT * FROM t WHERE k = $x$app.y$x$ $$",
		"CREATE FUNCTION app.f() RETURNS t AS 'SELECT app.g(''app.x'', nextval(''app.s''))' LANGUAGE sql"://
		"CREATE FUNCTION f() RETURNS t AS 'SELECT g(''app.x'', nextval(''s''))' LANGUAGE sql",
		`CREATE FUNCTION app.f() RETURNS t LANGUAGE sql AS E'SELECT ''\\n'',\n app.g(\'x\')'`://
		"CREATE FUNCTION f() RETURNS t LANGUAGE sql AS E'SELECT ''\\\\n'',\n g(''x'')'",
		"CREATE PROCEDURE app.f() LANGUAGE plpgsql AS $a$BEGIN PERFORM 1 $app.a$; END$a$"://
		"CREATE PROCEDURE f() LANGUAGE plpgsql AS $a$BEGIN PERFORM 1 $ a$; END$a$",
		"CREATE FUNCTION app.f() RETURNS text LANGUAGE plperl AS $$ app.x $$"://
		"CREATE FUNCTION f() RETURNS text LANGUAGE plperl AS $$ app.x $$",
		"CREATE FUNCTION app.f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN app.g() END; SELECT app.h(); END"://
		"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN g() END; SELECT h(); END",
		"CREATE FUNCTION app.f() RETURNS int SET app.user TO 'x' AS 'SET LOCAL app.a = 1; UPDATE app.set SET a = app.f()'"://
		"CREATE FUNCTION f() RETURNS int SET app.user TO 'x' AS 'SET LOCAL app.a = 1; UPDATE set SET a = f()'",
		// The path.
		"CREATE FUNCTION app.f() RETURNS int\n SET search_path TO 'app', 'pg_temp'\n SET work_mem TO '4MB'\n AS ''"://
		"CREATE FUNCTION f() RETURNS int\n SET work_mem TO '4MB'\n AS ''",
		"CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SET \"search_path\" = '' AS ''"://
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS ''",
		"CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SET search_path TO 'app', 'secret' AS ''"://
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path TO 'app', 'secret' AS ''",
	} {
		if got, _ := clean(t, in); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", in, got, want)
		}
	}
}

// What somebody has to look at has a note with its place.
func TestNotes(t *testing.T) {
	t.Parallel()
	head := "CREATE TABLE audit.log ();\nCREATE FUNCTION app.f() RETURNS void LANGUAGE plpgsql AS "
	for _, test := range []struct{ in, want string }{
		{"$$\nBEGIN EXECUTE 'DELETE FROM app.item'; END $$", "7:15 a string"},
		{"'\nBEGIN EXECUTE ''DELETE FROM app.item''; END '", "6:58 a string"},
		{"$$\nBEGIN INSERT INTO audit.log VALUES (1, 'audit.log'); END $$", "7:19 it names"},
		{"$$\nDECLARE app int; BEGIN PERFORM app.g(app.id); DELETE FROM app.item; END $$", "7:38 it may be"},
		{"U&'SELECT'", "6:58 the string"},
		{"$$ BEGIN PERFORM 'my_app.item', 'apps', 'x app' $$", ""},
	} {
		_, notes := clean(t, head[len("CREATE TABLE audit.log ();\n"):]+test.in)
		if strings.Contains(test.in, "audit") {
			notes = imported(t, pgdump.Options{Schema: "app"}, dump(table+head+test.in+";")).Notes
			for i := range notes {
				notes[i].Line--
			}
		}
		got := ""
		for _, n := range notes {
			got += fmt.Sprintf("%d:%d %s", n.Line, n.Column, n.Text)
		}
		if !strings.HasPrefix(got, test.want) || got != "" && test.want == "" {
			t.Errorf("%s\ngot  %s\nwant %s", test.in, got, test.want)
		}
	}
	trigger := "CREATE TRIGGER t BEFORE INSERT ON app.item EXECUTE FUNCTION app.f('x', 'app.item')"
	if _, notes := clean(t, trigger); len(notes) != 1 {
		t.Error(notes)
	}
	settings := "SET default_tablespace = fast;SET default_table_access_method = columnar;"
	if notes := imported(t, pgdump.Options{}, dump(settings+table)).Notes; len(notes) != 2 {
		t.Error(notes)
	}
}

const around = `\restrict abc
SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);
ALTER TABLE IF EXISTS ONLY app.item DROP CONSTRAINT IF EXISTS item_pkey;
CREATE OR REPLACE VIEW app.v AS SELECT NULL::integer AS id;
DROP TABLE IF EXISTS app.item;
DROP SCHEMA IF EXISTS app;
CREATE DATABASE x WITH TEMPLATE = template0;
ALTER DATABASE x OWNER TO me;
\connect x
CREATE SCHEMA app;
ALTER SCHEMA app OWNER TO me;
COMMENT ON SCHEMA app IS 'x';
CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;
CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA app;
COMMENT ON EXTENSION citext IS 'x';
CREATE EXTENSION "uuid-ossp" WITH SCHEMA extensions;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE app.item (id integer);
ALTER TABLE app.item OWNER TO me;
ALTER TABLE app.item SET TABLESPACE fast;
ALTER TABLE app.item SET ACCESS METHOD heap;
CREATE PUBLICATION p FOR ALL TABLES;
ALTER PUBLICATION p OWNER TO me;
ALTER PUBLICATION p ADD TABLE ONLY app.item;
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION app.f();
CREATE ROLE me;
GRANT SELECT ON TABLE app.item TO PUBLIC;
REVOKE ALL ON SCHEMA app FROM me;
ALTER DEFAULT PRIVILEGES FOR ROLE me IN SCHEMA app GRANT SELECT ON TABLES TO you;
SECURITY LABEL FOR dummy ON TABLE app.item IS 'x';
CREATE TABLE audit.log (id integer);
COMMENT ON TABLE audit.log IS 'x';
COMMENT ON TABLE app.item IS 'x';
CREATE UNIQUE INDEX i ON app.item USING btree (id);
SELECT * FROM pg_catalog.pg_restore_relation_stats('schemaname', 'app', 'relname', 'item', 'relpages', '1'::integer);
SELECT * FROM pg_catalog.pg_restore_attribute_stats('schemaname', 'app', 'relname', 'item', 'attname', 'id');
\unrestrict abc`

// What is not of the schema is left out, and counted.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	r := imported(t, pgdump.Options{Schema: "app"}, dump(around))
	want := []pgdump.Count{{"databases", 1}, {"drops", 4}, {"event triggers", 1}, {"extensions", 4},
		{`objects of schema "audit"`, 2}, {"owners", 4}, {"psql commands", 3}, {"publications", 2}, {"rights", 3},
		{"roles", 1}, {"schemas", 2}, {"security labels", 1}, {"settings", 6}, {"statistics", 2}, {"tablespaces", 1}}
	if d := cmp.Diff(want, r.LeftOut); d != "" {
		t.Error(d)
	}
	const text = "CREATE TABLE item (id integer);\n\nCOMMENT ON TABLE item IS 'x';\n\n" +
		"CREATE UNIQUE INDEX i ON item USING btree (id);\n"
	if r.Schema != "app" || r.Statements != 3 || !strings.HasSuffix(r.Text, "this.\n\n"+text) {
		t.Errorf("%q, %d statements: %s", r.Schema, r.Statements, r.Text)
	}
	extensions := []pgdump.Extension{{Name: "citext", Schema: "app"}, {Name: "uuid-ossp", Schema: "extensions"}}
	if d := cmp.Diff(extensions, r.Extensions); d != "" {
		t.Error(d)
	}
}

// A dump with the ends of lines of Windows is one.
func TestCRLF(t *testing.T) {
	t.Parallel()
	r := imported(t, pgdump.Options{}, []byte(strings.ReplaceAll(string(dump("\\restrict a\n"+table)), "\n", "\r\n")))
	if !strings.HasSuffix(r.Text, "\nCREATE TABLE item (id integer);\n") {
		t.Errorf("%q", r.Text)
	}
}

// A place of the result is one of the dump, behind edits on the same line and in code.
func TestPlace(t *testing.T) {
	t.Parallel()
	in := dump("CREATE TABLE app.a (\n  b app.t, HERE app.t);\nCREATE FUNCTION app.f() RETURNS app.t LANGUAGE sql\n" +
		"  SET search_path TO app\n  AS $$ SELECT\n app.g(), THERE $$;")
	r := imported(t, pgdump.Options{}, dump("CREATE TABLE app.z (a int);"), in)
	for _, word := range []string{"HERE", "THERE", "CREATE FUNCTION", "LANGUAGE"} {
		line, column := lineColumn(r.Text, word)
		got := r.Place(line, column)
		wantLine, wantColumn := lineColumn(string(in), word)
		if got.File != "dump1.sql" || got.Line != wantLine || got.Column != wantColumn ||
			!strings.HasPrefix(got.Dump[got.Offset:], word) {
			t.Errorf("%s: %s:%d:%d, want line %d, column %d", word, got.File, got.Line, got.Column, wantLine, wantColumn)
		}
	}
	if got := r.Place(1, 1); got.File != "dump0.sql" || got.Line != 1 || got.Column != 1 {
		t.Errorf("the head comes from %s:%d:%d", got.File, got.Line, got.Column)
	}
}

func lineColumn(s, word string) (line, column int) {
	before := s[:strings.Index(s, word)]
	return 1 + strings.Count(before, "\n"), len(before) - strings.LastIndex(before, "\n")
}

// What is no dump of one schema is refused, with what to do.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text   string
		line         int
		reason, help string
	}{
		{"custom", "PGDMP\x01\x0e", 0, "custom format", "pg_restore -f -"},
		{"tar", "toc.dat\x00\x00", 0, "tar format", "pg_restore -f -"},
		{"gzip", "\x1f\x8b\x08", 0, "compressed", "gunzip"},
		{"utf-16", "\xff\xfe-\x00-\x00", 0, "UTF-16", "-f FILE"},
		{"NUL", "--\x00", 0, "NUL", "--schema-only"},
		{"latin-1", string(dump("COMMENT ON TABLE app.t IS '\xe4';")), 0, "not UTF-8", "--encoding UTF8"},
		{"encoding", string(dump("SET client_encoding = 'LATIN1';COMMENT ON TABLE app.t IS 'ä';")), 5,
			"another encoding", "UTF8"},
		{"strings", string(dump("SET standard_conforming_strings = off;")), 5, "standard_conforming", "ALTER DATABASE"},
		{"no dump", table, 0, "does not begin", "pg_dump --schema-only"},
		{"empty", "", 0, "does not begin", "pg_dump --schema-only"},
		{"no end", strings.TrimSuffix(string(dump(table)), end), 0, "ends before", "again"},
		{"cut", string(dump(table))[:60], 5, "ends within", "again"},
		{"cut in a string", string(dump(table + "COMMENT ON TABLE app.item IS 'x")), 6, "ends within", "again"},
		{"two, one cut", string(dump(table))[:72] + string(dump(table)), 5, "another dump begins", "again"},
		{"COPY", string(dump(table + "COPY app.item (id) FROM stdin;\n1\n\\.\n")), 6, "data", "seed"},
		{"INSERT", string(dump(table + "INSERT INTO app.item VALUES (1);")), 6, "data", "seed"},
		{"setval", string(dump(table + "SELECT pg_catalog.setval('app.s', 1, false);")), 6, "data", "seed"},
		{"psql", string(dump(table + "\\i other.sql\n")), 6, `\i is a command`, ""},
		{"several schemas", string(dump(table + "CREATE TABLE b.t ();CREATE TYPE b.y;")), 0,
			`"app" (1), "b" (2)`, "--schema NAME"},
		{"nothing", string(dump("CREATE EXTENSION citext SCHEMA public;")), 0, "no object", "--schema-only"},
		{"several databases", string(dump("\\connect a\n" + table + "\\connect b\n" + table)), 0,
			"several databases", "one database"},
		{"signs", string(dump(table + strings.Repeat("+", 100000) + ";")), 6, "signs", ""},
	} {
		_, err := pgdump.Import([]pgdump.Source{{Name: "x.sql", Text: []byte(test.text)}}, pgdump.Options{})
		var refusal *pgdump.Refusal
		if !errors.As(err, &refusal) || !errors.Is(err, pgdump.ErrRefused) || refusal.Line != test.line ||
			!strings.Contains(refusal.Reason, test.reason) || !strings.Contains(refusal.Remedy, test.help) {
			t.Errorf("%s: %+v", test.name, err)
		}
	}
	_, err := pgdump.Import([]pgdump.Source{{Name: "x.sql", Text: dump(table)}}, pgdump.Options{Schema: "b"})
	if err == nil || !strings.Contains(err.Error(), `nothing of schema "b"; it has "app"`) {
		t.Error(err)
	}
}

// The schemas of extensions are not taken for the one, and their names stay.
func TestExtensionSchemas(t *testing.T) {
	t.Parallel()
	r := imported(t, pgdump.Options{ExtensionSchemas: []string{"ext"}}, dump(
		"CREATE FUNCTION ext.mine() RETURNS int AS '';CREATE TABLE app.t (a ext.citext, b app.citext);"))
	if !strings.Contains(r.Text, "CREATE TABLE t (a ext.citext, b citext)") || r.Statements != 1 || r.Schema != "app" {
		t.Error(r.Text)
	}
	_, err := pgdump.Import([]pgdump.Source{{Name: "x.sql", Text: dump(table)}},
		pgdump.Options{ExtensionSchemas: []string{"app"}})
	if err == nil || !strings.Contains(err.Error(), "outside of the schemas") {
		t.Error(err)
	}
	if !slices.Contains(r.LeftOut, pgdump.Count{Kind: `objects of schema "ext"`, N: 1}) {
		t.Error(r.LeftOut)
	}
}

func TestIsRaw(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"dump_17.5.sql", "dump_18.6.sql"} {
		text := readFile(t, name)
		if !pgdump.IsRaw(text) || pgdump.IsRaw(imported(t, pgdump.Options{}, []byte(text)).Text) {
			t.Errorf("%s is a dump, and what comes of it is none", name)
		}
	}
	if !pgdump.IsRaw(strings.ReplaceAll(readFile(t, "dump_17.5.sql"), "\n", "\r\n")) {
		t.Error("a dump may have been made on Windows")
	}
	if pgdump.IsRaw(string(dump(table))) {
		t.Error("a dump that was cleaned by hand keeps its comments")
	}
}

// A string in a name is none of its own, however deep strings stand in one another: each would be read as often.
func TestStringsInNames(t *testing.T) {
	t.Parallel()
	var open, closed strings.Builder
	const depth = 50_000
	for i := range depth {
		fmt.Fprintf(&open, "$t%d$ public.", i)
		fmt.Fprintf(&closed, " $t%d$::regclass", depth-1-i)
	}
	text := "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE VIEW public.v AS SELECT " + open.String() +
		closed.String() + ";"
	r, err := pgdump.Import([]pgdump.Source{{Name: "x", Text: dump(text)}}, pgdump.Options{})
	if err != nil || !strings.Contains(r.Text, "CREATE VIEW v AS SELECT $t0$ public.$t1$") {
		t.Errorf("%v", err)
	}
}
