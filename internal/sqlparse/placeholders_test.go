package sqlparse

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
)

func TestPlaceholderError(t *testing.T) {
	for sql, offset := range map[string]int{
		`SELECT 1 AS x$$, '$$ $1 '`:   12,
		`SELECT name'\', '$1'`:        11,
		"SELECT E'a'\n'\\' $1 '":      7,
		`SELECT id, regclass$1`:       11,
		"SELECT $\u00e9$ $1 $\u00e9$": 7,
		`SELECT 1 -- $1` + "\n, v$x":  17,
		`SELECT "a$1", v$x`:           14,
	} {
		var p *PlaceholderError
		if _, err := Parse(sql, Limits{}); !errors.As(err, &p) || p.Offset != offset {
			t.Errorf("%s: got %v, want a PlaceholderError at %d", sql, err, offset)
		}
	}
}

// TestPlaceholdersOfClients compares what a client's lexer, modelled on pgx's sanitizer, takes for placeholders with what
// PostgreSQL does, in random texts: an accepted text has no placeholder of the client's that is none of the server's.
func TestPlaceholdersOfClients(t *testing.T) {
	pieces := []string{
		"$1", "$2", "$", "$$", "'", "'", "''", `\`, "e", "E", "e'", "E'", "N'", "U&'", `u&"`, `"`, "\n", "--", "/*", "*/", "a", "name", "$a$",
		"$\u00e9$", "$\ufffd$", "\ufffd", "\u00e9", " ", ",", "(", ")", "1", "x'", "b'", "\r", "\f", "\v", "/", "*", "-", "+", "::", "date", "_", ".",
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 1_000_000 {
		var b strings.Builder
		b.WriteString("SELECT ")
		for range 3 + rnd.IntN(10) {
			b.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		sql := b.String()
		if stray := strayPlaceholder(sql); stray >= 0 {
			found++
			if checkPlaceholders(sql) != nil {
				continue
			}
			if _, err := pg.Parse(sql); err == nil {
				t.Errorf("accepted: %q, where a client sees a placeholder at %d", sql, stray)
			}
		}
	}
	if found < 1000 {
		t.Errorf("only %d texts are read differently", found)
	}
}

// strayPlaceholder returns the offset of a placeholder that the client sees and the server does not, or -1.
func strayPlaceholder(sql string) int {
	marks := clientPlaceholders(sql)
	if len(marks) == 0 {
		return -1
	}
	scan, err := pg.Scan(sql)
	if err != nil {
		return -1
	}
	params := map[int]bool{}
	for _, t := range scan.Tokens {
		if t.Token == pg.Token_PARAM {
			params[int(t.Start)] = true
		}
	}
	for _, m := range marks {
		if !params[m] {
			return m
		}
	}
	return -1
}

// clientPlaceholders knows quotes, E'…', comments and dollar quotes by their first characters only.
func clientPlaceholders(sql string) (marks []int) {
	for i := 0; i < len(sql); i++ {
		rest := sql[i:]
		switch {
		case strings.HasPrefix(rest, "e'"), strings.HasPrefix(rest, "E'"):
			i += 1 + clientQuote(rest[1:], true)
		case rest[0] == '\'', rest[0] == '"':
			i += clientQuote(rest, false)
		case strings.HasPrefix(rest, "--"):
			i = lineEnd(sql, i)
		case strings.HasPrefix(rest, "/*"):
			x := lexer{s: rest}
			x.blockComment()
			i += x.pos - 1
		case rest[0] == '$' && digitAt(rest, 1):
			marks = append(marks, i)
		case rest[0] == '$':
			tag := strings.IndexByte(rest[1:], '$') + 2
			if tag < 2 || !asciiTag(rest) || strings.ContainsAny(rest[1:tag-1], "' \n\r\f\v,()+-*/:.\"\\") || digitAt(rest, 1) {
				continue
			}
			end := strings.Index(rest[tag:], rest[:tag])
			if end < 0 {
				return marks
			}
			i += tag + end + tag - 1
		}
	}
	return marks
}

// clientQuote returns the length of a quoted piece, less one.
func clientQuote(s string, escapes bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] == s[0] && i+1 < len(s) && s[i+1] == s[0]:
			i++
		case s[i] == s[0]:
			return i
		}
	}
	return len(s)
}

// A cache that goes by shapes must not let a text in because another one of its shape was accepted.
func TestPlaceholdersShowInShapes(t *testing.T) {
	good, _ := Shape(`SELECT 1 AS x$$, 'abc'`)
	bad, ok := Shape(`SELECT 2 AS x$$, '$$ $1 '`)
	if ok && good == bad {
		t.Errorf("both have the shape %q", good)
	}
}

func TestHintSettings(t *testing.T) {
	facts, err := Parse("/*+ Set(a.B 1) IndexScan(x) set (\"c\" 2) */ UPDATE t SET (a, b) = ROW(1, 2) /*+ reset(x)\n SET( d 'x')*/", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range facts.Hints {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, " "); got != "a.b c d" {
		t.Errorf("got %q", got)
	}
}
