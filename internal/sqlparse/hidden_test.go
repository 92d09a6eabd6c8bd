package sqlparse

import (
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// masked is a text as a message would show it.
func masked(t *testing.T, sql string, parsed bool) string {
	t.Helper()
	var b strings.Builder
	end := 0
	for h := range HiddenIn(sql, parsed) {
		if h.Start < end || h.End <= h.Start || h.End > len(sql) {
			t.Fatalf("%q: %+v after %d", sql, h, end)
		}
		b.WriteString(sql[end:h.Start] + h.Mask)
		end = h.End
	}
	return b.String() + sql[end:]
}

func TestHiddenIn(t *testing.T) {
	for sql, want := range map[string]string{
		``:                              ``,
		`SELECT a1, "b" FROM t`:         `SELECT a1, "b" FROM t`,
		`SELECT 'a''b', $1`:             `SELECT '…', $1`,
		`SELECT 12, 1.5e-3, .5, 0xFF`:   `SELECT …, …, .…, …`,
		`E'a\'b' U&'x' B'01' x'F' n'y'`: `'…' '…' '…' '…' '…'`,
		`SELECT $a$ ' $a$ || $$b$$`:     `SELECT '…' || '…'`,
		`a /* x /* y */ */ b -- 'c`:     `a /*…*/ b --…`,
		"a -- x\n/* y */\n'z'\n;":       "a --…\n/*…*/\n'…'\n;",
		"E'a'\n'\\'b' c":                "'…' c",
		`SELECT 'open`:                  `SELECT '…'`,
		`SELECT /* open`:                `SELECT /*…*/`,
		"SELECT \x00 'a' \xff":          "SELECT \x00 '…' \xff",
		`a "x''y" 'b'`:                  `a "x''y" '…'`,
		`SELECT ` + strings.Repeat("/**/", maxComments+1) + `'x'`: `SELECT…`,
	} {
		if got := masked(t, sql, true); got != want {
			t.Errorf("%q: got %q, want %q", sql, got, want)
		}
	}
}

// TestHiddenInBroken: behind the first quote of a text that does not parse, nobody knows what its author took for data.
func TestHiddenInBroken(t *testing.T) {
	for sql, want := range map[string]string{
		`SELCT a, $1 FROM "b" -- x`:             `SELCT a, $1 FROM "b" --…`,
		`SELECT 1 'a' OR "b" = c`:               `SELECT … '…' … … = …`,
		`VALUES ('O'Brien'), (a, 'z')`:          `VALUES ('…'…'…'…'…'`,
		`SELECT "a FROM b WHERE c = 'd'`:        `SELECT …`,
		`SELECT "a FROM b WHERE c = 'd' "e", f`: `SELECT ………`,
		`SELECT "a FROM b`:                      `SELECT …`,
		`SELECT "a""b", $$c$$ d`:                `SELECT "a""b", '…' …`,
		`SELECT a 'b\'c', '{d}'`:                `SELECT a '…'…'…'………'…'`,
	} {
		if got := masked(t, sql, false); got != want {
			t.Errorf("%q: got %q, want %q", sql, got, want)
		}
	}
}

// TestHiddenStops: a reader who has seen enough gets no more.
func TestHiddenStops(t *testing.T) {
	for _, sql := range []string{`'a' 'b'`, `/* a */ 'b'`, `1 /* a */`} {
		for range HiddenIn(sql, true) {
			break
		}
	}
}

// data are the tokens of PostgreSQL's lexer that HiddenIn hides.
var data = map[pg.Token]bool{
	pg.Token_SCONST: true, pg.Token_USCONST: true, pg.Token_BCONST: true, pg.Token_XCONST: true, pg.Token_ICONST: true,
	pg.Token_FCONST: true, pg.Token_SQL_COMMENT: true, pg.Token_C_COMMENT: true,
}

// FuzzHiddenIn: whatever PostgreSQL's lexer takes for a constant or a comment is hidden.
func FuzzHiddenIn(f *testing.F) {
	for _, sql := range lexerCases {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		masked(t, sql, false)
		if strings.ContainsAny(sql, "\x00\v") || CheckLimits(sql, Limits{}) != nil {
			return
		}
		scan, err := pg.Scan(sql)
		if err != nil {
			return
		}
		secret := make([]bool, len(sql))
		for h := range HiddenIn(sql, true) {
			for i := h.Start; i < h.End; i++ {
				secret[i] = true
			}
		}
		for _, tok := range scan.Tokens {
			for i := tok.Start; data[tok.Token] && i < tok.End; i++ {
				// The point of ".5" is no data, nor is what separates the lines of one constant.
				if !secret[i] && sql[i] != '.' && classes[sql[i]]&classSpace == 0 {
					t.Fatalf("%q: %q is not hidden", sql, sql[tok.Start:tok.End])
				}
			}
		}
	})
}
