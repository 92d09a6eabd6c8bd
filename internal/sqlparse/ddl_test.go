package sqlparse

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTokens: what the words of plpgsql tell. A string, a comment and a variable tell nothing.
func TestTokens(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"BEGIN PERFORM f(1); PERFORM a.g(x); END", "calls f a.g; pairs a.g; starts perform"},
		{`BEGIN x := "A".b.c; y := U&"d"."e""f"; END`, `calls; pairs A.b U&"d".e"f; starts`},
		{"BEGIN INSERT INTO t (a) VALUES ('b.c(' || $$d.e($$); -- f.g(\n END /* h.i( */", "calls values; pairs; starts insert"},
		{"DECLARE set text; BEGIN set := 1; IF a THEN SET b = 1; ELSE RESET c; END IF; LOOP lock = 1; END LOOP; END",
			"calls; pairs; starts end if loop reset set"},
	} {
		found, err := readTokens(c.code)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		b.WriteString("calls")
		for _, f := range found.Calls {
			b.WriteString(" " + f.String())
		}
		b.WriteString("; pairs")
		for _, p := range found.Pairs {
			b.WriteString(" " + p.String())
		}
		starts := map[string]bool{}
		for _, w := range found.Starts {
			starts[w.Text] = true
			if got := c.code[w.Offset : w.Offset+len(w.Text)]; !strings.EqualFold(got, w.Text) {
				t.Errorf("%s: %q is said to stand where %q does", c.code, w.Text, got)
			}
		}
		b.WriteString("; starts")
		for _, w := range []string{"declare", "end", "if", "insert", "lock", "loop", "perform", "reset", "set"} {
			if starts[w] {
				b.WriteString(" " + w)
			}
		}
		if d := cmp.Diff(c.want, b.String()); d != "" {
			t.Errorf("%s\n%s", c.code, d)
		}
	}
}

// TestStatementAround: the statements before and behind one that does not parse are read.
func TestStatementAround(t *testing.T) {
	const sql = "SELECT 1; SELECT (a) x y z; SELECT 3"
	begin, end := statementAround(sql, strings.Index(sql, "y"))
	if got := sql[begin:end]; got != " SELECT (a) x y z;" {
		t.Errorf("got %q", got)
	}
	if begin, end := statementAround("a;\n\\i x\nb", 3); begin != 2 || end != 7 {
		t.Errorf("a command of psql's: %d, %d", begin, end)
	}
	found, errs := ParseDDL(sql, Limits{})
	if len(found) != 2 || len(errs) != 1 || found[1].Offset != strings.Index(sql, "SELECT 3") {
		t.Errorf("%v, %v", found, errs)
	}
}
