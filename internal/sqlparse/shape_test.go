package sqlparse

import (
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"pgregory.net/rapid"
)

func TestShape(t *testing.T) {
	same := [][]string{
		{"SELECT 1", "SELECT 2", "SELECT 4711"},
		{"SELECT 'a'", "SELECT 'bcd'", "SELECT ''", "SELECT 'ü--'", "SELECT '/\"\n'"},
		{"SELECT * FROM t WHERE a = 1 AND b = 'x'", "SELECT * FROM t WHERE a = 22 AND b = 'yy'"},
	}
	for _, group := range same {
		want, ok := Shape(group[0])
		if !ok {
			t.Errorf("%q has no shape", group[0])
		}
		for _, sql := range group {
			if got, ok := Shape(sql); !ok || got != want {
				t.Errorf("%q: shape %q, want %q", sql, got, want)
			}
			if !ShapeHolds(sql) {
				t.Errorf("%q: the shape does not hold", sql)
			}
		}
	}
	different := []string{
		"SELECT 1", "SELECT 1.5", "SELECT 'a'", "SELECT $1", "SELECT a", "SELECT \"1\"", "SELECT  1", "SELECT E'a'", "SELECT 'a''b'",
		"SELECT 'a\\'", "SELECT 'a' 'b'", "SELECT 1--2", "SELECT 1/*'a'*/",
		"SELECT N'a'", "SELECT B'1'", "SELECT X'1'", "SELECT 0x1", "SELECT 1_0", "SELECT 1e5", "SELECT .5", "SELECT $$a$$", "SELECT 1a", "SELECT '$1'",
	}
	seen := map[string]string{}
	for _, sql := range different {
		key, ok := Shape(sql)
		if !ok {
			key = sql
		}
		if other, taken := seen[key]; taken {
			t.Errorf("%q and %q share the shape %q", sql, other, key)
		}
		seen[key] = sql
	}
	for _, sql := range []string{"", "SELECT a", "SELECT '\x00'", "SELECT '\xff'", "SELECT \x01, 1", "SELECT 'a', /* \x02 */ 'b'", "SELECT 'open"} {
		if shape, ok := Shape(sql); ok {
			t.Errorf("%q has the shape %q", sql, shape)
		}
	}
}

// The escape character of a name is written as a string, and decides what the name is.
func TestShapeDoesNotHoldForUescape(t *testing.T) {
	for _, sql := range []string{
		`SELECT * FROM U&"tenant!005fglobex" UESCAPE '!'`, `SELECT U&'a' uescape '#'`, `SELECT u&"x" /**/ UESCAPE /**/ 'y'`,
	} {
		if ShapeHolds(sql) {
			t.Errorf("%q", sql)
		}
	}
}

// Texts of one shape have the same tokens but for the constants' contents, whatever the text is: what a cache that goes by
// shapes relies on.
func TestShapeKeepsTokens(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"SELECT", " ", "'", "''", "\"", "$", "$$", "$a$", "--", "\n", "/*", "*/", "E", "e'", "U&", "N'", "B'", "1", "23", "1.5", ".", "x", "1x",
		"(", ")", ",", "::", "'a'", "'bc'", "\\", "$1", "_", "é", "+", "-", "=", ";",
	})
	value := rapid.StringMatching(`[a-z0-9 ;,()=+.:é"/\n-]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		sql := strings.Join(rapid.SliceOfN(piece, 1, 20).Draw(t, "pieces"), "")
		shape, ok := Shape(sql)
		if !ok || !ShapeHolds(sql) {
			return
		}
		other := fill(shape, func() string { return value.Draw(t, "value") })
		if got, ok := Shape(other); !ok || got != shape {
			t.Fatalf("%q and %q: shapes %q and %q", sql, other, shape, got)
		}
		if a, b := kinds(t, sql), kinds(t, other); a != b {
			t.Fatalf("%q and %q share a shape, but their tokens are\n%s\n%s", sql, other, a, b)
		}
	})
}

// fill replaces the marks of a shape by constants.
func fill(shape string, value func() string) string {
	var b strings.Builder
	for i := 1; i < len(shape); i++ {
		switch shape[i] {
		case markString:
			b.WriteString("'" + value() + "'")
		case markNumber:
			b.WriteString("7")
		default:
			b.WriteByte(shape[i])
		}
	}
	return b.String()
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
