package guard

import (
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse"
)

// TestFunctionsFile holds functions.tsv to its own description.
func TestFunctionsFile(t *testing.T) {
	seen := map[string]bool{}
	for line := range dataLines(functionsTSV) {
		f := strings.Split(line, "\t")
		if len(f) != 6 {
			t.Fatalf("line has %d columns: %q", len(f), line)
		}
		class, known := classes[f[1]]
		_, worded := reasons[f[2]]
		switch {
		case seen[f[0]]:
			t.Errorf("%s comes twice", f[0])
		case !known:
			t.Errorf("%s: unknown class %q", f[0], f[1])
		case (class == refused) != worded:
			t.Errorf("%s: class %q with reason %q", f[0], f[1], f[2])
		case f[3] != "dot" && f[3] != "-":
			t.Errorf("%s: dot is %q", f[0], f[3])
		case f[2] == "catalog-info" && strings.HasSuffix(f[0], "in") && f[3] != "dot": // (x.textout).name
			t.Errorf("%s: an input function that looks names up, not refused behind a dot", f[0])
		case class == safe && f[3] == "dot":
			t.Errorf("%s: safe, yet refused behind a dot", f[0])
		}
		seen[f[0]] = true
	}
	if len(seen) < 2700 {
		t.Errorf("only %d functions", len(seen))
	}
}

// TestFunctionClasses pins the classes that everything else depends on: a regenerated file must not open them.
func TestFunctionClasses(t *testing.T) {
	for name, want := range map[string]class{
		"set_config": refused, "query_to_xml": refused, "ts_stat": refused, "current_setting": setting, "pg_typeof": typeOf,
		"pg_sleep": refused, "lo_get": refused, "pg_notify": refused, "pg_advisory_lock": refused,
		"has_table_privilege": refused,
		"pg_read_file":        refused, "pg_terminate_backend": refused, "to_regclass": lookup, "regclassin": refused,
		"setseed": refused, "lastval": refused, "pg_relation_size": relation, "makeaclitem": refused,
		"pg_database_size": refused, "to_regtype": refused, "to_regnamespace": refused,
		"nextval": sequence, "currval": sequence, "setval": sequence, "pg_get_serial_sequence": sequence,
		"to_tsvector": textSearch, "ts_headline": textSearch, "ts_lexize": textSearch, "ts_rewrite": arity,
		"lower": safe, "count": safe, "now": safe, "name": safe, "jsonb_build_object": safe, "generate_series": safe,
	} {
		if got, ok := builtins()[name]; !ok || got.class != want {
			t.Errorf("%s: class %v (known %v), want %v", name, got.class, ok, want)
		}
	}
}

func TestTypesFile(t *testing.T) {
	for name, want := range map[string]typeClassOf{
		"int4": typeSafe, "_int4": typeSafe, "text": typeSafe, "regclass": typeCatalog, "_regclass": typeCatalog,
		"aclitem": typeCatalog, "cstring": typeInternal, "record": typeInternal, "_record": typeInternal,
		"pg_class": typeRow, "_pg_class": typeRow, "pg_shadow": typeRow, "pg_of_the_future": typeInternal,
		"doc_status": typeUnknown, "_doc_status": typeUnknown,
	} {
		if got := typeClass(name); got != want {
			t.Errorf("%s: class %v, want %v", name, got, want)
		}
	}
}

// TestRuleNames makes sure that each rule prints as a name of its own.
func TestRuleNames(t *testing.T) {
	seen := map[string]bool{}
	for r := RuleNone; int(r) < len(ruleNames); r++ {
		name := r.String()
		if name == "" || name != strings.ToLower(name) || strings.ContainsAny(name, " _") || seen[name] {
			t.Errorf("rule %d: name %q", r, name)
		}
		seen[name] = true
	}
	if RuleType+1 != Rule(len(ruleNames)) || Rule(200).String() != "unknown" {
		t.Error("the names do not end with the last rule")
	}
}

// TestPanicDenies breaks the guard on purpose: a mistake must refuse.
func TestPanicDenies(t *testing.T) {
	saved := rules
	defer func() { rules = saved }()
	rules = []func(*check) *Denial{func(c *check) *Denial { var st *sqlparse.Statement; _ = st.Kind; return nil }}
	g, err := New(Policy{})
	if err != nil {
		t.Fatal(err)
	}
	effects, err := g.Inspect("tenant_acme", "BEGIN")
	d, ok := err.(*Denial)
	if !ok || d.Rule != RuleInternal || effects != (Effects{}) {
		t.Errorf("got (%+v, %v), want a denial by internal", effects, err)
	}
}
