package sqlparse

import (
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
	"pgregory.net/rapid"
)

func TestShapeHolds(t *testing.T) {
	for _, sql := range []string{
		"SELECT 1", "SELECT 4711", "SELECT ''", "SELECT 'ü--'", "SELECT '/\"\n'",
		"SELECT * FROM t WHERE a = 22 AND b = 'yy'",
	} {
		if !ShapeHolds(sql) {
			t.Errorf("%q", sql)
		}
	}
}

// The escape character of a name is written as a string, and decides what the name is.
func TestShapeDoesNotHoldForUescape(t *testing.T) {
	for _, sql := range []string{
		`SELECT * FROM U&"tenant!005fglobex" UESCAPE '!'`, `SELECT U&'a' uescape '#'`,
		`SELECT u&"x" /**/ UESCAPE /**/ 'y'`,
	} {
		if ShapeHolds(sql) {
			t.Errorf("%q", sql)
		}
	}
}

// Where PostgreSQL's lexer takes a space for a part of a constant, no comment may stand for it. The vertical tab makes
// the lexers differ here.
func TestShapeDoesNotHoldInsideConstants(t *testing.T) {
	for sql, want := range map[string]bool{
		"E'a'\v\n'\\' + 1' + b + '": false,
		"E'a'\v\n'\\'+1'+b +'":      false,
		"E'a'\v\n'\\'+1'+b+'":       true, // nowhere a single space
		"E'a'\n'\\' + 1' + b + 'c'": true,
		"'a b' + \"c d\" -- e f":    true,
		"a /* b c */ d":             true,
	} {
		if got := ShapeHolds(sql); got != want {
			t.Errorf("%q: got %t", sql, got)
		}
	}
}

// Texts of one shape have the same tokens but for the constants' contents, whatever the text is: what a cache that goes
// by shapes relies on.
func TestShapeKeepsTokens(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"SELECT", " ", "'", "''", "\"", "$", "$$", "$a$", "--", "\n", "/*", "*/", "E", "e'", "U&", "N'", "B'", "1",
		"23", "1.5", ".", "x", "1x",
		"(", ")", ",", "::", "'a'", "'bc'", "\\", "$1", "_", "é", "+", "-", "=", ";",
	})
	value := rapid.StringMatching(`[a-z0-9 ;,()=+.:é"/\n-]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		sql := strings.Join(rapid.SliceOfN(piece, 1, 20).Draw(t, "pieces"), "")
		shape, ok := text.Shape(sql)
		if !ok || !ShapeHolds(sql) {
			return
		}
		other := refilled(sql, func() string { return value.Draw(t, "value") })
		if got, ok := text.Shape(other); !ok || got != shape {
			t.Fatalf("%q and %q: shapes %q and %q", sql, other, shape, got)
		}
		if a, b := kinds(t, sql), kinds(t, other); a != b {
			t.Fatalf("%q and %q share a shape, but their tokens are\n%s\n%s", sql, other, a, b)
		}
	})
}

// refilled replaces the plain constants of a text by others.
func refilled(sql string, value func() string) string {
	var b strings.Builder
	end := 0
	for t := range text.Constants(sql) {
		b.WriteString(sql[end:t.Start])
		if sql[t.Start] == '\'' {
			b.WriteString("'" + value() + "'")
		} else {
			b.WriteString("7")
		}
		end = t.End
	}
	return b.String() + sql[end:]
}

// kinds lists the tokens of a text as PostgreSQL's lexer sees them.
func kinds(t *rapid.T, sql string) string {
	scan, err := pg.Scan(sql)
	if err != nil {
		t.Fatalf("%q: %v", sql, err)
	}
	var names []string
	for _, token := range scan.Tokens {
		names = append(names, token.Token.String())
	}
	return strings.Join(names, " ")
}
