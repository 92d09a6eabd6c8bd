package sqlfile

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/testkit/corpus"
)

// checkPlaces holds for every text: statements come in order, do not overlap, are as long as their stretch of the file and
// differ from it in arguments only. It reports whether the file is made of statements as they are and of what lies between
// statements of SQL.
func checkPlaces(t *testing.T, text string) (plain bool) {
	t.Helper()
	plain = true
	end := 0
	for _, st := range Read(text) {
		if p := st.Problem; p != nil {
			plain = false
			if p.Offset < 0 || p.Offset > len(text) || p.Reason == "" {
				t.Fatalf("%q: problem %+v", text, p)
			}
		}
		if st.Text == "" {
			continue
		}
		if st.Offset < end || st.Offset+len(st.Text) > len(text) {
			t.Fatalf("%q: statement at %d, length %d, behind %d", text, st.Offset, len(st.Text), end)
		}
		source := text[st.Offset : st.Offset+len(st.Text)]
		if source != st.Text && !strings.ContainsAny(source, `@:\`) && !strings.Contains(strings.ToLower(source), "sqlc") {
			t.Fatalf("%q: %q became %q", text, source, st.Text)
		}
		plain = plain && source == st.Text && between(text[end:st.Offset])
		end = st.Offset + len(st.Text)
	}
	return plain && between(text[end:])
}

// between reports whether a stretch holds nothing but white space, comments and semicolons.
func between(gap string) bool {
	s := sqlparse.NewScanner(strings.TrimPrefix(gap, byteOrderMark))
	for {
		switch s.Next().Kind {
		case sqlparse.TokenEOF:
			return s.Fault() == nil
		case sqlparse.TokenSemi:
		default:
			return false
		}
	}
}

// FuzzRead holds for every text: no panic, true places, nothing between statements that is not there to be skipped, and a
// text that the guard refuses as a whole holds something that is refused by itself.
func FuzzRead(f *testing.F) {
	for _, test := range append(reads, psqlReads...) {
		f.Add(test.text)
		f.Add(test.text + "\n;DELETE FROM tenant_globex.documents")
	}
	for _, v := range corpus.Load(f, corpusFile) {
		f.Add("SELECT 1; " + v.SQL + "\n;SELECT 2")
	}
	whole, err := guard.New(guard.Policy{MultiStatement: true})
	if err != nil {
		f.Fatal(err)
	}
	c := mustChecker(f, guard.Policy{})
	f.Fuzz(func(t *testing.T, text string) {
		found, _, err := c.Check(context.Background(), text)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range found {
			if v.Rule == "" || v.Reason == "" || v.Line < 1 || v.Column < 1 || v.Offset > len(text) {
				t.Fatalf("%q: %+v", text, v)
			}
		}
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			if len(found) != 1 {
				t.Errorf("%q: %v", text, found)
			}
			return
		}
		plain := checkPlaces(t, text)
		psql := strings.Contains(text, `\`) // \v is a word to the parser, and white space to newer servers and the scanner
		if !plain && !psql && len(found) == 0 && !strings.ContainsAny(text, "@:") && !strings.Contains(strings.ToLower(text), "sqlc") {
			t.Errorf("%q: something is passed over: %+v", text, Read(text))
		}
		if plain && len(found) == 0 && !strings.Contains(text, "\v") && !strings.HasPrefix(text, byteOrderMark) {
			allowedWhole(t, whole, text)
		}
	})
}

// allowedWhole: of the rules, only those about size and about several statements in one text may see more in the whole
// than in its statements.
func allowedWhole(t *testing.T, g *guard.Guard, text string) {
	t.Helper()
	var d *guard.Denial
	if err := g.Check(tenant, text); !errors.As(err, &d) {
		return
	}
	switch d.Rule {
	case guard.RuleLimit, guard.RuleMultiStatement:
	case guard.RuleUnsupported: // $1 in a constant of one and a backslash in another
		if !strings.Contains(text, "$") {
			t.Errorf("%q: only the whole is refused: %v", text, d)
		}
	default:
		t.Errorf("%q: only the whole is refused: %v", text, d)
	}
}
