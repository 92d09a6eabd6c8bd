package driver_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// contrib are the extensions of TestExtensions, as docex_extensions takes them.
const contrib = `pg_trgm,citext,hstore,unaccent,pgcrypto,"uuid-ossp",fuzzystrmatch,intarray,ltree`

// withExtensions is a database with the tenants acme and globex, and with contrib in schema ext.
func withExtensions(t *testing.T) *world {
	t.Helper()
	db := pgtest.NewDB(t)
	w := &world{DB: db, admin: db.Admin(t)}
	mustExec(t, w.admin, "CREATE SCHEMA ext")
	for _, name := range []string{"pg_trgm", "citext", "hstore", "unaccent", "pgcrypto", "uuid-ossp", "fuzzystrmatch",
		"intarray", "ltree"} {
		if _, err := w.admin.Exec(fmt.Sprintf("CREATE EXTENSION %q SCHEMA ext", name)); err != nil {
			pgtest.Missing(t, "the server lacks contrib (Debian: apt-get install postgresql-contrib): "+err.Error())
		}
	}
	p, err := provision.New(w.admin, onto(db, provision.Config{ExtensionSchemas: []string{"ext"},
		DDL: provision.DDLString("CREATE TABLE note (name citext, tags hstore, place ltree, kinds integer[])")}))
	finish(t, err)
	w.prov = p
	finish(t, p.Init(t.Context()))
	for _, id := range []string{"acme", "globex"} {
		_, err := p.Create(t.Context(), provision.Tenant{ID: id})
		finish(t, err)
	}
	return w
}

// What docex_extensions opens works on a server, for each tenant and in each mode.
func TestExtensions(t *testing.T) {
	t.Parallel()
	w := withExtensions(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, append(mode, "docex_extension_schemas", "ext", "docex_extensions", contrib)...)
		for _, tenant := range []string{"acme", "globex"} {
			_, err := db.ExecContext(as(tenant), `INSERT INTO note
VALUES ('Hôtel', hstore('a', '1'), text2ltree('top.science'), ARRAY[3, 1, 2])`)
			finish(t, err)
			for _, test := range opened {
				var got string
				if err := db.QueryRowContext(as(tenant), test.query).Scan(&got); err != nil || got != test.want {
					t.Errorf("%s: got %q, %v, want %q", test.query, got, err, test.want)
				}
			}
			wantRefused(t, db, tenant)
			_, err = db.ExecContext(as(tenant), "DELETE FROM note")
			finish(t, err)
		}
	})
}

// opened are queries of one value. The table holds the row of TestExtensions.
var opened = []struct{ query, want string }{
	{"SELECT similarity('anvil', 'anvils') > 0.5 AND name::text % 'Hôtel' FROM note", "true"},
	{"SELECT ext.word_similarity('anvil', 'an anvil')::text", "1"},
	{"SELECT name FROM note WHERE name = 'HôTEL'", "Hôtel"},
	{"SELECT ext.replace(name, 'hô'::ext.citext, 'M'::citext) FROM note", "Mtel"},
	{"SELECT hstore_to_json(tags || hstore('b', '2'))::text FROM note", `{"a": "1", "b": "2"}`},
	{"SELECT array_to_string(akeys(n.tags), ',') FROM note AS n", "a"},
	{"SELECT unaccent(name::text) || unaccent('unaccent', 'é') FROM note", "Hotele"},
	{"SELECT encode(ext.digest('x', 'md5'), 'hex')", "9dd4e461268c8034f5c8564e155c67a6"},
	{"SELECT (crypt('x', gen_salt('md5')) LIKE '$1$%')::text", "true"},
	{"SELECT pgp_sym_decrypt(pgp_sym_encrypt('secret', 'key'), 'key')", "secret"},
	{"SELECT uuid_generate_v5(uuid_ns_url(), 'x')::text", "4cd605e7-afa2-5360-b5b9-c5e9fb5c76f4"},
	{"SELECT length(uuid_generate_v4()::text)::text", "36"},
	{"SELECT concat(levenshtein('anvil', 'anvils'), soundex('anvil'), dmetaphone('anvil'))", "1A514ANFL"},
	{"SELECT array_to_string(sort(uniq(kinds)), ',') FROM note WHERE kinds @@ '1 & 2'::query_int", "1,2,3"},
	{"SELECT subpath(place, 1)::text || nlevel(place) FROM note WHERE place <@ 'top'", "science2"},
}

// wantRefused: the rest of these extensions stays refused, and what other extensions have needs the policy.
func wantRefused(t *testing.T, db *sql.DB, tenant string) {
	t.Helper()
	for query, rule := range map[string]guard.Rule{
		"SELECT set_limit(0.9)": guard.RuleFunction, "SELECT ext.show_limit()": guard.RuleFunction,
		"SELECT uuid_generate_v1()": guard.RuleFunction, "SELECT citextout(name) FROM note": guard.RuleFunction,
		"SELECT crosstab('SELECT 1')":           guard.RuleFunction,
		"SELECT unaccent($1::text, name)":       guard.RuleConstantName,
		"SELECT normal_rand(1, 0, 1)":           guard.RuleUnknownFunction,
		"SELECT n.set_limit FROM note AS n":     guard.RuleFieldCall,
		"SELECT tenant_other.similarity(1, 1)":  guard.RuleSchema,
		"SET pg_trgm.similarity_threshold = .9": guard.RuleSetting,
	} {
		var d *guard.Denial
		if _, err := db.ExecContext(as(tenant), query); !errors.As(err, &d) || d.Rule != rule {
			t.Errorf("%s: got %v, want a denial by %v", query, err, rule)
		}
	}
}

// An extension that opens nothing is a mistake of whoever wrote the setting.
func TestExtensionsThatOpenNothing(t *testing.T) {
	for _, name := range []string{"dblink", "pg_cron", "btree_gist"} {
		cfg := driver.Config{Policy: guard.Policy{Extensions: []string{name}}}
		if _, err := driver.NewConnector("postgres://127.0.0.1:1/db", cfg); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
