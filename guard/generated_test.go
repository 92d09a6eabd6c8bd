package guard_test

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/sqlgen"
)

// foreign is what must not stand in each kind of place of a generated statement.
var foreign = map[sqlgen.Kind][]string{
	sqlgen.Expr: {
		"(SELECT name FROM tenant_globex.documents LIMIT 1)", "EXISTS (SELECT FROM pg_class)",
		"ARRAY(SELECT 1 FROM docex_system.tenants)",
		"tenant_globex.get_secret()", "public.dblink('x')", "dblink('x')", "crosstab('x')", "set_limit(1)",
		"pg_catalog.pg_read_file('x')",
		"pg_read_file('x')", "no_such_function(1)",
		"query_to_xml('SELECT 1', true, true, '')", "set_config('search_path', 'tenant_globex', false)",
		"current_setting('search_path')",
		"pg_advisory_lock(1)", "lo_get(424200)", "pg_sleep(1)", "pg_relation_size('16384')", "pg_relation_size($1)",
		"has_table_privilege('documents', 'select')",
		"nextval('tenant_globex.doc_number_seq')", "setval('990001', 1)", "nextval($1)", "currval('doc' || '_seq')",
		"pg_get_serial_sequence('public.t', 'id')",
		"nextval('countries'::name)", "to_tsvector('tenant_globex.tenant_cfg', 'x')", "to_tsquery($1, 'x')",
		"to_regclass('tenant_globex.x')", "current_setting($1)", "to_regclass($1)",
		"CAST('tenant_globex.documents' AS regclass)", "regclass '16384'", "('x'::regproc)", "(ARRAY['x']::regtype[])",
		"('x'::aclitem)", "('x'::oid::regrole)",
		"(NULL::tenant_globex.documents)", "(NULL::tenant_globex.doc_status[])", "(NULL::corpus.tenant_acme.documents)",
		"(NULL::pg_class)", "tenant_globex.address 'x'",
		"(1 OPERATOR(tenant_globex.@+) 2)", "(1 OPERATOR(public.=) ANY (ARRAY[1]))", "(OPERATOR(docex_system.-) 1)",
		"('a' COLLATE tenant_globex.tenant_coll)",
		"tenant_globex.documents.name", "corpus.tenant_acme.documents.name", "('x').regclass", "('x'::text).pg_relation_size",
		"((ARRAY['x'])[1]).nextval",
		"xmlserialize(CONTENT '<a/>' AS tenant_globex.short_name)",
		"xmlelement(NAME a, xmlattributes(tenant_globex.get_secret() AS b))",
		"(CASE WHEN true THEN (TABLE pg_authid) END)", "(SELECT count(*) FILTER (WHERE public.f()) FROM documents)",
		"tenant_globex.join_names('x') OVER ()",
		"(WITH RECURSIVE w AS (TABLE pg_shadow) SELECT 1)", "(VALUES (tenant_globex.get_secret()))",
		"(SELECT 1 ORDER BY 1 USING OPERATOR(public.<))",
		"(SELECT a FROM unnest(ARRAY[1]) WITH ORDINALITY AS a(a, b), pg_ls_dir('.'))",
		"(SELECT x FROM json_to_record('{}') AS r(x regclass))",
		"(SELECT c FROM ref.countries AS c FOR SHARE)", "age(xmin)",
	},
	sqlgen.Item: {
		"tenant_globex.documents", "tenant_globex.documents AS z", `"tenant_globex"."documents" z`,
		"ONLY (tenant_globex.documents)", "public.shared_cache AS z",
		"docex_system.tenants", "pg_class", "pg_catalog.pg_class AS z", "information_schema.tables", "tenant_acme.pg_class",
		"pg_temp.documents",
		"corpus.tenant_acme.documents", "(SELECT * FROM tenant_globex.documents) AS z", "LATERAL (TABLE pg_stat_activity) z",
		"tenant_globex.docs_in(1)",
		"pg_ls_dir('.') AS z", "ROWS FROM (generate_series(1, 2), public.dblink('x') AS (a int)) AS z",
		"(documents z JOIN tenant_globex.documents y ON true)",
		"json_to_recordset('[]') AS z(a regclass)", "json_to_record('{}') AS z(a tenant_globex.address)",
		"json_to_record('{}') AS z(a text COLLATE tenant_globex.c)",
		"XMLTABLE('/r' PASSING '<r/>' COLUMNS a regclass PATH 'a') AS z",
		"XMLTABLE('/r' PASSING '<r/>' COLUMNS a text DEFAULT tenant_globex.get_secret()) AS z",
		"tenant_globex.documents TABLESAMPLE system (1)", "documents z TABLESAMPLE public.system_rows (1)",
		"tenant_globex_subsidiary_with_a_name_of_exactly_sixty_three_bytes_and_more.documents",
	},
	sqlgen.Target: {
		"tenant_globex.scratch", `"tenant_globex".scratch`, "ref.countries", "public.shared_cache", "pg_class",
		"pg_catalog.pg_settings", "corpus.tenant_acme.scratch",
		"information_schema.tables", "pg_temp.scratch", "countries",
	},
	sqlgen.Type: {
		"regoperator", "regproc", "pg_catalog.regtype", "tenant_globex.doc_status", "tenant_globex.documents",
		"public.hstore",
		"corpus.tenant_acme.address", "pg_class", "_pg_class", "aclitem", "cstring", "record",
		"information_schema.sql_identifier", `"regrole"`,
	},
	sqlgen.Function: {
		"tenant_globex.get_secret", "public.dblink", "pg_catalog.pg_read_file", "pg_read_file", "query_to_xml",
		"database_to_xml", "set_config", "no_such_function",
		"corpus.tenant_acme.doc_count", "lo_import", "pg_notify", `"pg_sleep"`, "pg_catalog.no_such_function", "regclassin",
	},
	sqlgen.Sampler: {"tenant_globex.tenant_sampler", "public.system_rows", "system_rows",
		"corpus.tenant_acme.tenant_sampler"},
	sqlgen.Operator: {"OPERATOR(tenant_globex.@+)", "OPERATOR(public.=)", "OPERATOR(corpus.tenant_acme.@+)",
		"OPERATOR(docex_system.<)"},
	sqlgen.Collation: {"tenant_globex.tenant_coll", "public.c", "corpus.tenant_acme.c"},
	sqlgen.Class:     {"tenant_globex.name_ops_t", "public.gin_trgm_ops"},
	sqlgen.Sequence: {
		"'tenant_globex.doc_number_seq'", "'990001'", "$1", "lower('X')", "'pg_class'", "'countries'", "990001",
		"'corpus.tenant_acme.doc_number_seq'",
		`'"tenant_globex".doc_number_seq'`, "'doc_number_seq'::name", "NULL", "('doc_number_seq' || '')",
		"E'tenant_globex\\056x'", "U&'tenant\\005fglobex.x'",
	},
	sqlgen.Config: {"'tenant_globex.tenant_cfg'", "$1", "'990001'", "lower('X')", "990001", "E'public\\056x'",
		"'public.cfg'::regconfig"},
}

// TestGenerated holds random statements to the promise: an honest one is allowed, the same with one foreign name or
// call anywhere in it is not, and neither verdict depends on how the statement is written or on what stands around it.
func TestGenerated(t *testing.T) {
	p := corpusPolicy
	p.SharedRelations = []string{"countries", "currencies"}
	p.Limits.MaxChain = sqlgen.MaxChain
	g := mustNew(t, p)
	honest, spoiled, placed := 0, 0, map[sqlgen.Kind]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 2 {
			st := sqlgen.Draw(t)
			honest += variants(t, g, st.SQL, st.Query, "")
			for kind, places := range placesByKind(st) {
				text := rapid.SampledFrom(foreign[kind]).Draw(t, "foreign")
				sql := st.With(rapid.SampledFrom(places).Draw(t, "place"), text)
				placed[kind]++
				spoiled += variants(t, g, sql, st.Query, text)
			}
		}
	})
	for kind := range sqlgen.Kinds {
		if placed[kind] == 0 {
			t.Errorf("no statement had anything foreign in a place of kind %d", kind)
		}
	}
	t.Logf("%d honest statements, %d with something foreign", honest, spoiled)
}

// placesByKind yields the kinds in order, since a random test must do the same again with the same numbers.
func placesByKind(st *sqlgen.Statement) iter.Seq2[sqlgen.Kind, []sqlgen.Place] {
	byKind := map[sqlgen.Kind][]sqlgen.Place{}
	for _, p := range st.Places {
		byKind[p.Kind] = append(byKind[p.Kind], p)
	}
	return func(yield func(sqlgen.Kind, []sqlgen.Place) bool) {
		for _, kind := range slices.Sorted(maps.Keys(byKind)) {
			if !yield(kind, byKind[kind]) {
				return
			}
		}
	}
}

// mustGet fails the test unless a statement gets its verdict: refused for what is foreign in it, and not for its
// syntax, or allowed where nothing is.
func mustGet(t *rapid.T, g *guard.Guard, sql, foreign string) {
	t.Helper()
	err := g.Check("tenant_acme", sql)
	if err == nil { // perhaps from the cache
		_, err = g.InspectAnew("tenant_acme", sql)
		if err != nil {
			t.Fatalf("allowed from the cache; anew: %v\n%s", err, sql)
		}
	}
	var d *guard.Denial
	switch {
	case foreign == "" && err != nil:
		t.Fatalf("refused: %v\n%s", err, sql)
	case foreign == "":
	case err == nil:
		t.Fatalf("allowed with %s in it:\n%s", foreign, sql)
	case errors.As(err, &d) && (d.Rule == guard.RuleSyntax || d.Rule == guard.RuleLimit || d.Rule == guard.RuleInternal):
		t.Fatalf("refused for the wrong reason, with %s in it: %v\n%s", foreign, err, sql)
	}
}

// variants holds the same statement in other spellings and inside other statements to the same verdict, and returns how
// many there were.
func variants(t *rapid.T, g *guard.Guard, sql string, query bool, foreign string) int {
	all := []string{sql, respell(t, sql), "EXPLAIN " + sql, "EXPLAIN (VERBOSE, COSTS OFF) " + respell(t, sql),
		fmt.Sprintf("WITH outermost AS (%s) SELECT 1", sql)}
	if query {
		for _, around := range rapid.SliceOfN(rapid.SampledFrom(surroundings), 2, 2).Draw(t, "around") {
			all = append(all, strings.ReplaceAll(around, "%", sql), respell(t, strings.ReplaceAll(around, "%", sql)))
		}
	}
	for _, variant := range all {
		mustGet(t, g, variant, foreign)
	}
	return len(all)
}

// surroundings hold a query at %.
var surroundings = []string{
	"SELECT * FROM (%) AS wrapped", "SELECT (%)", "SELECT EXISTS (%)", "SELECT 1 WHERE (1, 'x') IN (%)",
	"(%) UNION ALL SELECT 1, 'x'", "SELECT 1, 'x' EXCEPT (%)",
	"INSERT INTO scratch %", "INSERT INTO scratch (%)", "UPDATE scratch SET (k, v) = (%)",
	"UPDATE scratch SET v = 'x' FROM (%) AS q WHERE k = q.n",
	"DELETE FROM scratch USING (%) AS q", "MERGE INTO scratch USING (%) AS q ON k = q.n WHEN MATCHED THEN DELETE",
	"DECLARE c CURSOR FOR %",
	"WITH a AS (SELECT 1), b AS MATERIALIZED (%) SELECT * FROM b",
	"WITH RECURSIVE r(n, s) AS ((%) UNION ALL SELECT n, s FROM r) SELECT * FROM r",
	"SELECT ARRAY(SELECT q.n FROM (%) AS q)", "SELECT d.id FROM documents d CROSS JOIN LATERAL (%) AS q",
	"SELECT 1 ORDER BY (SELECT n FROM (%) AS q)",
	"INSERT INTO counters VALUES ('x', 1) ON CONFLICT (name) DO UPDATE SET n = (SELECT n FROM (%) AS q)",
	"CALL add_note((SELECT s FROM (%) AS q))",
	"DELETE FROM scratch RETURNING (SELECT n FROM (%) AS q)", "SELECT 1 LIMIT (SELECT n FROM (%) AS q)",
	"SELECT CASE WHEN EXISTS (%) THEN 1 END",
}
