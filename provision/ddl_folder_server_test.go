package provision_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/docex/docex/provision"
)

// files makes a folder of name, text, name, text.
func files(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

// A tenant of a migration folder has what leads up, in the tool's order, and none of what leads down.
func TestMigrationFolders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const first, second = "CREATE TABLE a (n integer);\n", "INSERT INTO a VALUES (1);\n"
	const third = "UPDATE a SET n = n + 1;\n"
	const drop = "DROP TABLE a;\n"
	for tool, ddl := range map[string]fs.FS{
		"migrate": files("1_a.up.sql", "BEGIN;\n"+first+"COMMIT;\n", "1_a.down.sql", drop, "2_b.up.sql", second,
			"2_b.down.sql", drop, "10_c.up.sql", third, "10_c.down.sql", drop),
		"goose": files("1_a.sql", "-- +goose Up\n-- +goose StatementBegin\n"+strings.TrimSuffix(first, ";\n")+
			"\n-- +goose StatementEnd\n-- +goose Down\n"+drop, "2_b.sql", "-- +goose Up\n"+second+"-- +goose Down\n"+drop,
			"10_c.sql", "-- +goose NO TRANSACTION\n-- +goose Up\n"+third+"-- +goose Down\n"+drop,
			"11_d.sql", "-- +goose Up\n-- +goose Down\n"+drop),
		"dbmate": files("01_a.sql", "-- migrate:up\n"+first+"-- migrate:down\n"+drop,
			"02_b.sql", "-- migrate:up transaction:false\n"+second+third+"-- migrate:down\n"+drop),
		"sqlmigrate": files("1_a.sql", "-- +migrate Up\n"+first+"-- +migrate Down\n"+drop,
			"2_b.sql", "-- +migrate Up\n"+second+"-- +migrate Down\n"+drop, "10_c.sql", "-- +migrate Up\n"+third),
		"tern": files("1_a.sql", first+"---- create above / drop below ----\n"+drop, "002_b.sql", second+third),
		"flyway": files("V1__a.sql", first, "V1.2__b.sql", second, "V1.10__c.sql", third, "U1__a.sql", drop,
			"R__v.sql", "CREATE OR REPLACE VIEW v AS TABLE a"),
		"atlas": files("1_a.sql", first, "2_b.sql", second+third, "atlas.sum", "h1:x"),
	} {
		p := w.initialized(provision.Config{DDL: ddl})
		if _, err := p.Create(t.Context(), provision.Tenant{ID: tool}); err != nil {
			t.Errorf("%s: %v", tool, err)
			continue
		}
		if got := w.value("SELECT string_agg(n::text, ',') FROM tenant_" + tool + ".a"); got != "2" {
			t.Errorf("%s: the table holds %q, want 2", tool, got)
		}
	}
	if got := w.value("SELECT n FROM tenant_flyway.v"); got != "2" {
		t.Errorf("the view shows %q", got)
	}
	for id, ddl := range map[string]string{"invoice": "goose", "a": "migrate"} { // which made tenants without tables
		if _, err := w.initialized(provision.Config{DDL: os.DirFS("../testdata/ddl/" + ddl)}).
			Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Error(err)
		} else if got := w.value("SELECT to_regclass('tenant_" + id + "." + id + "')"); got == "" {
			t.Errorf("%s made no table", ddl)
		}
	}
}

// Rows of a COPY in the seed reach the table as they are, and the server's errors name their lines.
func TestSeedOfRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cfg := provision.Config{
		DDL: provision.DDLString(`CREATE TABLE unit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text,
 tags text[], key bytea, long text GENERATED ALWAYS AS (name || '!') STORED);`),
		Seed: provision.DDLString("COPY unit (id, name, tags, key) FROM stdin;\n" +
			"7\tkg\\t'\\\\\t{a,NULL}\t\\\\x00ff\n8\t\t\\N\t\\N\n\\.\n" +
			"SELECT setval('unit_id_seq', 8);\nCOPY unit (name) FROM stdin;\n\\N\n\\.\n"),
	}
	if _, err := w.initialized(cfg).Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	got := w.value("SELECT string_agg(u::text, ' ' ORDER BY id) FROM tenant_acme.unit AS u")
	if want := `(7,"kg	'\\","{a,NULL}","\\x00ff","kg	'\\!") (8,"",,,!) (9,,,,)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	cfg.Seed = provision.DDLString("COPY unit (id) FROM stdin;\n1\nx\n\\.\n")
	err := w.provisioner(cfg).Init(t.Context())
	wantIs(t, err, provision.ErrDDL)
	if err == nil || !strings.Contains(err.Error(), "seed/ddl.sql:3") {
		t.Errorf("got %v", err)
	}
}
