package guard_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/guard"
)

// explain returns the message for people about a refused text.
func explain(t testing.TB, sql string) string {
	t.Helper()
	var d *guard.Denial
	if err := mustNew(t, guard.Policy{}).Check("tenant_acme", sql); !errors.As(err, &d) {
		t.Fatalf("%q is not refused: %v", sql, err)
	}
	return d.Explain(sql)
}

func TestExplain(t *testing.T) {
	got := explain(t, "SELECT name\n  FROM tenant_globex.document\n WHERE owner = 'u-17'")
	want := `docex: guard: foreign-schema: tenant_globex.document at line 2 column 8

    FROM tenant_globex.document
         ^

reason: it is outside the tenant's schema
instead: leave the schema out to mean the tenant's own; Policy.SharedSchemas and Policy.ExtensionSchemas open others`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

// excerptOf returns the two lines of a message that show the statement, or "".
func excerptOf(message string) string {
	_, rest, _ := strings.Cut(message, "\n\n    ")
	lines, _, shown := strings.Cut(rest, "\n\nreason: ")
	if !shown {
		return ""
	}
	return strings.ReplaceAll(lines, "\n    ", "\n")
}

// TestExcerpt holds what is shown of a statement. The carets are where a terminal needs them: 東 takes two columns, an
// accent none.
func TestExcerpt(t *testing.T) {
	for sql, want := range map[string]string{
		// The place, in texts of several lines.
		"SELECT 1\r\n\tFROM a.b\r\n\tWHERE x":        "FROM a.b\n     ^",
		"SELECT\t'é',\t* FROM\ta.b -- ü":             "SELECT '…', * FROM a.b --…\n                   ^",
		"SELECT 'two\nlines' FROM a.b":               "'…' FROM a.b\n         ^",
		"SELECT \"two\n lines\" FROM a.b WHERE '\n'": "lines\" FROM a.b WHERE '…'\n            ^",
		"\n\n  SET search_path = x":                  "SET search_path = x\n^",
		"SELECT 1 FROM ":                             "SELECT … FROM\n              ^",
		// Characters.
		`SELECT "東京" FROM a.b`:         "SELECT \"東京\" FROM a.b\n                   ^",
		"SELECT \"e\u0301\" FROM a.b":  "SELECT \"e\u0301\" FROM a.b\n                ^",
		"SELECT é, ｶ, Ж FROM a.b":      "SELECT é, ｶ, Ж FROM a.b\n                    ^",
		"SELECT \"\x1b[2J\" FROM a.b":  "SELECT \"<U+001B>[2J\" FROM a.b\n                          ^",
		"SELECT \"a\u202eb\" FROM a.b": "SELECT \"a<U+202E>b\" FROM a.b\n                         ^",
		"SELECT \"\u05d0😀\" FROM a.b":  "SELECT \"<U+05D0><U+1F600>\" FROM a.b\n                                ^",
		"SELECT\u00a0* FROM document":  "SELECT<U+00A0>* FROM document\n^",
		"SELECT 1 \x00, 's3cret'":      "SELECT … <U+0000>, '…'\n         ^",
		"SELECT a\xff FROM a.b":        "SELECT a<0xFF> FROM a.b\n        ^",
		"SELECT 's3cret\xff', s3cret":  "SELECT '…', …\n       ^",
		// What is masked.
		`SELECT 's3cret', E'\'s3cret', $$s3cret$$, 53, $1 FROM a.b /* s3cret */ WHERE x = 's3cret'`: "SELECT '…', " +
			"'…', '…', …, $1 FROM a.b /*…*/ WHERE x = '…'\n" +
			"                                 ^",
		`/*+ Set(search_path s3cret) */ SELECT 's3cret'`: "/*…*/ SELECT '…'\n^",
		// In what does not parse, quotes may be out of step.
		`SELCT name FROM t WHERE x = 's3cret' AND s3cret`: "SELCT name FROM t WHERE x = '…' … …\n^",
		`SELECT 'it's s3cret FROM t' FROM t`:              "SELECT '…'… … … …'…'\n            ^",
	} {
		got := excerptOf(explain(t, sql))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", sql, diff)
		}
	}
}

// TestExcerptCut: of a long line, what is around the column is shown.
func TestExcerptCut(t *testing.T) {
	long := strings.Repeat("column_ü, ", 5_000)
	for _, c := range []struct {
		name, sql   string
		left, right bool // where it is cut
	}{
		{"both", "SELECT " + long + "x FROM a.b WHERE (" + long + "x) IS NULL", true, true},
		{"left", "SELECT " + long + "x FROM a.b", true, false},
		{"right", "SELECT x FROM a.b, " + long + "c", false, true},
		{"marks", `SELECT "` + strings.Repeat("\u0301", 20) + `", "` + strings.Repeat("e\u0301", 20) + `" FROM a.b`, true,
			false},
		{"constants", "SELECT '" + strings.Repeat("x", 1<<20) + "' FROM a.b WHERE x = '" + strings.Repeat("y", 1<<20) + "'",
			false, false},
	} {
		code, caret, _ := strings.Cut(excerptOf(explain(t, c.sql)), "\n")
		if strings.HasPrefix(code, "…") != c.left || strings.HasSuffix(code, "…") != c.right {
			t.Errorf("%s: want it cut on the left: %v, on the right: %v: %s", c.name, c.left, c.right, code)
		}
		if n := utf8.RuneCountInString(code); n > cellsShown {
			t.Errorf("%s: %d characters: %s", c.name, n, code)
		}
		before, _, _ := strings.Cut(strings.ReplaceAll(code, "\u0301", ""), "a.b")
		if caret != strings.Repeat(" ", utf8.RuneCountInString(before))+"^" {
			t.Errorf("%s: the caret is misplaced:\n%s\n%s", c.name, code, caret)
		}
	}
}

// cellsShown is the most of a line that a message shows: what stands before and behind the column, the last character
// of each, and two ….
const cellsShown = 50 + 60 + 2*8 + 2

// TestExplainOtherText: a message about another text is one without a line.
func TestExplainOtherText(t *testing.T) {
	var d *guard.Denial
	const sql = "SELECT 1,\n x FROM a.b"
	if err := mustNew(t, guard.Policy{}).Check("tenant_acme", sql); !errors.As(err, &d) {
		t.Fatal(err)
	}
	for _, other := range []string{"", "SELECT 1", "SELECT\n\n\n x FROM a.b, c, d", strings.Repeat("\xff", 100)} {
		if got := d.Explain(other); excerptOf(got) != "" || !strings.Contains(got, "\nreason: ") {
			t.Errorf("%q: %s", other, got)
		}
	}
	for _, broken := range []*guard.Denial{{}, {Line: 1, Column: 1, Offset: -1}, {Line: 3, Column: 1, Offset: 1 << 40}} {
		if got := broken.Explain(sql); excerptOf(got) != "" {
			t.Errorf("%+v: %s", broken, got)
		}
	}
	if err := mustNew(t, guard.Policy{}).Check("", sql); !errors.As(err, &d) || excerptOf(d.Explain(sql)) != "" {
		t.Errorf("refused for the schema: %v", err)
	}
}

// TestExplainCorpus holds the message of every denial of the corpus to its contract.
func TestExplainCorpus(t *testing.T) {
	g := mustNew(t, corpusPolicy)
	for _, v := range loadCorpus(t) {
		var d *guard.Denial
		if errors.As(g.Check("tenant_acme", v.SQL), &d) {
			checkExplanation(t, d, v.SQL)
		}
	}
}

// checkExplanation: bounded, printable, a caret below the line, and no constant in it.
func checkExplanation(t *testing.T, d *guard.Denial, sql string) {
	t.Helper()
	got := d.Explain(sql)
	excerpt := excerptOf(got)
	code, caret, _ := strings.Cut(excerpt, "\n")
	switch {
	case len(got) > 1500 || strings.Count(got, "\n") > 7 || utf8.RuneCountInString(code) > cellsShown:
		t.Errorf("%q: not bounded: %s", sql, got)
	case excerpt != "" && strings.Trim(caret, " ") != "^":
		t.Errorf("%q: no caret: %s", sql, got)
	case !utf8.ValidString(got) || strings.ContainsFunc(got,
		func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }):
		t.Errorf("%q: not printable: %q", sql, got)
	case strings.Contains(strings.ReplaceAll(code, "'…'", ""), "'") && !strings.Contains(sql, `"`):
		t.Errorf("%q: a constant is shown: %s", sql, got)
	}
}

func FuzzExplain(f *testing.F) {
	for _, v := range loadCorpus(f) {
		f.Add(v.SQL)
	}
	g := mustNew(f, corpusPolicy)
	f.Fuzz(func(t *testing.T, sql string) {
		var d *guard.Denial
		if errors.As(g.Check("tenant_acme", sql), &d) {
			checkExplanation(t, d, sql)
		}
	})
}
