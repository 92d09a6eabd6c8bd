package provision

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/sqlparse/text"
)

// rulesOf returns the rules that a DDL breaks, in the order of their places.
func rulesOf(t *testing.T, cfg Config) string {
	t.Helper()
	_, err := New(new(sql.DB), cfg)
	return rulesIn(t, err)
}

// rulesIn returns the rules of a *DDLError.
func rulesIn(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var refused *DDLError
	if !errors.As(err, &refused) || !errors.Is(err, ErrDDL) || !errors.Is(err, ErrInvalidConfig) {
		t.Fatalf("%v is no *DDLError", err)
	}
	var rules []string
	for _, p := range refused.Problems {
		if p.File == "" || p.Line < 1 || p.Column < 1 || p.Reason == "" || p.Remedy == "" {
			t.Errorf("incomplete: %+v", p)
		}
		if strings.Contains(p.Remedy, "Policy.") || strings.Contains(p.Reason, "Policy.") {
			t.Errorf("advice that is for programs: %s", p)
		}
		rules = append(rules, p.Rule)
	}
	return strings.Join(rules, " ")
}

// paragraphs returns the pieces of a corpus file.
func paragraphs(t testing.TB, name string) []string {
	t.Helper()
	text, err := os.ReadFile("../testdata/ddl/" + name)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(string(text), "\n\n")
	if len(all) < 30 {
		t.Fatalf("%s: %d paragraphs", name, len(all))
	}
	return all
}

func TestDDLAllows(t *testing.T) {
	for _, text := range paragraphs(t, "allowed.sql")[1:] { // the first says what the file is
		if _, err := New(new(sql.DB), Config{DDL: DDLString(text)}); err != nil {
			t.Errorf("%s\n%v", text, err)
		}
	}
}

// refusedDDL are texts with the rules that they break.
var refusedDDL = []struct{ rules, text string }{
	// other schemas
	{"foreign-schema", `CREATE TABLE public.t (a integer)`},
	{"foreign-schema", `CREATE TABLE t (a integer REFERENCES tenant_globex.t (id))`},
	{"foreign-schema", `CREATE TABLE t (a public.citext)`},
	{"foreign-schema", `CREATE TABLE t (a text COLLATE other."C")`},
	{"foreign-schema", `CREATE TABLE t (LIKE other.t)`},
	{"foreign-schema", `CREATE TABLE t () INHERITS (other.t)`},
	{"foreign-schema", `CREATE TABLE t (a integer DEFAULT other.f())`},
	{"foreign-schema", `CREATE INDEX ON t (a other.ops)`},
	{"foreign-schema", `CREATE VIEW v AS SELECT 1 WHERE EXISTS (SELECT FROM tenant_globex.document)`},
	{"foreign-schema", `CREATE MATERIALIZED VIEW v AS TABLE docex_system.tenant`},
	{"foreign-schema", `CREATE SEQUENCE s OWNED BY other.t.a`},
	{"foreign-schema", `CREATE TYPE other.e AS ENUM ()`},
	{"foreign-schema", `CREATE TYPE pg_catalog.e AS ENUM ()`},
	{"foreign-schema", `CREATE FUNCTION pg_catalog.f() RETURNS integer RETURN 1`},
	{"foreign-schema", `DROP TYPE pg_catalog.int4`},
	{"foreign-schema", `CREATE TYPE t AS (a other.e)`},
	{"foreign-schema", `CREATE DOMAIN other.d AS text`},
	{"foreign-schema", `CREATE FUNCTION other.f() RETURNS integer RETURN 1`},
	{"foreign-schema", `CREATE FUNCTION f(a other.t.id%TYPE) RETURNS integer RETURN 1`},
	{"foreign-schema", `CREATE FUNCTION f() RETURNS integer BEGIN ATOMIC SELECT 1; SELECT a FROM other.t; END`},
	{"foreign-schema", `CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT a FROM other.t'`},
	{"foreign-schema",
		`CREATE FUNCTION f() RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT a FROM public.t); END'`},
	{"foreign-schema", `CREATE TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION other.f()`},
	{"foreign-schema",
		`CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW WHEN (other.f(NEW.a)) EXECUTE FUNCTION ` +
			`suppress_redundant_updates_trigger()`},
	{"foreign-schema", `CREATE TABLE p PARTITION OF t FOR VALUES IN (other.f())`},
	{"foreign-schema", `CREATE TABLE t (a integer) PARTITION BY LIST ((other.f(a)))`},
	{"foreign-schema", `CREATE INDEX ON t (a) WHERE other.f(a)`},
	{"foreign-schema", `CREATE STATISTICS s ON (other.f(a)), b FROM t`},
	{"foreign-schema", `CREATE DOMAIN d AS text CHECK (other.f(VALUE))`},
	{"foreign-schema", `CREATE FUNCTION f(a integer DEFAULT other.f()) RETURNS integer RETURN 1`},
	{"foreign-schema", `ALTER TABLE t ALTER a TYPE text USING other.f(a)`},
	{"foreign-schema", `ALTER TABLE t ALTER a SET DEFAULT other.f()`},
	{"foreign-schema", `ALTER POLICY p ON t WITH CHECK (other.f(a))`},
	{"foreign-schema", `CREATE POLICY p ON t USING (EXISTS (SELECT FROM other.t))`},
	{"foreign-schema", `ALTER TABLE other.t ADD a integer`},
	{"foreign-schema", `ALTER TABLE t ATTACH PARTITION other.p DEFAULT`},
	{"foreign-schema", `ALTER TABLE other.t RENAME TO u`},
	{"foreign-schema", `DROP TABLE t, other.t`},
	{"foreign-schema", `DROP TYPE other.e`},
	{"foreign-schema", `DROP FUNCTION other.f(integer)`},
	{"foreign-schema", `COMMENT ON COLUMN other.t.a IS 'x'`},
	{"foreign-schema", `INSERT INTO other.t SELECT 1`},
	{"foreign-schema", `CREATE AGGREGATE total (integer) (sfunc = other.plus, stype = integer)`},
	{"database-name", `CREATE TABLE app.public.t ()`},
	{"system-catalog", `CREATE VIEW v AS SELECT relname FROM pg_class`},
	{"system-catalog", `CREATE VIEW v AS SELECT * FROM information_schema.tables`},
	{"system-catalog", `CREATE TABLE pg_mine (a integer)`},
	{"system-catalog",
		`CREATE FUNCTION f() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN count(*) FROM pg_catalog.pg_class; END'`},
	// types that name objects
	{"type", `CREATE TABLE t (a regclass)`},
	{"type", `CREATE DOMAIN d AS pg_catalog.regrole`},
	{"type", `CREATE TYPE t AS (a regconfig[])`},
	{"type", `CREATE FUNCTION f(regprocedure) RETURNS integer RETURN 1`},
	{"type", `CREATE FUNCTION f(internal) RETURNS integer RETURN 1`},
	{"type", `CREATE TABLE t (a text DEFAULT ('x'::regproc)::text)`},
	// functions that reach outside
	{"function", `CREATE TABLE t (a text DEFAULT set_config('search_path', 'x', false))`},
	{"function", `CREATE TABLE t (a text GENERATED ALWAYS AS (query_to_xml('SELECT 1', true, true, '')::text) STORED)`},
	{"function",
		`CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('a', 'b', true); END $$`},
	{"function", `SELECT pg_notify('a', 'b')`},
	{"function", `SELECT lo_create(0)`},
	{"function", `SELECT dblink('SELECT 1')`},
	{"function", `SELECT pg_catalog.set_config('search_path', '', false)`},
	{"unknown-function", `SELECT gen_slat('bf')`},
	{"foreign-schema", `SELECT setval('other.s', 1)`},
	{"constant-name", `SELECT setval(1, 1)`},
	// functions
	{"security-definer", `CREATE FUNCTION f() RETURNS integer SECURITY DEFINER RETURN 1`},
	{"security-definer", `ALTER FUNCTION f() SECURITY DEFINER`},
	{"function-language", `CREATE FUNCTION f() RETURNS integer LANGUAGE plperl AS 'return 1'`},
	{"function-language function-language", `CREATE FUNCTION f() RETURNS integer LANGUAGE C AS 'lib', 'f'`},
	{"function-language", `CREATE FUNCTION f() RETURNS integer LANGUAGE internal AS 'int4pl'`},
	{"setting", `CREATE FUNCTION f() RETURNS integer SET search_path = other RETURN 1`},
	{"setting", `CREATE FUNCTION f() RETURNS integer SET search_path FROM CURRENT RETURN 1`},
	{"setting", `ALTER FUNCTION f() SET role = 'x'`},
	{"statement-kind", `CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'CREATE TABLE t ()'`},
	{"statement-kind", `CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'SET search_path = other'`},
	{"statement-kind",
		`CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN IF true THEN SET search_path = other; END IF; END $$`},
	{"statement-kind", `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE TEMP TABLE t (); END $$`},
	{"syntax", `CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'SELCT 1'`},
	{"limit", `CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'SELECT ` + strings.Repeat("(", 300) + `'`},
	{"statement-kind", `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN RESET ALL; END'`},
	// the session and the transaction
	{"setting", `SET search_path = public`},
	{"setting", `RESET ALL`},
	{"setting", `SET ROLE x`},
	{"setting", `SET SESSION AUTHORIZATION x`},
	{"setting", `SHOW search_path`},
	{"transaction-control transaction-control", `BEGIN; COMMIT`},
	{"transaction-control", `ROLLBACK`},
	{"transaction-control", `SAVEPOINT a`},
	{"transaction-control", `PREPARE TRANSACTION 'a'`},
	{"statement-kind", `PREPARE a AS SELECT 1`},
	{"statement-kind", `LISTEN a`},
	{"statement-kind", `NOTIFY a`},
	{"statement-kind", `DISCARD ALL`},
	{"statement-kind", `LOCK TABLE t`},
	{"statement-kind", `DECLARE c CURSOR FOR SELECT 1`},
	{"temporary-object", `CREATE TEMP TABLE t (a integer)`},
	{"temporary-object", `CREATE TEMPORARY VIEW v AS SELECT 1`},
	{"temporary-object", `CREATE TEMP SEQUENCE s`},
	{"foreign-schema", `CREATE TABLE pg_temp.t (a integer)`},
	{"select-into", `SELECT 1 AS a INTO t`},
	{"temporary-object", `CREATE TEMP TABLE t AS SELECT 1`},
	{"concurrently", `CREATE INDEX CONCURRENTLY ON t (a)`},
	{"concurrently", `DROP INDEX CONCURRENTLY i`},
	{"concurrently", `ALTER TABLE t DETACH PARTITION p CONCURRENTLY`},
	// roles, the database, the server
	{"statement-kind", `GRANT SELECT ON t TO x`},
	{"statement-kind", `GRANT a TO b`},
	{"statement-kind", `REVOKE ALL ON t FROM PUBLIC`},
	{"statement-kind", `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x`},
	{"role", `ALTER TABLE t OWNER TO x`},
	{"statement-kind", `ALTER FUNCTION f() OWNER TO x`},
	{"role", `CREATE POLICY p ON t TO x`},
	{"statement-kind", `CREATE ROLE x`},
	{"statement-kind", `ALTER ROLE x LOGIN`},
	{"statement-kind", `DROP OWNED BY x`},
	{"statement-kind", `CREATE DATABASE x`},
	{"statement-kind", `CREATE TABLESPACE x LOCATION '/x'`},
	{"tablespace", `CREATE TABLE t (a integer) TABLESPACE x`},
	{"tablespace", `CREATE TABLE t (a integer PRIMARY KEY USING INDEX TABLESPACE x)`},
	{"tablespace", `ALTER TABLE t SET TABLESPACE x`},
	{"statement-kind", `CREATE SCHEMA x`},
	{"statement-kind", `ALTER TABLE t SET SCHEMA x`},
	{"statement-kind", `DROP SCHEMA x`},
	{"statement-kind", `COMMENT ON SCHEMA x IS 'x'`},
	{"statement-kind", `CREATE EXTENSION citext`},
	{"statement-kind", `CREATE EVENT TRIGGER x ON ddl_command_end EXECUTE FUNCTION f()`},
	{"statement-kind", `CREATE PUBLICATION x FOR ALL TABLES`},
	{"statement-kind", `CREATE SUBSCRIPTION x CONNECTION '' PUBLICATION y`},
	{"statement-kind", `CREATE SERVER x FOREIGN DATA WRAPPER y`},
	{"statement-kind", `CREATE FOREIGN TABLE t (a integer) SERVER x`},
	{"statement-kind", `CREATE USER MAPPING FOR x SERVER y`},
	{"statement-kind", `CREATE CAST (text AS integer) WITHOUT FUNCTION`},
	{"statement-kind", `CREATE LANGUAGE x`},
	{"statement-kind", `ALTER SYSTEM SET work_mem = '1GB'`},
	{"statement-kind", `SECURITY LABEL ON TABLE t IS 'x'`},
	{"statement-kind", `VACUUM t`},
	{"statement-kind", `REINDEX TABLE t`},
	{"statement-kind", `CHECKPOINT`},
	{"statement-kind", `LOAD 'x'`},
	// code and files
	{"statement-kind", `DO $$ BEGIN END $$`},
	{"statement-kind", `COPY t FROM STDIN`},
	{"statement-kind", `COPY t FROM PROGRAM 'x'`},
	{"statement-kind", `COPY t TO '/x'`},
	{"statement-kind", `CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING`},
	{"statement-kind", `CREATE TYPE t (INPUT = a, OUTPUT = b)`},
	{"unsupported-syntax", `CREATE TABLE t AS EXECUTE x`},
	{"unsupported-syntax", `ALTER TABLE t DISABLE RULE r`},
	// the text
	{"psql-command", `\i other.sql`},
	{"psql-command", "SELECT 1;\n\\connect other"},
	{"syntax", `CREATE TABEL t ()`},
	{"syntax", `SELECT 'a`},
	{"syntax", `CREATE TABLE t (a integer GENERATED ALWAYS AS (1) VIRTUAL)`}, // of PostgreSQL 18
	{"limit", "SELECT " + strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300)},
	{"encoding", "SELECT '\xe9'"},
	{"encoding", "SELECT 1\x00"},
}

func TestDDLRefuses(t *testing.T) {
	for _, c := range refusedDDL {
		if got := rulesOf(t, Config{DDL: DDLString(c.text)}); got != c.rules {
			t.Errorf("%s\nbreaks %q, want %q", c.text, got, c.rules)
		}
	}
}

// All problems are reported, each with its place; what does not parse hides only itself.
func TestDDLErrorListsAll(t *testing.T) {
	const text = `-- notes
CREATE TABLE notes (id bigint);
GRANT SELECT ON notes TO app;
CREAT TABLE x (a text DEFAULT 'é;');
/* é */ CREATE EXTENSION citext;
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS $f$
  SELECT count(*) FROM public.notes
$f$;
\i other.sql
CREATE FUNCTION g() RETURNS bigint LANGUAGE plpgsql AS $f$
BEGIN
  RETURN (SELECT count(*) FROM public.notes);
END $f$;
CREATE FUNCTION h() RETURNS text LANGUAGE sql AS 'SELECT ''é'' FROM public.notes';
CREATE FUNCTION i() RETURNS text LANGUAGE sql AS $$ SELCT 1 $$;
CREATE FUNCTION j() RETURNS text AS $a$ SELECT a FROM public.a$a$ LANGUAGE sql STABLE;
SELECT 1
`
	_,
		err := New(new(sql.DB), Config{DDL: DDLString(text),
		Seed: DDLString("INSERT INTO a VALUES (1);\n CREATE TABLE b ()")})
	var refused *DDLError
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	var got []string
	for _, p := range refused.Problems {
		got = append(got, fmt.Sprintf("%s:%d:%d %s %s", p.File, p.Line, p.Column, p.Rule, p.Object))
	}
	want := []string{
		"ddl.sql:3:1 statement-kind grant", "ddl.sql:4:1 syntax ", "ddl.sql:5:9 statement-kind create extension",
		"ddl.sql:7:24 foreign-schema public.notes", "ddl.sql:9:1 psql-command ", "ddl.sql:12:32 foreign-schema public.notes",
		"ddl.sql:14:50 foreign-schema public.notes", "ddl.sql:15:53 syntax ", "ddl.sql:16:55 foreign-schema public.a",
		"seed/ddl.sql:2:2 statement-kind create table",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 1+len(want) || lines[0] != "docex: provision: new: the DDL is refused, 10 problems:" ||
		!strings.HasPrefix(lines[1], "\tddl.sql:3:1: statement-kind: grant: the tenant's role gets its rights") {
		t.Errorf("%v", err)
	}
}

func TestDDLErrorIsBounded(t *testing.T) {
	_, err := New(new(sql.DB), Config{DDL: DDLString(strings.Repeat("CREATE ROLE x;\n", 1000))})
	if lines := strings.Split(err.Error(), "\n"); len(lines) != shownProblems+2 || lines[shownProblems+1] !=
		"\tand 980 more" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
	if got := rulesOf(t, Config{DDL: DDLString(strings.Repeat("x;\n", 1000))}); strings.Count(got, "syntax") != 10 {
		t.Errorf("%d syntax errors, want 10", strings.Count(got, "syntax"))
	}
}

// A DDL may have 4 MiB, and more tokens than a program's statement.
func TestDDLMayBeLarge(t *testing.T) {
	const table = "CREATE TABLE document (id bigint GENERATED BY DEFAULT AS IDENTITY, name text NOT NULL CHECK (name " +
		"<> ''));\n"
	ddl := strings.Repeat(table, 14_000)
	if text.CheckLimits(ddl, text.Limits{}) == nil {
		t.Fatal("a program's limits have room for this, too")
	}
	ddl += "--" + strings.Repeat("-", 4<<20-2-len(ddl))
	if got := rulesOf(t, Config{DDL: DDLString(ddl)}); got != "" {
		t.Errorf("4 MiB break %s", got)
	}
	if got := rulesOf(t, Config{DDL: DDLString(ddl + "-")}); got != "limit" {
		t.Errorf("more than 4 MiB break %q", got)
	}
}

// An extension's schema may be named, and stands for what cannot be known about its functions.
func TestDDLExtensionSchemas(t *testing.T) {
	const text = `CREATE TABLE t (a ext.citext, b citext, c text DEFAULT gen_salt('bf')); CREATE INDEX
  ON t USING gin (c ext.gin_trgm_ops);
CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN ''a''::ext.citext; END'`
	if got := rulesOf(t, Config{DDL: DDLString(text), ExtensionSchemas: []string{"ext"}}); got != "" {
		t.Errorf("breaks %s", got)
	}
	if got, want := rulesOf(t, Config{DDL: DDLString(text)}), "foreign-schema unknown-function foreign-schema"; got !=
		want {
		t.Errorf("without the schema it breaks %q, want %q", got, want)
	}
	if got := rulesOf(t, Config{DDL: DDLString(`SELECT dblink('SELECT 1')`), ExtensionSchemas: []string{"ext"}}); got !=
		"function" {
		t.Errorf("dblink breaks %q", got)
	}
	for _, made := range []string{"CREATE TABLE ext.t ()", "CREATE TYPE ext.t AS ENUM ()", "DROP FUNCTION ext.f()"} {
		if got := rulesOf(t, Config{DDL: DDLString(made), ExtensionSchemas: []string{"ext"}}); got != "foreign-schema" {
			t.Errorf("%s breaks %q", made, got)
		}
	}
}

// Of the functions of known extensions a DDL may name what has its place there, and nothing that reaches outside.
func TestDDLExtensionFunctions(t *testing.T) {
	const trigger = "CREATE TRIGGER m BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION "
	for _, text := range []string{
		`CREATE TABLE t (a uuid DEFAULT ext.uuid_generate_v1(), b text DEFAULT encode(digest('a', 'md5'), 'hex'))`,
		trigger + `moddatetime(at)`,
		trigger + `ext.insert_username(by)`,
		`CREATE FUNCTION f(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN ext.unaccent('ext.unaccent', $1)`,
		`CREATE FUNCTION f(text) RETURNS text LANGUAGE sql AS 'SELECT unaccent($1)'`,
		`SELECT hs_concat('a=>1', 'b=>2')`,
		`CREATE FUNCTION connectby() RETURNS integer RETURN 1; SELECT connectby()`,
	} {
		if got := rulesOf(t, Config{DDL: DDLString(text), ExtensionSchemas: []string{"ext"}}); got != "" {
			t.Errorf("%s: breaks %q", text, got)
		}
	}
	for _, text := range []string{
		trigger + `triggered_change_notification()`,
		trigger + `ext.lo_manage(image)`,
		`SELECT * FROM ext.connectby('t', 'a', 'b', 'c', 0) AS t(a text, b text, c integer)`,
		`CREATE FUNCTION f() RETURNS real LANGUAGE plpgsql AS 'BEGIN RETURN set_limit(0.1); END'`,
		`CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM pgrowlocks(''public.t''); END'`,
		`CREATE VIEW v AS SELECT * FROM xpath_table('', '', '', '', '') AS t (a text)`,
	} {
		if got := rulesOf(t, Config{DDL: DDLString(text), ExtensionSchemas: []string{"ext"}}); got != "function" {
			t.Errorf("%s: breaks %q, want function", text, got)
		}
	}
	for _, text := range []string{"SELECT moddatetime()", "SELECT similarity('a', 'b')", "SELECT hs_concat('', '')"} {
		if got := rulesOf(t, Config{DDL: DDLString(text)}); got != "unknown-function" {
			t.Errorf("without the schema %s breaks %q", text, got)
		}
	}
}

// A function may stand behind its use, in another file.
func TestDDLFilesKnowEachOther(t *testing.T) {
	files := fstest.MapFS{
		"1.sql": {Data: []byte("CREATE FUNCTION a() RETURNS integer LANGUAGE sql AS 'SELECT b()'")},
		"2.sql": {Data: []byte("CREATE FUNCTION b() RETURNS integer RETURN 1")},
	}
	if got := rulesOf(t, Config{DDL: files, Seed: DDLString("SELECT a()")}); got != "" {
		t.Errorf("breaks %s", got)
	}
}

func TestDDLString(t *testing.T) {
	if err := fstest.TestFS(DDLString("SELECT 1"), "ddl.sql"); err != nil {
		t.Error(err)
	}
}
