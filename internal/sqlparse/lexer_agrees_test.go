package sqlparse

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/internal/testkit/hostile"
	pg "github.com/pganalyze/pg_query_go/v5"
	"pgregory.net/rapid"
)

// codeTokens returns "offset first-byte" of each token that can shape a tree, by our lexer: all but literals, quoted
// names, points, and a '$' that starts nothing.
func codeTokens(t *testing.T, sql string) []string {
	t.Helper()
	var out []string
	s := text.NewScanner(sql)
	for tok := s.Next(); tok.Kind != text.TokenEOF; tok = s.Next() {
		switch tok.Kind {
		case text.TokenLiteral, text.TokenQuoted, text.TokenDot:
		default:
			if sql[tok.Start] != '$' {
				out = append(out, fmt.Sprintf("%d %q", tok.Start, sql[tok.Start]))
			}
		}
	}
	if err := s.Fault(); err != nil {
		t.Fatalf("%q: %v", sql, err)
	}
	return out
}

// postgresTokens is codeTokens by the C lexer; ok is false when that raises an error.
func postgresTokens(sql string) (out []string, ok bool) {
	res, err := pg.Scan(sql)
	if err != nil {
		return nil, false
	}
	for _, tok := range res.Tokens {
		if tok.Token != pg.Token_SQL_COMMENT && tok.Token != pg.Token_C_COMMENT && isCode(sql[tok.Start:]) {
			out = append(out, fmt.Sprintf("%d %q", tok.Start, sql[tok.Start]))
		}
	}
	return out, true
}

// isCode reports whether a token of the C lexer that begins s is none of those that codeTokens leaves out.
func isCode(s string) bool {
	quote := func(s string, quotes string) bool { return s != "" && strings.Contains(quotes, s[:1]) }
	switch c := s[0]; {
	case strings.ContainsRune(`'".$`, rune(c)) || isDigit(c):
		return false
	case c|0x20 == 'u' && strings.HasPrefix(s[1:], "&"):
		return !quote(s[2:], `'"`)
	case strings.ContainsRune("ebxnEBXN", rune(c)):
		return !quote(s[1:], "'")
	}
	return true
}

func compareLexers(t *testing.T, sql string) {
	t.Helper()
	if strings.Contains(sql, "\x00") || text.CheckLimits(sql, text.Limits{}) != nil {
		return
	}
	want, ok := postgresTokens(sql)
	if !ok || slices.ContainsFunc(want, isVerticalTab) {
		return
	}
	if got := codeTokens(t, sql); !slices.Equal(got, want) {
		t.Fatalf("tokens of %q:\nours       %v\nPostgreSQL %v", sql, got, want)
	}
}

// isVerticalTab finds the one known difference: see classSpace of package text.
func isVerticalTab(token string) bool { return strings.HasSuffix(token, `'\v'`) }

func TestLexerAgreesWithPostgres(t *testing.T) {
	agreed := 0
	for _, sql := range hostile.Borders {
		for _, sql := range []string{sql, "SELECT " + sql, "SELECT (" + sql + "\n)", sql + sql} {
			compareLexers(t, sql)
			if _, ok := postgresTokens(sql); ok {
				agreed++
			}
		}
	}
	if agreed < 2*len(hostile.Borders) {
		t.Fatalf("PostgreSQL could lex only %d texts", agreed)
	}
}

func TestLexerAgreesOnRandomText(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		for range 20 {
			pieces := rapid.SliceOfN(rapid.SampledFrom(hostile.BorderPieces), 1, 25).Draw(rt, "pieces")
			compareLexers(t, strings.Join(pieces, ""))
		}
	})
}

func FuzzLexer(f *testing.F) {
	for _, sql := range hostile.Borders {
		f.Add(sql)
	}
	for _, s := range hostile.Deep {
		f.Add(s.Build(2))
	}
	f.Fuzz(func(t *testing.T, sql string) {
		compareLexers(t, sql)
		checkEstimate(t, sql)
	})
}
