package text

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWordsOf: what the words of plpgsql tell. A string, a comment and a variable tell nothing.
func TestWordsOf(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"BEGIN PERFORM f(1); PERFORM a.g(x); END", "calls f a.g; pairs a.g; starts perform"},
		{`BEGIN x := "A".b.c; y := U&"d"."e""f"; END`, `calls; pairs A.b U&"d".e"f; starts`},
		{"BEGIN INSERT INTO t (a) VALUES ('b.c(' || $$d.e($$); -- f.g(\n END /* h.i( */",
			"calls values; pairs; starts insert"},
		{"DECLARE set text; BEGIN set := 1; IF a THEN SET b = 1; ELSE RESET c; END IF; LOOP lock = 1; END LOOP; END",
			"calls; pairs; starts end if loop reset set"},
	} {
		found, err := WordsOf(c.code)
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
