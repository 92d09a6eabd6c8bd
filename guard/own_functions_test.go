package guard_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/docex/docex/guard"
)

// owning returns a guard that knows functions of tenant_acme's own, and what it was asked about.
func owning(t *testing.T, p guard.Policy, names ...string) (g *guard.Guard, asked *[]string) {
	asked = new([]string)
	return mustNew(t, p).WithFunctions(func(schema, name string) bool {
		*asked = append(*asked, schema+"."+name)
		return schema == "tenant_acme" && strings.Contains(" "+strings.Join(names, " ")+" ", " "+name+" ")
	}), asked
}

// A tenant's own functions are allowed for that tenant alone, the first time and when the verdict is remembered.
func TestWithFunctions(t *testing.T) {
	g, _ := owning(t, guard.Policy{}, "doc_count", "pg_sleep", "lo_import", "to_regclass", "crosstab")
	for _, tt := range []struct {
		sql         string
		acme        bool
		globex      bool
		ownFunction bool
	}{
		{sql: "SELECT doc_count()", acme: true, ownFunction: true},
		{sql: "SELECT doc_count(1), name FROM document WHERE id = 7", acme: true, ownFunction: true},
		{sql: "CALL doc_count()", acme: true, ownFunction: true},
		{sql: "SELECT * FROM doc_count() AS d", acme: true, ownFunction: true},
		{sql: "SELECT crosstab('SELECT 1')", acme: true, ownFunction: true}, // the tenant's, not the extension's
		{sql: "SELECT tenant_acme.doc_count()", acme: true},
		{sql: "SELECT lower('A')", acme: true, globex: true},
		{sql: "SELECT pg_sleep(1)"}, // pg_catalog's comes first
		{sql: "SELECT lo_import('x')"},
		{sql: "SELECT to_regclass('x')"},
		{sql: "SELECT tenant_globex.doc_count()", globex: true},
		{sql: "SELECT ref.doc_count()"},
		{sql: "SELECT pg_catalog.doc_count()"},
		{sql: "SELECT other()"},
		{sql: "SELECT doc_count(), other()"},
		{sql: "SELECT * FROM document TABLESAMPLE doc_count(1)"},
	} {
		for range 3 { // from the second time on from the cache
			acme, err := g.Inspect("tenant_acme", tt.sql)
			if err == nil != tt.acme || acme.Owns != tt.ownFunction {
				t.Errorf("%s: as acme %+v, %v", tt.sql, acme, err)
			}
			if err := g.Check("tenant_globex", tt.sql); err == nil != tt.globex {
				t.Errorf("%s: as globex %v", tt.sql, err)
			}
		}
	}
}

// What one guard has let through, the guard that it was made of does not: they share what they remember.
func TestWithFunctionsLeavesTheGuardAsItIs(t *testing.T) {
	plain := mustNew(t, guard.Policy{})
	g := plain.WithFunctions(func(string, string) bool { return true })
	const sql = "SELECT doc_count()"
	if err := g.Check("tenant_acme", sql); err != nil {
		t.Fatal(err)
	}
	if err := plain.Check("tenant_acme", sql); !errors.Is(err, guard.ErrDenied) {
		t.Errorf("%v, want it refused", err)
	}
}

// Nobody is asked about what the policy, PostgreSQL or the name's schema decides.
func TestWithFunctionsAsksAboutUnknownNamesOnly(t *testing.T) {
	p := guard.Policy{TenantFunctions: []string{"listed"}, ExtensionSchemas: []string{"ext"}}
	g, asked := owning(t, p)
	for _, sql := range []string{"SELECT listed()", "SELECT lower('A')", "SELECT pg_sleep(1)", "SELECT ext.unknown()",
		"SELECT tenant_acme.unknown()", "SELECT a.unknown FROM document AS a", "SELECT tenant_globex.unknown()"} {
		_ = g.Check("tenant_acme", sql)
	}
	if len(*asked) > 0 {
		t.Errorf("asked about %q", *asked)
	}
}

// A refusal names all unknown functions of a statement, each once.
func TestUnknownFunctionsAreNamedTogether(t *testing.T) {
	g := mustNew(t, guard.Policy{})
	err := g.Check("tenant_acme", "SELECT lower(first()), second(1), public.third(), first(2), pg_sleep(1), second()")
	var d *guard.Denial
	if !errors.As(err, &d) || d.Object != "first" || !strings.HasSuffix(d.Reason, ", nor second") {
		t.Errorf("%#v", d)
	}
}

// A refusal stays short however many unknown functions a statement calls, and takes no longer than the parser.
func TestUnknownFunctionsAreNotAllNamed(t *testing.T) {
	var b strings.Builder
	b.WriteString("SELECT f(1)")
	for i := range 80_000 {
		fmt.Fprintf(&b, ",f%d()", i)
	}
	start := time.Now()
	err := mustNew(t, guard.Policy{}).Check("tenant_acme", b.String())
	if took := time.Since(start); took > 5*time.Second { // 11 s when each was compared with all
		t.Errorf("it took %s", took)
	}
	var d *guard.Denial
	if !errors.As(err, &d) || !strings.HasSuffix(d.Reason, ", f7, f8, others") {
		t.Errorf("%v", err)
	}
}

// A constant behind the name of a type is cast to it where no overload of the function fits, so a function of the
// tenant's own does not open a type that is refused.
func TestOwnFunctionsNamedAsTypes(t *testing.T) {
	g, _ := owning(t, guard.Policy{}, "regrole", "_regclass", "_pg_class", "pg_class", "cstring", "citext")
	for sql, allowed := range map[string]bool{
		"SELECT regrole('x')":                           false,
		"SELECT _regclass('{tenant_globex.docbasket}')": false,
		"SELECT _pg_class('{}')":                        false,
		"SELECT cstring('x')":                           false,
		"SELECT pg_class('x')":                          true, // no cast, since a row type is none
		"SELECT regrole('x', 1)":                        true,
		"SELECT tenant_acme.regrole('x')":               true,
		"SELECT citext('x')":                            true,
	} {
		if err := g.Check("tenant_acme", sql); err == nil != allowed {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
