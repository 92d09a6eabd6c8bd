package text

import (
	"regexp"
	"strings"
	"testing"
)

// interpolations are templates and what is to be taken for them with constants in it.
var interpolations = []struct {
	template, text string
	want           bool
}{
	{"SELECT 1", "SELECT 1", true},
	{"", "", true},
	{"SELECT $1", "SELECT  'x' ", true},
	{"SELECT $1", "SELECT  null ", true},
	{"SELECT $1", "SELECT  '' ", true},
	{"SELECT $1", "SELECT  'it''s' ", true},
	{"SELECT $1", "SELECT  '''' ", true},
	{"SELECT $1", "SELECT  '$1' ", true},
	{"SELECT $1", `SELECT  '\' `, true},
	{"SELECT $1, $2", "SELECT  'a' ,  'b' ", true},
	{"SELECT $1$2", "SELECT  'a'  'b' ", true},
	{"SELECT $10", "SELECT  'a' ", true},
	{"SELECT '$1', $1", "SELECT '$1',  'x' ", true},
	{"SELECT /* $1 */ $1", "SELECT /* $1 */  'x' ", true},
	{`SELECT "$1", $1`, `SELECT "$1",  'x' `, true},
	{"SELECT $$ $1 $$, $1", "SELECT $$ $1 $$,  'x' ", true},
	{"SELECT a$1, $1", "SELECT a$1,  'x' ", true},

	{"SELECT $1", "SELECT $1", false}, // pgx leaves none
	{"SELECT $1", "SELECT 'x'", false},
	{"SELECT $1", "SELECT  'x'", false},
	{"SELECT $1", "SELECT  'x", false},
	{"SELECT $1", "SELECT  '", false},
	{"SELECT $1", "SELECT  ", false},
	{"SELECT $1", "SELECT  5 ", false},
	{"SELECT $1", "SELECT  secret ", false},
	{"SELECT $1", "SELECT  nullx ", false},
	{"SELECT $1", "SELECT  lastval() ", false},
	{"SELECT $1", "SELECT  'x' ; COMMIT", false},
	{"SELECT $1", "SELECT  'x'; COMMIT; SELECT 'y' ", false},
	{"SELECT $1", "SELECT  'x' 'y' ", false},
	{"SELECT $1", "SELECT  'x''; COMMIT; --' ", true}, // it is one string
	{"SELECT $1", "SELECT  'x'''; COMMIT; --' ", false},
	{"SELECT $1", "SELECT  'x''; COMMIT; --", false},
	{"SELECT $1", `SELECT  E'\'; COMMIT; --' `, false},
	{"SELECT $1", "SELECT  $$x$$ ", false},
	{"SELECT $1, $2", "SELECT  'a' ", false},
	{"SELECT $1", "SELECT  'a' ,  'b' ", false},
	{"SELECT '$1'", "SELECT ' '; COMMIT; --' '", false},
	{"SELECT /* $1 */ 1", "SELECT /*  '*/ COMMIT; --' */ 1", false},
	{"SELECT 1 -- $1", "SELECT 1 --  'x\n; COMMIT; --' ", false},
	{`SELECT "$1"`, `SELECT " '"; COMMIT; --' "`, false},
	{"SELECT $a$ $1 $a$", "SELECT $a$  '$a$; COMMIT; --'  $a$", false},
	{"SELECT a$1", "SELECT a 'x' ", false},
	{"SELECT 1", "SELECT 2", false},
	{"SELECT 1", "SELECT 1; COMMIT", false},
	{"SELECT 1; COMMIT", "SELECT 1", false},
	{"", "COMMIT", false},
}

func TestInterpolates(t *testing.T) {
	for _, tt := range interpolations {
		if got := Interpolates(tt.template, tt.text); got != tt.want {
			t.Errorf("%q as %q: %t", tt.template, tt.text, got)
		}
	}
}

// What pgx makes of a template is taken for it. What is taken for a template becomes the template again when the
// parameters are put back, and PostgreSQL reads it as the template, with a constant where each parameter was.
func FuzzInterpolates(f *testing.F) {
	for _, tt := range interpolations {
		f.Add(tt.template, tt.text)
	}
	f.Fuzz(func(t *testing.T, template, sql string) {
		if written, ok := writeInto(template, sql); ok && !Interpolates(template, written) {
			t.Fatalf("%q is not taken for %q", written, template)
		}
		if !Interpolates(template, sql) {
			return
		}
		if back := putBack(t, template, sql); back != template {
			t.Fatalf("%q as %q: with the parameters back it is %q", template, sql, back)
		}
	})
}

// writeInto puts a value where the parameters of a template are, in one that the guard does not refuse for its size.
func writeInto(template, value string) (sql string, ok bool) {
	tokens := NewScanner(template)
	var b strings.Builder
	done := 0
	for t := tokens.Next(); t.Kind != TokenEOF; t = tokens.Next() {
		if isParameter(template, t) {
			b.WriteString(template[done:t.Start] + " '" + strings.ReplaceAll(value, "'", "''") + "' ")
			done = t.End
		}
	}
	return b.String() + template[done:], tokens.Fault() == nil
}

// putBack reads both texts token by token, and returns the second with the parameters of the first in it.
func putBack(t *testing.T, template, sql string) string {
	t.Helper()
	ours, theirs := NewScanner(template), NewScanner(sql)
	var back strings.Builder
	for done := 0; ; {
		want, got := ours.Next(), theirs.Next()
		expected, read := template[want.Start:want.End], sql[got.Start:got.End]
		switch {
		case ours.Fault() != nil || theirs.Fault() != nil:
			return template // the guard refuses such texts
		case isParameter(template, want):
			from, to := got.Start-1, got.End+1
			if from < done || to > len(sql) || !written.MatchString(sql[from:to]) {
				t.Fatalf("%q as %q: %q stands for %s", template, sql, read, expected)
			}
			back.WriteString(sql[done:from] + expected)
			done = to
		case want.Kind != got.Kind || expected != read:
			t.Fatalf("%q as %q: %q stands for %q", template, sql, read, expected)
		case want.Kind == TokenEOF:
			return back.String() + sql[done:]
		}
	}
}

// written is a constant as pgx writes it.
var written = regexp.MustCompile(`^ (null|'([^']|'')*') $`)
