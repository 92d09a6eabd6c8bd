package sqlparse

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/docex/docex/internal/testkit/corpus"
)

// list writes before, n items made by item and joined by sep, and after.
func list(n int, before, sep, after string, item func(i int) string) string {
	var b strings.Builder
	b.WriteString(before)
	for i := range n {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(item(i))
	}
	b.WriteString(after)
	return b.String()
}

func same(s string) func(int) string { return func(int) string { return s } }

// honestStatements are large statements that programs do send.
var honestStatements = map[string]string{
	"65,535 parameters": list(65535/2, "INSERT INTO t (a, b) VALUES ", ",", "", func(i int) string {
		return fmt.Sprintf("($%d,$%d)", 2*i+1, 2*i+2)
	}),
	"65,535 parameters in one row": list(65535, "INSERT INTO t VALUES (", ", ", ")", func(i int) string { return fmt.Sprintf("$%d", i+1) }),
	"10,000 rows of 20 literals":   list(10000, "INSERT INTO t VALUES ", ", ", "", same("("+strings.Repeat("1, ", 10)+strings.Repeat("'a', ", 9)+"-1.5)")),
	"10,000 rows in VALUES":        list(10000, "SELECT * FROM (VALUES ", ", ", ") v (a, b)", func(i int) string { return fmt.Sprintf("(%d, NULL::text, now())", i) }),
	"50,000 elements in a list":    list(50000, "SELECT * FROM t WHERE id IN (", ", ", ")", func(i int) string { return fmt.Sprint(i) }),
	"50,000 strings in an array":   list(50000, "SELECT * FROM t WHERE id = ANY (ARRAY[", ",", "]::text[])", same("'it''s'")),
	"1 MB literal":                 "SELECT '" + strings.Repeat("it''s (((", 1<<20/9) + "'",
	"1 MB dollar quotes":           "SELECT $x$" + strings.Repeat("+1--/*'", 1<<20/7) + "$x$",
	"1 MB E literal":               `SELECT E'` + strings.Repeat(`\'`, 1<<19) + "'",
	"1,000 terms of OR":            list(1000, "SELECT 1 FROM t WHERE ", " OR ", "", same("(a = $1 AND b IS NOT NULL)")),
	"1,000 terms of AND":           list(1000, "SELECT 1 FROM t WHERE ", " AND ", "", same("a + 1 BETWEEN 1 AND 2")),
	"1,600 columns":                list(1600, "SELECT ", ", ", " FROM t", func(i int) string { return fmt.Sprintf(`"t"."column_%d" AS "c%d"`, i, i) }),
	"500 WHENs":                    list(500, "SELECT CASE ", " ", " ELSE 0 END", same("WHEN a = 1 AND b LIKE 'x' THEN 'y' || c")),
	"500 WHENs after SET":          list(500, "UPDATE t SET a = CASE id ", " ", " END WHERE id IN (1, 2)", same("WHEN $1 THEN $2::int")),
	"200 UNIONs":                   list(200, "", " UNION ALL ", "", same("SELECT a, b AS c FROM t WHERE id = 1 AND b = 'x'")),
	"100 joins":                    list(100, "SELECT 1 FROM t ", " ", "", same("LEFT OUTER JOIN u AS x ON x.a = t.a AND x.b = t.b")),
	"70 columns joined by ||":      list(70, "SELECT ", " || ", "", same("a || ', '")),
	"200 literals joined by ||":    list(200, "SELECT ", " || ", "", same("'a'")),
	"100 CTEs":                     list(100, "WITH ", ", ", " SELECT 1", func(i int) string { return fmt.Sprintf("c%d AS (SELECT a FROM t WHERE b = 1)", i) }),
	"10 subselects in one another": strings.Repeat("SELECT a FROM (", 10) + "SELECT 1 AS a" + strings.Repeat(") x WHERE a > 0", 10),
	"60 parentheses":               "SELECT 1 WHERE " + strings.Repeat("(", 60) + "a = 1" + strings.Repeat(" AND b = 2)", 60),
	"60 coalesces":                 "SELECT " + strings.Repeat("coalesce(", 60) + "a" + strings.Repeat(")", 60),
	"30 nullifs and casts":         "SELECT " + strings.Repeat("nullif(f(", 15) + "a" + strings.Repeat(")::text, '')", 15),
	"300 columns assigned at once": list(300, "UPDATE t SET (", ", ", ") = (SELECT "+strings.Repeat("a, ", 299)+"a FROM u)", func(i int) string { return fmt.Sprint("c", i) }),
	"1,000 statements":             list(1000, "", ";\n", ";", same("UPDATE t SET a = $1 WHERE b = $2 AND (c, d) = (1, 2)")),
	"header and banners":           strings.Repeat("-- "+strings.Repeat("=", 200)+"\n", 300) + "/" + strings.Repeat("*", 300) + "\n ++--++ \n" + strings.Repeat("*", 300) + "/ SELECT 1",
}

func TestHonestStatementsPass(t *testing.T) {
	for name, sql := range honestStatements {
		if err := CheckLimits(sql, Limits{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := pg.Parse(sql); err != nil {
			t.Errorf("%s is not SQL: %v", name, err)
		}
		checkEstimate(t, sql)
	}
}

// TestCorpusPasses holds the pass against every statement that the guard has to allow.
func TestCorpusPasses(t *testing.T) {
	allowed := 0
	for _, v := range corpus.Load(t, corpusFile) {
		checkEstimate(t, v.SQL)
		compareLexers(t, v.SQL)
		if v.Expect == "allow" {
			allowed++
			if err := CheckLimits(v.SQL, Limits{}); err != nil {
				t.Errorf("%s: %v", v.ID, err)
			}
		}
	}
	if allowed == 0 {
		t.Fatal("the corpus allows nothing")
	}
}

func TestLimitErrors(t *testing.T) {
	for _, c := range []struct {
		sql    string
		limits Limits
		limit  string
		offset int
		most   int
	}{
		{"SELECT 1", Limits{MaxBytes: 7}, "bytes", 7, 7},
		{"SELECT 1, 2", Limits{MaxTokens: 4}, "tokens", 10, 4},
		{"SELECT ((1))", Limits{MaxDepth: 1}, "nesting", 8, 1},
		{"SELECT CASE WHEN (1) THEN 2 END", Limits{MaxDepth: 1}, "nesting", 17, 1},
		{"SELECT 1+1+1+1", Limits{MaxChain: 30}, "chain", 12, 30},
		{"SELECT " + strings.Repeat("--\n", 2001) + "1", Limits{}, "comments", 7 + 2000*3 + 2, 2000},
		{"SELECT 1" + strings.Repeat("+", 33) + "1", Limits{}, "operators", 8 + 32, 32},
		{"SELECT 1" + strings.Repeat("@", 1025) + "1", Limits{}, "operator-run", 8, 1024},
		{"UPDATE t SET (a,b,c)=(SELECT '" + strings.Repeat("x", 3<<20) + "')", Limits{}, "tokens", 29, DefaultMaxTokens},
	} {
		var fault *LimitError
		if err := CheckLimits(c.sql, c.limits); !errors.As(err, &fault) {
			t.Errorf("%.40s: error %v", c.sql, err)
		} else if want := (LimitError{c.limit, c.offset, c.most}); *fault != want {
			t.Errorf("%.40s: %+v, want %+v", c.sql, *fault, want)
		}
	}
}

// TestCopies is about the multiple assignment, whose right side pg_query writes out once for each column: 20 of two columns
// in one another would take 2^20 copies, which ended in an out-of-memory kill.
func TestCopies(t *testing.T) {
	nested := func(n int) string {
		return "SELECT " + strings.Repeat("(WITH a AS (UPDATE a SET (a,b)=", n) + "(SELECT 1)" + strings.Repeat(") SELECT 1)", n)
	}
	if err := CheckLimits(nested(5), Limits{}); err != nil {
		t.Error(err)
	}
	for n := 16; n < 30; n++ {
		if CheckLimits(nested(n), Limits{}) == nil {
			t.Errorf("%d assignments in one another pass", n)
		}
	}
	comparison := "SELECT 1 WHERE " + strings.Repeat("(a, b) = (1, 2) AND ", 1000) + "true"
	if err := CheckLimits(comparison, Limits{}); err != nil {
		t.Errorf("comparisons of rows: %v", err)
	}
}

func TestValidateLimits(t *testing.T) {
	if err := (Limits{}).Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	if size := threadStackSize(); size < 16<<10 {
		t.Errorf("threads have %d bytes of stack", size)
	}
	for _, l := range []Limits{{MaxBytes: -1}, {MaxTokens: -1}, {MaxDepth: -1}, {MaxChain: -1}, {MaxBytes: 1 << 40}, {MaxChain: 100_000}} {
		if l.Validate() == nil {
			t.Errorf("%+v is valid", l)
		}
	}
	if err := checkStack(DefaultMaxChain, smallestStack<<10); err != nil && stackPerLevel == 200 {
		t.Errorf("the default does not fit musl's stack: %v", err)
	}
	if checkStack(DefaultMaxChain+100, smallestStack<<10) == nil {
		t.Error("a longer chain fits musl's stack")
	}
}

func TestCheckLimitsAllocatesNothing(t *testing.T) {
	sql := "SELECT a, b FROM t WHERE id = $1 AND name LIKE 'x%' AND (c IS NULL OR d IN (1, 2, 3)) ORDER BY 1"
	if n := testing.AllocsPerRun(100, func() { _ = CheckLimits(sql, Limits{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
