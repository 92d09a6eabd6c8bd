package text

import (
	"strings"
	"testing"
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
