package sqlparse

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
)

// TestPlaceholdersOfClients compares what a client's lexer, modelled on pgx's sanitizer, takes for placeholders with
// what PostgreSQL does, in random texts: an accepted text has no placeholder of the client's that is none of the
// server's.
func TestPlaceholdersOfClients(t *testing.T) {
	t.Parallel()
	pieces := []string{
		"$1", "$2", "$", "$$", "'", "'", "''", `\`, "e", "E", "e'", "E'", "N'", "U&'", `u&"`, `"`, "\n", "--", "/*",
		"*/", "a", "name", "$a$",
		"$\u00e9$", "$\ufffd$", "\ufffd", "\u00e9", " ", ",", "(", ")", "1", "x'", "b'", "\r", "\f", "\v", "/", "*",
		"-", "+", "::", "date", "_", ".",
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
			if text.CheckPlaceholders(sql) != nil {
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
			i += strings.IndexAny(rest+"\n", "\r\n")
		case strings.HasPrefix(rest, "/*"):
			i += clientComment(rest) - 1
		case rest[0] == '$' && len(rest) > 1 && isDigit(rest[1]):
			marks = append(marks, i)
		case rest[0] == '$':
			tag := strings.IndexByte(rest[1:], '$') + 2
			if tag < 2 || !isTag(rest[1:tag-1]) {
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

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isTag reports whether s can stand between the two $ of a dollar quote: ASCII letters, and digits behind the first.
func isTag(s string) bool {
	for i := range len(s) {
		letter := 'a' <= s[i]|0x20 && s[i]|0x20 <= 'z' || s[i] == '_'
		if !letter && (i == 0 || !isDigit(s[i])) {
			return false
		}
	}
	return true
}

// clientComment returns the length of a comment with the comments nested in it.
func clientComment(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
		case "*/":
			depth--
		default:
			continue
		}
		if i++; depth == 0 {
			return i + 1
		}
	}
	return len(s)
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
