package pgdump_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/docex/docex/internal/pgdump"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// dumpOf runs the pg_dump of the server's own version.
func dumpOf(t *testing.T, db *pgtest.DB, options ...string) []byte {
	t.Helper()
	cmd := exec.Command(filepath.Join(pgtest.Clients(t, pgtest.Server(t)), "pg_dump"),
		append(options, "--dbname", db.AdminDSN)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// makeSchema runs a script like testdata/shapes.sql in a schema, with the extensions in another one or the same.
func makeSchema(t *testing.T, db *pgtest.DB, schema, extensions, script string) {
	t.Helper()
	head := "SET check_function_bodies = off; CREATE SCHEMA IF NOT EXISTS " + quote(schema) + "; " +
		"SET search_path = " + quote(schema) + "," + quote(extensions) + ";"
	script = strings.NewReplacer("{{schema}}", quote(schema), "{{name}}", quote(schema),
		"{{ext}}", quote(extensions)+".").Replace(script)
	if _, err := db.Admin(t).Exec(head + script); err != nil {
		t.Fatal(err)
	}
}

// install makes the extensions that the shapes use.
func install(t *testing.T, db *pgtest.DB, schema string) {
	t.Helper()
	admin := db.Admin(t)
	if _, err := admin.Exec("CREATE SCHEMA IF NOT EXISTS " + quote(schema)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"citext", "hstore", "pg_trgm", "btree_gist"} {
		if _, err := admin.Exec("CREATE EXTENSION " + name + " SCHEMA " + quote(schema)); err != nil {
			pgtest.Missing(t, "the server lacks contrib (Debian: apt-get install postgresql-contrib): "+err.Error())
		}
	}
}

func quote(name string) string {
	if regexp.MustCompile(`^[a-z_]+$`).MatchString(name) {
		return name
	}
	return pgx.Identifier{name}.Sanitize()
}

// provisioned makes a tenant of a DDL, in a database that has the extensions in a schema of their own.
func provisioned(t *testing.T, ddl, extensions string) *pgtest.DB {
	t.Helper()
	db := pgtest.NewDB(t)
	admin := db.Admin(t)
	install(t, db, extensions)
	p, err := provision.New(admin, provision.Config{AppRole: db.AppRole, ExtensionSchemas: []string{extensions},
		DDL: provision.DDLString(ddl)})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	return db
}

func imported(t *testing.T, o pgdump.Options, dumps ...[]byte) *pgdump.Result {
	t.Helper()
	var sources []pgdump.Source
	for i, text := range dumps {
		sources = append(sources, pgdump.Source{Name: fmt.Sprintf("dump%d.sql", i), Text: text})
	}
	r, err := pgdump.Import(sources, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A tenant of an imported dump has the schema that was dumped, as pg_dump itself tells.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	shapes, plainOptions := readFile(t, "shapes.sql"), "--schema-only"
	if pgtest.Server(t).Version() >= 180000 {
		shapes += readFile(t, "shapes_18.sql")
		plainOptions = "--no-data --statistics"
	}
	for _, test := range []struct{ name, schema, extensions, place, options string }{
		{"public", "public", "public", "ext", "--schema-only --clean --if-exists --create"},
		{"quoted", "My Schema", "my ext", "my ext", "--schema-only --disable-dollar-quoting --quote-all-identifiers"},
		{"plain", "app", "app", "ext", plainOptions},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDB(t)
			install(t, db, test.extensions)
			makeSchema(t, db, test.schema, test.extensions, shapes)
			dump := dumpOf(t, db, "--schema-only")
			r := imported(t, pgdump.Options{}, dumpOf(t, db, strings.Fields(test.options)...))
			tenant := dumpOf(t, provisioned(t, r.Text, test.place), "--schema-only", "--schema=tenant_acme")
			names := []string{test.schema, "tenant_acme"}
			if test.place != test.extensions { // the extensions had to move
				names = append(names, test.place)
			}
			if d := cmp.Diff(plain(dump, names), plain(tenant, names)); d != "" {
				t.Error(d)
			}
		})
	}
}

// besides are lines that a tenant's dump is not held to: owners, rights and what makes the schema itself, settings, and
// the search_path of functions, which is the tenant's.
var besides = regexp.MustCompile(`^(--|\\|SET |SELECT pg_catalog.set_config|ALTER .* OWNER TO |GRANT |REVOKE |` +
	`ALTER DEFAULT PRIVILEGES |CREATE SCHEMA |CREATE EXTENSION |COMMENT ON (SCHEMA|EXTENSION) |    SET search_path |$)`)

// plain is a dump without these, and without the names of schemas. It is not what the package does: a mistake there
// must not hide here. "user" needs its quotes only where no schema stands before it.
func plain(dump []byte, schemas []string) []string {
	text := strings.ReplaceAll(string(dump), `"user"`, "user")
	for _, s := range schemas {
		text = strings.ReplaceAll(text, quote(s)+".", "")
	}
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); !besides.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// Dumps of pg_dump 16, 17 and 18 make the same schema on any server, object by object, as adopting tells. They are of
// shapes.sql in the schema public. Those of 16 and 17 are from builds of PostgreSQL for WebAssembly, PGlite 0.2.17 and
// 0.3.16, and have a collation that these know. The first of them does not report its settings to pg_dump, which then
// writes others than it has.
func TestOtherVersions(t *testing.T) {
	t.Parallel()
	const icu, libc = "(provider = icu, locale = 'en-u-kn-true')", "(provider = libc, locale = 'C')"
	for _, test := range []struct{ dump, collation, more string }{
		{"dump_16.4.sql", libc, ""}, {"dump_17.5.sql", libc, ""}, {"dump_18.6.sql", icu, "shapes_18.sql"},
	} {
		t.Run(test.dump, func(t *testing.T) {
			t.Parallel()
			dump := strings.NewReplacer("client_encoding = 'SQL_ASCII'", "client_encoding = 'UTF8'",
				"standard_conforming_strings = off", "standard_conforming_strings = on").Replace(readFile(t, test.dump))
			r := imported(t, pgdump.Options{}, []byte(dump))
			db := pgtest.NewDB(t)
			install(t, db, "ext")
			made := strings.Replace(readFile(t, "shapes.sql"), icu, test.collation, 1)
			if test.more != "" {
				made += readFile(t, test.more)
			}
			made = strings.NewReplacer("{{schema}}.user", `"user"`, "{{schema}}.", "", "{{name}}", "public",
				"SET search_path TO {{name}}, pg_temp", "").Replace(made)
			makeSchema(t, db, "legacy", "ext", made)
			admin := db.Admin(t)
			p, err := provision.New(admin, provision.Config{AppRole: db.AppRole, ExtensionSchemas: []string{"ext"},
				DDL: provision.DDLString(r.Text)})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Init(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := p.Adopt(t.Context(), provision.Tenant{ID: "acme"}, "legacy"); err != nil {
				t.Error(err)
			}
		})
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A dump that is given as a DDL as it comes is one problem, which says what to do, and not one for each statement.
func TestRawIsNoDDL(t *testing.T) {
	t.Parallel()
	admin := pgtest.NewDB(t).Admin(t)
	_, err := provision.New(admin, provision.Config{DDL: provision.DDLString(readFile(t, "dump_18.6.sql"))})
	var refused *provision.DDLError
	if !errors.As(err, &refused) || len(refused.Problems) != 1 || refused.Problems[0].Rule != "pg-dump" ||
		!strings.Contains(refused.Problems[0].Remedy, "docex ddl import") {
		t.Error(err)
	}
}
