package sqlparse

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"pgregory.net/rapid"
)

// codeTokens returns "offset first-byte" of each token that can shape a tree, by our lexer: all but literals, quoted names,
// points, and a '$' that starts nothing.
func codeTokens(t *testing.T, sql string) []string {
	t.Helper()
	var out []string
	x := lexer{s: sql}
	for last := 0; ; {
		tok := x.next()
		if tok.kind == tokEOF {
			if x.fault != nil {
				return nil
			}
			return out
		}
		if tok.start < last || tok.end <= tok.start || tok.end > len(sql) {
			t.Fatalf("token %v after %v in %q", tok, last, sql)
		}
		switch tok.kind {
		case tokLiteral, tokQuoted, tokDot:
		default:
			if sql[tok.start] != '$' {
				out = append(out, fmt.Sprintf("%d %q", tok.start, sql[tok.start]))
			}
		}
		last = tok.end
	}
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
	case strings.ContainsRune(`'".$`, rune(c)) || classes[c]&classDigit != 0:
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
	if strings.Contains(sql, "\x00") || CheckLimits(sql, Limits{}) != nil {
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

// isVerticalTab finds the one known difference: see classSpace.
func isVerticalTab(token string) bool { return strings.HasSuffix(token, `'\v'`) }

// lexerCases are the places where two lexers come apart: what ends a string, a name, a comment, an operator or a number.
var lexerCases = []string{
	`'a''b' + 1`, `'a\' + 1`, `E'a\' + 1' + 2`, `E'a''\\' + 1`, `e'\''+1`, `xe'\'+1`, `E '\' + 1`, `'a' 'b' + 1`,
	"E'a'\n'\\' + 1' + 2", "E'a' \t\n \n'\\' + 1' + 2", "E'a'--x'\n'\\' + 1' + 2", "E'a'\n--x\n--'y\n'\\' + 1' + 2", "E'a' '\\' + 1",
	"E'a'/**/\n'\\' + 1", "E'a'\n/**/'\\' + 1", "E'a'\v\n'\\' + 1' + 2", "E'a'\f\r'\\' + 1' + 2", "E'a'\n-'\\' + 1", "E'a'\n- '\\' + 1", "E'a'\n",
	"'a'\n'\\' + 1", "U&'a\\0041'\n'\\' UESCAPE '!' + 1", `U&"a" UESCAPE '!' + 1`, `u&'\' + 1`, `U& 'a' + 1`, `u & 'a'`, `xu&'\'+1`, `U&a`,
	`B'01''01' + 1`, "b'01'\n'01' + 1", "X'0F'\n'\\' + 1", `N'a\' + 1`, "n'a'\n'\\' + 1", `nb'a'`,
	`$$a'$$ + 1`, `$a$ $b$ $$ $a $a$ + 1`, `$a$ $aa$ $a$ + 1`, `a$b$ + 1`, `$1$a$+$a$ + 1`, `1$a$+$a$`, `$é$+$é$ + 1`, `$a1$ + $a1$`, `$1a$`, `$ a`, `$a`,
	`$$ $ $$ + 1`, `$a$a$a$ + 1`, `$a$$a$a$ + 1`, "é'a'", "é$a$b", `_'a'`, `a"b"c`, `"a""b" + 1`, `"a\" + 1`,
	"1--x\n+1", "1+--x\n1", "1-/*x*/1", "1+-/*x*/-1", "1*/*x*/1", "1 */ 2", "1/*/* x */*/+1", "1/*/*/*/*/*/ + 1", "1/***/+1", "1/*/**/*/+1", "1/**x/*+*/**/+1",
	"1/*--*/+1", "1--/*\n+1", "1@--x\n1", "1---1\n+1", "1<-1", "1@-1", "1<--1\n", "1+-+-1", "1=+-@-1", "1!=-1", "1<>-1", "1=>+1", "1~-+1", "-+-", "1*-+1",
	"1::int", "1:::a", "a:=1", "a[1:2]", "a[:]", "1.5+1", "1.+1", ".5+1", "1e5+1", "1e-5+1", "1.e+5+1", "1..2", "1_000+1", "0xFF+1", "1.and 2", "1. and 2",
	"1\v+\f2", "1\u00a0+2", "a\\b", "{a}", "a\r+1", "--x\r+1", "--x\n\r+1", "-- x", "/* x", "'a", `"a`, `$a$`, `E'\`, `E'a\`, "a.b.c", "a . b", "a./*x*/b",
}

func TestLexerAgreesWithPostgres(t *testing.T) {
	agreed := 0
	for _, sql := range lexerCases {
		for _, sql := range []string{sql, "SELECT " + sql, "SELECT (" + sql + "\n)", sql + sql} {
			compareLexers(t, sql)
			if _, ok := postgresTokens(sql); ok {
				agreed++
			}
		}
	}
	if agreed < 2*len(lexerCases) {
		t.Fatalf("PostgreSQL could lex only %d texts", agreed)
	}
}

// lexerPieces make texts in which strings, comments and operators begin and end at random.
var lexerPieces = []string{
	"'", "''", `"`, "E'", "e'", "U&'", `u&"`, "B'", "x'", "N'", "$$", "$a$", "$b$", "$", "$1", "\\", "\\'", "\\\\", "--", "/*", "*/", "-", "+", "*", "/",
	"=", "<", ">", "@", "!", "|", "&", "#", "\n", "\r", " ", "\t", "\v", "\f", "1", "1.", ".", "0x", "e", "E", "_", "a", "b", "u", "é", "\xff", "(", ")", "[",
	"]", ",", ";", ":", "::", "{", " + ", "--\n", "/**/", "'\n'", "' '", "'--\n'", "$a$$a$", "1e-", "UESCAPE '!'", "\u00a0",
}

func TestLexerAgreesOnRandomText(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		for range 20 {
			pieces := rapid.SliceOfN(rapid.SampledFrom(lexerPieces), 1, 25).Draw(rt, "pieces")
			compareLexers(t, strings.Join(pieces, ""))
		}
	})
}

func FuzzLexer(f *testing.F) {
	for _, sql := range lexerCases {
		f.Add(sql)
	}
	for _, s := range hostileShapes {
		f.Add(s.build(2))
	}
	f.Fuzz(func(t *testing.T, sql string) {
		compareLexers(t, sql)
		checkEstimate(t, sql)
	})
}
