package sqlfile

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/internal/testkit/corpus"
)

const tenant = "tenant_acme"

func mustChecker(t testing.TB, p guard.Policy) *Checker {
	t.Helper()
	c, err := NewChecker(p, tenant)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func check(t *testing.T, c *Checker, sql string) ([]Finding, int) {
	t.Helper()
	found, statements, err := c.Check(context.Background(), sql)
	if err != nil {
		t.Fatal(err)
	}
	return found, statements
}

// places lists findings as line:column: rule.
func places(found []Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, fmt.Sprintf("%d:%d: %s", f.Line, f.Column, f.Rule))
	}
	return out
}

func TestPlaces(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"lines": {"SELECT 1;\n\n  SELECT *\n  FROM pg_class;\nSELECT 2; TRUNCATE a;",
			[]string{"4:8: system-catalog", "5:11: statement-kind"}},
		"crlf": {"SELECT 1;\r\nTRUNCATE a;\r\n TRUNCATE b",
			[]string{"2:1: statement-kind", "3:2: statement-kind"}},
		"characters": {"SELECT 'größe'; SELECT '日本', 1 FROM x.y;\tTRUNCATE a",
			[]string{"1:37: foreign-schema", "1:42: statement-kind"}},
		"byte order mark":  {"\ufeffTRUNCATE a;\n\ufeffTRUNCATE b", []string{"1:1: statement-kind", "2:1: syntax"}},
		"behind a comment": {"-- name: A :exec\n/* x */ TRUNCATE a", []string{"2:9: statement-kind"}},
		"behind arguments": {"SELECT :abc, @def, x FROM a.b WHERE c = :c", []string{"1:27: foreign-schema"}},
		"an argument's":    {"SELECT nextval(@name)", []string{"1:8: constant-name"}},
		"the end":          {"SELECT (1", []string{"1:10: syntax"}},
		"templates": {"SELECT 1 FROM x WHERE %s ORDER BY 1; SELECT 1 FROM x ORDER BY %order%; SELECT 1 FROM {{.Table}}",
			[]string{"1:23: unchecked", "1:63: unchecked", "1:86: unchecked"}},
		"no templates": {"SELECT '%s' AND AND; SELECT 7 % s; SELECT 1 -- %s\n AND AND; SELECT AND AND %s",
			[]string{"1:17: syntax", "2:6: syntax", "2:18: syntax"}},
		"two in one": {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS case; END; DELETE FROM x.y",
			[]string{"1:69: unchecked"}},
		"not UTF-8":       {"SELECT 1;\nSELECT 'caf\xe9'; TRUNCATE a", []string{"2:12: encoding"}},
		"binary":          {"\x7fELF\x00\xff", []string{"1:5: encoding"}},
		"a limit":         {"SELECT 1;\nSELECT " + strings.Repeat("(", 300) + ";TRUNCATE a", []string{"2:208: limit"}},
		"an operator run": {"SELECT 1;\nSELECT " + strings.Repeat("+-", 100) + "1; TRUNCATE a", []string{"2:40: limit"}},
	} {
		t.Run(name, func(t *testing.T) {
			found, _ := check(t, mustChecker(t, guard.Policy{}), test.text)
			if diff := cmp.Diff(test.want, places(found)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestConstantsOfPsql: a constant whose value is not known is an argument to the guard. Where the grammar wants a
// constant the statement is refused for what it is, and never allowed.
func TestConstantsOfPsql(t *testing.T) {
	c := mustChecker(t, guard.Policy{AllowSettings: []string{"work_mem"}})
	found, _ := check(t, c, `
COPY document FROM :'file';
CREATE ROLE x PASSWORD :'password';
SELECT nextval(:'sequence');
EXPLAIN (FORMAT :'format') SELECT 1;
SET work_mem = :'memory';
SELECT :'name';
`)
	want := []string{"2:1: statement-kind", "3:1: statement-kind", "4:8: constant-name", "5:17: syntax",
		"6:1: unsupported-syntax"}
	if diff := cmp.Diff(want, places(found)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEndsAgreeWithTheGrammar: statements of DDL, with rules and bodies among them, begin where the parser has them
// begin.
func TestEndsAgreeWithTheGrammar(t *testing.T) {
	ddl, err := os.ReadFile("../../../../testdata/ddl/allowed.sql")
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{string(ddl)}
	for _, v := range corpus.Load(t, corpusFile) {
		texts = append(texts, v.SQL, v.SQL+"\n;"+v.SQL)
	}
	for _, sql := range texts {
		facts, err := sqlparse.Parse(sql, text.Limits{})
		if err != nil {
			continue
		}
		var want, got []int
		for _, st := range facts.Statements {
			s := text.NewScanner(sql)
			s.Seek(st.Offset)
			want = append(want, s.Next().Start)
		}
		for _, st := range Read(sql) {
			s := text.NewScanner(sql)
			s.Seek(st.Offset)
			got = append(got, s.Next().Start)
		}
		if !slices.Equal(want, got) {
			t.Errorf("%.1000q\nbegin at %v, want %v", sql, got, want)
		}
	}
}

// TestPolicyDoesNotJoin: statements are checked one by one also where the policy allows several in a text, since an
// ignored denial of the first would hide the others.
func TestPolicyDoesNotJoin(t *testing.T) {
	c := mustChecker(t, guard.Policy{MultiStatement: true})
	found, n := check(t, c, "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS case; END; DELETE FROM x.y")
	if want := []string{"1:69: unchecked"}; n != 1 || !cmp.Equal(want, places(found)) {
		t.Errorf("%d statements, %v", n, found)
	}
}

func TestCheckerNeedsATenant(t *testing.T) {
	for _, schema := range []string{"", "pg_catalog", "ref"} {
		if _, err := NewChecker(guard.Policy{SharedSchemas: []string{"ref"}}, schema); err == nil {
			t.Errorf("%q may be a tenant's schema", schema)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := mustChecker(t, guard.Policy{}).Check(ctx, "SELECT 1"); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

const corpusFile = "../../../../testdata/guard/corpus.jsonl"

// corpusPolicy is the corpus's own, as in package guard's tests.
var corpusPolicy = guard.Policy{
	SharedSchemas:   []string{"ref"},
	TenantFunctions: corpus.TenantFunctions,
}

// TestCorpus: each statement of the corpus gets its verdict in a file amid others, and leaves them theirs.
func TestCorpus(t *testing.T) {
	const before, behind = "BEGIN;\nSELECT name FROM documents WHERE id = $1;\n",
		"\n;\nSELECT count(*) FROM documents;\nCOMMIT;\n"
	c := mustChecker(t, corpusPolicy)
	denied := 0
	for _, v := range corpus.Load(t, corpusFile) {
		found, _ := check(t, c, before+v.SQL+behind)
		switch {
		case (len(found) == 0) == (v.Expect == "allow"):
		case inScript[v.ID] != "":
		default:
			t.Errorf("%s: want %s: %v\n%s", v.ID, v.Expect, found, v.SQL)
		}
		if len(found) > 0 {
			denied++
		}
	}
	t.Logf("%d refused", denied)
}

// inScript are the statements of the corpus that get another verdict in a script, and why.
var inScript = map[string]string{
	"deny-policy-strict-038": "SELECT 1; SELECT 2 are two statements there",
}

// TestCorpusAsOneFile: all that is allowed is allowed in one file, too, and all that is refused is found in one.
func TestCorpusAsOneFile(t *testing.T) {
	c := mustChecker(t, corpusPolicy)
	var allowed, refused strings.Builder
	ends := map[string]int{}
	var ids []string
	for _, v := range corpus.Load(t, corpusFile) {
		if v.Expect == "allow" {
			fmt.Fprintf(&allowed, "%s\n;\n", v.SQL)
			continue
		}
		found, _ := check(t, c, v.SQL)
		if inScript[v.ID] != "" || len(found) > 0 && takesAlong[found[0].Rule] {
			continue
		}
		fmt.Fprintf(&refused, "%s\n;\n", v.SQL)
		ids, ends[v.ID] = append(ids, v.ID), refused.Len()
	}
	if found, n := check(t, c, allowed.String()); len(found) > 0 || n < 200 {
		t.Errorf("of %d allowed statements: %v", n, found)
	}
	found, _ := check(t, c, refused.String())
	for _, id := range ids {
		if len(found) == 0 || found[0].Offset >= ends[id] {
			t.Errorf("%s is not found", id)
		}
		for len(found) > 0 && found[0].Offset < ends[id] {
			found = found[1:]
		}
	}
	if len(ids) < 700 || len(found) > 0 {
		t.Errorf("%d statements, more found: %v", len(ids), found)
	}
}

// takesAlong are the rules about statements that may not end where they should.
var takesAlong = map[string]bool{"syntax": true, "encoding": true, "limit": true, RuleUnchecked: true}
