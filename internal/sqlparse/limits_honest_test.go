package sqlparse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/internal/testkit/corpus"
	pg "github.com/pganalyze/pg_query_go/v5"
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
	"65,535 parameters in one row": list(65535, "INSERT INTO t VALUES (", ", ", ")", func(i int) string {
		return fmt.Sprintf("$%d", i+1)
	}),
	"10,000 rows of 20 literals": list(10000, "INSERT INTO t VALUES ", ", ", "",
		same("("+strings.Repeat("1, ", 10)+strings.Repeat("'a', ", 9)+"-1.5)")),
	"10,000 rows in VALUES": list(10000, "SELECT * FROM (VALUES ", ", ", ") v (a, b)", func(i int) string {
		return fmt.Sprintf("(%d, NULL::text, now())", i)
	}),
	"50,000 elements in a list": list(50000, "SELECT * FROM t WHERE id IN (", ", ", ")", func(i int) string {
		return fmt.Sprint(i)
	}),
	"50,000 strings in an array": list(50000, "SELECT * FROM t WHERE id = ANY (ARRAY[", ",", "]::text[])",
		same("'it''s'")),
	"1 MB literal":       "SELECT '" + strings.Repeat("it''s (((", 1<<20/9) + "'",
	"1 MB dollar quotes": "SELECT $x$" + strings.Repeat("+1--/*'", 1<<20/7) + "$x$",
	"1 MB E literal":     `SELECT E'` + strings.Repeat(`\'`, 1<<19) + "'",
	"1,000 terms of OR":  list(1000, "SELECT 1 FROM t WHERE ", " OR ", "", same("(a = $1 AND b IS NOT NULL)")),
	"1,000 terms of AND": list(1000, "SELECT 1 FROM t WHERE ", " AND ", "", same("a + 1 BETWEEN 1 AND 2")),
	"1,600 columns": list(1600, "SELECT ", ", ", " FROM t", func(i int) string {
		return fmt.Sprintf(`"t"."column_%d" AS "c%d"`, i, i)
	}),
	"500 WHENs": list(500, "SELECT CASE ", " ", " ELSE 0 END", same("WHEN a = 1 AND b LIKE 'x' THEN 'y' || c")),
	"500 WHENs after SET": list(500, "UPDATE t SET a = CASE id ", " ", " END WHERE id IN (1, 2)",
		same("WHEN $1 THEN $2::int")),
	"200 UNIONs": list(200, "", " UNION ALL ", "",
		same("SELECT a, b AS c FROM t WHERE id = 1 AND b = 'x'")),
	"100 joins": list(100, "SELECT 1 FROM t ", " ", "",
		same("LEFT OUTER JOIN u AS x ON x.a = t.a AND x.b = t.b")),
	"70 columns joined by ||":   list(70, "SELECT ", " || ", "", same("a || ', '")),
	"200 literals joined by ||": list(200, "SELECT ", " || ", "", same("'a'")),
	"100 CTEs": list(100, "WITH ", ", ", " SELECT 1", func(i int) string {
		return fmt.Sprintf("c%d AS (SELECT a FROM t WHERE b = 1)", i)
	}),
	"10 subselects in one another": strings.Repeat("SELECT a FROM (", 10) + "SELECT 1 AS a" +
		strings.Repeat(") x WHERE a > 0", 10),
	"60 parentheses":       "SELECT 1 WHERE " + strings.Repeat("(", 60) + "a = 1" + strings.Repeat(" AND b = 2)", 60),
	"60 coalesces":         "SELECT " + strings.Repeat("coalesce(", 60) + "a" + strings.Repeat(")", 60),
	"30 nullifs and casts": "SELECT " + strings.Repeat("nullif(f(", 15) + "a" + strings.Repeat(")::text, '')", 15),
	"300 columns assigned at once": list(300, "UPDATE t SET (", ", ", ") = (SELECT "+strings.Repeat("a, ", 299)+
		"a FROM u)",
		func(i int) string { return fmt.Sprint("c", i) }),
	"1,000 statements": list(1000, "", ";\n", ";", same("UPDATE t SET a = $1 WHERE b = $2 AND (c, d) = (1, 2)")),
	"header and banners": strings.Repeat("-- "+strings.Repeat("=", 200)+"\n", 300) +
		"/" + strings.Repeat("*", 300) + "\n ++--++ \n" + strings.Repeat("*", 300) + "/ SELECT 1",
}

// TestHonestStatementsPass: they keep the limits, they are SQL, and the estimates hold for their trees.
func TestHonestStatementsPass(t *testing.T) {
	t.Parallel()
	for name, sql := range honestStatements {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := text.CheckLimits(sql, text.Limits{}); err != nil {
				t.Fatal(err)
			}
			if !checkEstimate(t, sql) {
				_, err := pg.Parse(sql)
				t.Errorf("it is not SQL: %v", err)
			}
		})
	}
}

// TestCorpusKeepsEstimates holds the estimates and the lexer against the trees and the tokens of the corpus.
func TestCorpusKeepsEstimates(t *testing.T) {
	parsed := 0
	for _, v := range corpus.Load(t, corpusFile) {
		if checkEstimate(t, v.SQL) {
			parsed++
		}
		compareLexers(t, v.SQL)
	}
	if parsed < 1000 {
		t.Errorf("only %d statements parsed", parsed)
	}
}
