package sqlfile

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/internal/testkit/corpus"
)

// checkPlaces holds for every text: statements come in order, do not overlap, are as long as their stretch of the file
// and differ from it in arguments only. It reports whether the file is made of statements as they are and of what lies
// between statements of SQL.
func checkPlaces(t *testing.T, sql string) (plain bool) {
	t.Helper()
	plain = true
	end := 0
	for _, st := range Read(sql) {
		if p := st.Problem; p != nil {
			plain = false
			if p.Offset < 0 || p.Offset > len(sql) || p.Reason == "" {
				t.Fatalf("%q: problem %+v", sql, p)
			}
		}
		if st.Text == "" {
			continue
		}
		if st.Offset < end || st.Offset+len(st.Text) > len(sql) {
			t.Fatalf("%q: statement at %d, length %d, behind %d", sql, st.Offset, len(st.Text), end)
		}
		source := sql[st.Offset : st.Offset+len(st.Text)]
		if source != st.Text && !strings.ContainsAny(source, `@:\`) && !strings.Contains(strings.ToLower(source), "sqlc") {
			t.Fatalf("%q: %q became %q", sql, source, st.Text)
		}
		plain = plain && source == st.Text && between(sql[end:st.Offset])
		end = st.Offset + len(st.Text)
	}
	return plain && between(sql[end:])
}

// between reports whether a stretch holds nothing but white space, comments and semicolons.
func between(gap string) bool {
	s := text.NewScanner(strings.TrimPrefix(gap, byteOrderMark))
	for {
		switch s.Next().Kind {
		case text.TokenEOF:
			return s.Fault() == nil
		case text.TokenSemi:
		default:
			return false
		}
	}
}

// FuzzRead holds for every text: no panic, true places, nothing between statements that is not there to be skipped, and
// a text that the guard refuses as a whole holds something that is refused by itself.
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
	f.Fuzz(func(t *testing.T, sql string) {
		found, _, err := c.Check(context.Background(), sql)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range found {
			if v.Rule == "" || v.Reason == "" || v.Line < 1 || v.Column < 1 || v.Offset > len(sql) {
				t.Fatalf("%q: %+v", sql, v)
			}
		}
		if !utf8.ValidString(sql) || strings.Contains(sql, "\x00") {
			if len(found) != 1 {
				t.Errorf("%q: %v", sql, found)
			}
			return
		}
		plain := checkPlaces(t, sql)
		psql := strings.Contains(sql, `\`) // \v is a word to the parser, and white space to newer servers and the scanner
		if !plain && !psql && len(found) == 0 && !strings.ContainsAny(sql, "@:") &&
			!strings.Contains(strings.ToLower(sql), "sqlc") {
			t.Errorf("%q: something is passed over: %+v", sql, Read(sql))
		}
		if plain && len(found) == 0 && !strings.Contains(sql, "\v") && !strings.HasPrefix(sql, byteOrderMark) {
			allowedWhole(t, whole, sql)
		}
	})
}

// allowedWhole: of the rules, only those about size and about several statements in one text may see more in the whole
// than in its statements.
func allowedWhole(t *testing.T, g *guard.Guard, sql string) {
	t.Helper()
	var d *guard.Denial
	if err := g.Check(tenant, sql); !errors.As(err, &d) {
		return
	}
	switch d.Rule {
	case guard.RuleLimit, guard.RuleMultiStatement:
	case guard.RuleUnsupported: // $1 in a constant of one and a backslash in another
		if !strings.Contains(sql, "$") {
			t.Errorf("%q: only the whole is refused: %v", sql, d)
		}
	default:
		t.Errorf("%q: only the whole is refused: %v", sql, d)
	}
}
