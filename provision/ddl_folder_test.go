package provision

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// files makes a folder of name, text, name, text.
func files(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

// TestPlainDigestStays: tenants were recorded with these digests, so a plain folder keeps them.
func TestPlainDigestStays(t *testing.T) {
	for _, test := range []struct {
		cfg  Config
		want string
	}{
		{Config{DDL: files("010_a.sql", "CREATE TABLE a (id integer);\n", "020_b.sql", "CREATE TABLE b (id integer)",
			"notes.txt", "x")}, "sha256:0f5e07ea39ad2edf15b4b3ff7ec46b84a4d3ab4e9be9b1cfac02bd818f7be89c"},
		{Config{}, "sha256:d0708257cff0c8e3bd74292fb3345f0f8c195fe710dac02ce18d689d708b9a2e"},
	} {
		if made, _, err := loadDDL(test.cfg); err != nil || made.digest != test.want {
			t.Errorf("%s, %v, want %s", made.digest, err, test.want)
		}
	}
}

// TestDigestOfMigrations: what leads down is no part of the DDL.
func TestDigestOfMigrations(t *testing.T) {
	digest := func(down string) string {
		made, _, err := loadDDL(Config{DDL: files("1_a.sql", "-- +goose Up\nCREATE TABLE a ();\n"+down)})
		if err != nil {
			t.Fatal(err)
		}
		return made.digest
	}
	if digest("") != digest("-- +goose Down\nDROP TABLE a;\n") {
		t.Error("the way down changes the digest")
	}
}

// problemsOf returns what a configuration is refused for, as file:line:column: rule.
func problemsOf(cfg Config) string {
	_, err := New(new(sql.DB), cfg)
	var refused *DDLError
	if !errors.As(err, &refused) {
		return fmt.Sprint(err)
	}
	var all []string
	for _, p := range refused.Problems {
		all = append(all, fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Rule))
	}
	return strings.Join(all, ", ")
}

// TestFolders: what people have is read as they mean it, or refused with a place. Want is the problems, or nil.
func TestFolders(t *testing.T) {
	const table = "CREATE TABLE a (id integer);\n"
	ok := files("a.sql", table)
	for name, test := range map[string]struct {
		want string
		cfg  Config
	}{
		"goose":          {"<nil>", Config{DDL: os.DirFS("../testdata/ddl/goose")}},
		"golang-migrate": {"<nil>", Config{DDL: os.DirFS("../testdata/ddl/migrate")}},
		"places behind the way down": {"1.sql:6:14: foreign-schema", Config{DDL: files("1.sql",
			"-- migrate:up\n"+table+"-- migrate:down\nDROP TABLE a;\n-- migrate:up\nCREATE TABLE public.b ();")}},
		"a string of goose's": {"<nil>", Config{DDL: DDLString("-- +goose Up\n" + table + "-- +goose Down\nDROP TABLE a;")}},
		"a string of dbmate's": {"<nil>",
			Config{DDL: DDLString("-- migrate:up transaction:false\n" + table + "-- migrate:down\nDROP SCHEMA x;")}},
		"a string with an unknown way down": {"ddl.sql:2:1: migrations",
			Config{DDL: DDLString(table + "-- down\nDROP TABLE a;")}},
		"a seed of goose's": {"<nil>", Config{DDL: ok, Seed: files("1_a.sql",
			"-- +goose Up\nINSERT INTO a VALUES (1);\n-- +goose Down\nTRUNCATE a;")}},
		"a seed with a program": {"seed/2_b.go:1:1: migrations", Config{DDL: ok, Seed: files("1_a.sql",
			"-- +goose Up\nINSERT INTO a VALUES (1);", "2_b.go", "package x")}},
		"concurrently": {"1_a.up.sql:2:1: concurrently",
			Config{DDL: files("1_a.up.sql", table+"CREATE INDEX CONCURRENTLY ON a (id);")}},
		"an empty file": {"docex: provision: new: invalid configuration: DDL: a.sql is blank; a comment in it says " +
			"that no objects are meant",
			Config{DDL: files("a.sql", "\n")}},
		"an empty file of migrations": {"<nil>", Config{DDL: files("1_a.up.sql", table, "2_b.up.sql", "")}},
		"nothing but a way down": {"1_a.down.sql:1:1: migrations",
			Config{DDL: files("1_a.up.sql", "", "1_a.down.sql", table)}},
		"capitals":            {"b.SQL:1:1: migrations", Config{DDL: files("a.sql", table, "b.SQL", table)}},
		"hidden":              {".b.sql:1:1: migrations", Config{DDL: files("a.sql", table, ".b.sql", table)}},
		"a folder below":      {"b/c/d.sql:1:1: migrations", Config{DDL: files("a.sql", table, "b/c/d.sql", table)}},
		"only a folder below": {"b/d.sql:1:1: migrations", Config{DDL: files("b/d.sql", table)}},
		"the seed below": {"<nil>", Config{DDL: files("a.sql", table, "seed/b.sql", "INSERT INTO a VALUES (1)"),
			Seed: files("b.sql", "INSERT INTO a VALUES (1)")}},
		"a folder below the seed": {"seed/b/c.sql:1:1: migrations", Config{DDL: ok,
			Seed: files("b.sql", "INSERT INTO a VALUES (1)", "b/c.sql", "INSERT INTO a VALUES (1)")}},
		"byte order mark and CRLF": {"a.sql:1:14: foreign-schema",
			Config{DDL: files("a.sql", "\uFEFFCREATE TABLE public.a ();\r\nCREATE TABLE b ();\r\n")}},
		"a transaction around a file": {"<nil>", Config{DDL: files("1_a.up.sql", "BEGIN;\n"+table+"COMMIT;\n"),
			Seed: DDLString("BEGIN;\nCOPY a (id) FROM stdin;\n1\n\\.\nCOMMIT;")}},
		"a transaction within a file": {"1_a.up.sql:1:1: transaction-control, 1_a.up.sql:3:1: transaction-control",
			Config{DDL: files("1_a.up.sql", "BEGIN;\n"+table+"COMMIT;\nCREATE TABLE b ();")}},
		"COPY in the DDL": {"ddl.sql:2:1: statement-kind, ddl.sql:5:14: foreign-schema",
			Config{DDL: DDLString(table + "COPY a FROM stdin;\nit's\n\\.\nCREATE TABLE public.b ();")}},
		"COPY in the seed": {
			"seed/ddl.sql:1:6: foreign-schema, seed/ddl.sql:5:1: statement-kind, seed/ddl.sql:6:13: foreign-schema",
			Config{DDL: ok, Seed: DDLString("COPY public.a (id) FROM stdin;\n1\n2\n\\.\nCOPY a FROM '/x';\n" +
				"INSERT INTO public.a VALUES (1)")}},
		"COPY of nothing": {"seed/ddl.sql:1:6: foreign-schema",
			Config{DDL: ok, Seed: DDLString("COPY public.a (id) FROM stdin;\n\\.\n")}},
		"COPY in another format": {"a.sql:1:14: foreign-schema, seed/ddl.sql:2:19: copy-rows", Config{
			DDL:  files("a.sql", "CREATE TABLE public.a ()"),
			Seed: DDLString("SELECT 1;\nCOPY a FROM stdin WITH CSV;\n1\n\\.\n")}},
		"COPY with rows that differ": {"seed/ddl.sql:3:1: copy-rows", Config{DDL: ok,
			Seed: DDLString("COPY a FROM stdin;\n1\n1\t2\n\\.\n")}},
		"COPY without an end": {"seed/ddl.sql:1:1: statement-kind, seed/ddl.sql:2:1: syntax", Config{DDL: ok,
			Seed: DDLString("COPY a FROM stdin;\n1\n")}},
		"a session's statements in the seed": {"seed/ddl.sql:1:1: setting", Config{DDL: ok,
			Seed: DDLString("SET client_encoding = 'UTF8';")}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := problemsOf(test.cfg); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			warnings, err := CheckDDL(test.cfg)
			if (err == nil) != (test.want == "<nil>") || len(warnings) > 0 {
				t.Errorf("CheckDDL: %v, %v", warnings, err)
			}
		})
	}
}

// TestCheckDDLWarns: what fails in use is told at its place in a migration.
func TestCheckDDLWarns(t *testing.T) {
	warnings, err := CheckDDL(Config{DDL: files("1_a.sql", `-- +goose Up
CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'CREATE TABLE a ()'; END $$;
-- +goose Down
DROP FUNCTION f();`)})
	if err != nil || len(warnings) != 1 || warnings[0].File != "1_a.sql" || warnings[0].Line != 2 {
		t.Errorf("%v, %v", warnings, err)
	}
}

// TestFunctionsOfMigrations: those of the way down are not among them, and a folder that cannot be read is an error.
func TestFunctionsOfMigrations(t *testing.T) {
	const function = " FUNCTION f() RETURNS integer RETURN 1;\n"
	got, err := Functions(files("1_a.sql", "-- +goose Up\nCREATE"+function+
		"-- +goose Down\nCREATE FUNCTION g() RETURNS int RETURN 1;"))
	if err != nil || strings.Join(got, " ") != "f" {
		t.Errorf("%q, %v", got, err)
	}
	var refused *DDLError
	if _, err := Functions(files("a.down.sql", "DROP"+function)); !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
}
