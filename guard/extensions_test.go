package guard_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/guard"
)

func TestExtensionSchemas(t *testing.T) {
	v := verdicts(t, guard.Policy{ExtensionSchemas: []string{"ext"}, AllowFunctions: []string{"digest", "similarity"}})
	v.allow(`SELECT digest('x', 'sha256'), ext.digest('x', 'sha256'), similarity('a', 'b')`)
	v.allow(`SELECT 'a=>1'::ext.hstore, 'a=>1'::hstore, 'a' OPERATOR(ext.%) 'b', 'a' % 'b'`)
	v.rule = guard.RuleSchema
	v.deny(`SELECT * FROM ext.spatial_ref_sys`)
	v.deny(`SELECT public.digest('x', 'sha256')`)
	v.rule = guard.RuleFunction
	v.deny(`SELECT ext.dblink('x', 'y')`)
	v.deny(`SELECT dblink('x', 'y')`)
	v.rule = guard.RuleUnknownFunction
	v.deny(`SELECT crypt('x', 'y')`)
	v.deny(`SELECT ext.crypt('x', 'y')`)
	v.deny(`SELECT ext.of_nobody('x')`)
}

func TestExtensions(t *testing.T) {
	v := verdicts(t, guard.Policy{ExtensionSchemas: []string{"ext"}, Extensions: []string{"pg_trgm", "citext", "hstore",
		"isn", "uuid-ossp", "tablefunc", "tsm_system_rows", "vector", "xml2", "pgcrypto"}})
	v.allow(`SELECT similarity(name, $1), ext.word_similarity(name, $1) FROM documents WHERE name % $1`)
	v.allow(`SELECT citext(true), ext.replace(name::citext, 'A'::citext, 'b'), max(name::citext) FROM documents`)
	v.allow(`SELECT hstore('a', 'b'), akeys(hstore(d)), (each(ext.hstore('{a,b}'::text[]))).key FROM documents d`)
	v.allow(`SELECT isbn13(ean13 '9780393040029'), uuid_generate_v4(), normal_rand(3, 0, 1)`)
	v.allow(`SELECT name FROM documents TABLESAMPLE system_rows (10)`)
	v.allow(`SELECT id FROM documents ORDER BY l2_distance(vector('[1,2]'), subvector($1, 1, 2)) LIMIT 3`)
	v.allow(`SELECT crypt($1, gen_salt('bf')), d.gen_random_bytes FROM documents d`)

	v.rule = guard.RuleFunction
	v.deny(`SELECT set_limit(0.1)`)
	v.deny(`SELECT ext.set_limit(0.1)`)
	v.deny(`SELECT show_limit()`)
	v.deny(`SELECT gtrgm_in('x')`)
	v.deny(`SELECT similarity_op('a', 'b')`)
	v.deny(`SELECT isn_weak(true)`)
	v.deny(`SELECT uuid_generate_v1()`)
	v.deny(`SELECT * FROM crosstab('TABLE tenant_globex.documents') AS t(a text, b text)`)
	v.deny(`SELECT * FROM ext.crosstab2('TABLE tenant_globex.documents')`)
	v.deny(`SELECT * FROM connectby('tenant_globex.documents', 'id', 'parent', 'x', 0) AS t(a int, b int, c int)`)
	v.deny(`SELECT * FROM xpath_table('id', 'x', 'tenant_globex.documents', '/', 'true') AS t(id int)`)
	v.deny(`SELECT xslt_process(name, $1) FROM documents`)
	v.deny(`SELECT fips_mode()`)
	v.deny(`SELECT pg_catalog.pg_file_write('x', 'y', true)`)
	v.deny(`SELECT * FROM pgrowlocks('tenant_globex.documents')`)
	v.deny(`SELECT name FROM documents TABLESAMPLE unaccent_init (10)`)

	v.rule = guard.RuleUnknownFunction
	v.deny(`SELECT levenshtein(name, $1) FROM documents`) // not in the policy
	v.deny(`SELECT name FROM documents TABLESAMPLE system_time (10)`)
	v.deny(`SELECT pg_catalog.similarity('a', 'b')`)
	v.rule = guard.RuleSchema
	v.deny(`SELECT public.similarity('a', 'b')`)

	v.rule = guard.RuleFieldCall
	v.deny(`SELECT x.set_limit FROM documents x`)
	v.deny(`SELECT x.page_header FROM documents x`)
	v.deny(`SELECT x.ssl_client_dn_field FROM documents x`)
	v.deny(`SELECT (x.name).plperl_validator FROM documents x`)
}

// The first argument of unaccent may name a dictionary, so the guard must see which.
func TestUnaccent(t *testing.T) {
	v := verdicts(t, guard.Policy{ExtensionSchemas: []string{"ext"}, Extensions: []string{"unaccent"}})
	v.allow(`SELECT unaccent(name), ext.unaccent($1), unaccent('unaccent', name) FROM documents`)
	v.allow(`SELECT unaccent('tenant_acme.mine', name), d.unaccent FROM documents d`)
	v.rule = guard.RuleConstantName
	v.deny(`SELECT unaccent($1, name) FROM documents`)
	v.deny(`SELECT unaccent(16384, name) FROM documents`)
	v.deny(`SELECT ext.unaccent(name, name) FROM documents`)
	v.deny(`SELECT unaccent('unacc' || 'ent', name) FROM documents`)
	v.rule = guard.RuleSchema
	v.deny(`SELECT unaccent('tenant_globex.mine', name) FROM documents`)
	v.rule = guard.RuleType
	v.deny(`SELECT unaccent($1::regdictionary, name) FROM documents`)

	v = verdicts(t, guard.Policy{ExtensionSchemas: []string{"ext"}, AllowFunctions: []string{"unaccent"}})
	v.allow(`SELECT unaccent($1, name) FROM documents`) // the operator's word
}

// An extension's name for a function can be the tenant's as well, and the operator may know better.
func TestExtensionFunctionsOfOthers(t *testing.T) {
	v := verdicts(t, guard.Policy{TenantFunctions: []string{"sort", "connectby"}, AllowFunctions: []string{"crosstab"}})
	v.allow(`SELECT sort($1), connectby($1), tenant_acme.page_header($1), tenant_acme.dblink('x'), d.crosstab FROM d`)
	v.allow(`SELECT * FROM crosstab($1) AS t(a text)`)
	v.rule = guard.RuleFunction
	v.deny(`SELECT page_header($1)`)
	v.deny(`SELECT pg_catalog.crosstab($1)`)
	v.rule = guard.RuleUnknownFunction
	v.deny(`SELECT uniq($1)`)
}

func TestExtensionDenials(t *testing.T) {
	g := mustNew(t, guard.Policy{ExtensionSchemas: []string{"ext"}, Extensions: []string{"pg_trgm"}})
	const own = "; if it is the tenant's own, write the tenant's schema in front of it or add it to Policy.TenantFunctions"
	for sql, want := range map[string][2]string{ // the reason and the hint
		`SELECT * FROM crosstab('x') AS t(a text)`: {
			"a function of extension tablefunc has this name: it builds and runs a query that the guard cannot see",
			"write that query itself" + own},
		`SELECT dblink('x')`: {"a function of extension dblink has this name: it works with another server, or sends it " +
			"text that the guard cannot see", "do it in your program" + own},
		`SELECT ext.set_limit(1)`: {"a function of extension pg_trgm has this name: it reads or changes the state of the " +
			"connection, which tenants share", "keep the value in your program, and pass it as an argument" + own},
		`SELECT word_similarity_op('a', 'b')`: {
			"a function of extension pg_trgm has this name: it is what an operator or a cast calls",
			"use that in its place" + own},
		`SELECT moddatetime()`: {"a function of extension moddatetime has this name: it is a trigger's",
			"name it in a CREATE TRIGGER of the tenant's DDL" + own},
		`SELECT levenshtein('a', 'b')`: {"a function of extension fuzzystrmatch has this name, and the policy does not " +
			"list that", `add "fuzzystrmatch" to Policy.Extensions` + own},
		`SELECT of_nobody('a')`: {"the guard does not know this function", "if the tenant's DDL creates it, write the " +
			"tenant's schema in front of it or add it to Policy.TenantFunctions; if an extension does, see " +
			"Policy.Extensions and Policy.AllowFunctions"},
	} {
		var d *guard.Denial
		if err := g.Check("tenant_acme", sql); !errors.As(err, &d) {
			t.Errorf("%s: got %v, want a denial", sql, err)
		} else if diff := cmp.Diff(want, [2]string{d.Reason, d.Hint}); diff != "" {
			t.Errorf("%s: %s", sql, diff)
		}
	}
}

// What is wrong with an entry says what to write instead.
func TestExtensionErrors(t *testing.T) {
	for name, want := range map[string]string{
		"pg_cron":    `"pg_cron" is no extension that docex has reviewed (these are: citext, cube, earthdistance, `,
		"postgis":    "name its functions in AllowFunctions",
		"dblink":     `"dblink" has no function that statements may call: it works with another server`,
		"btree_gist": "its types, operators and languages need no entry",
		"tcn":        "has no function that statements may call: its locks, messages",
		"refint":     "its functions are triggers, which need no entry",
	} {
		_, err := guard.New(guard.Policy{Extensions: []string{name}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want …%s…", name, err, want)
		}
		if got := guard.ReviewedVersions(name); got != nil {
			t.Errorf("%s: versions %v, want none", name, got)
		}
	}
	if diff := cmp.Diff([]string{"1.3", "1.4"}, guard.ReviewedVersions("pgcrypto")); diff != "" {
		t.Error(diff)
	}
}
