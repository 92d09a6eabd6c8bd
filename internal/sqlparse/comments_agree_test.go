package sqlparse

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/internal/testkit/corpus"
	"github.com/docex/docex/internal/testkit/hostile"
	pg "github.com/pganalyze/pg_query_go/v5"
	"pgregory.net/rapid"
)

// splices are comments, and what looks like the beginning or the end of one.
var splices = []string{
	"/**/", "/* a */", "--\n", "-- a\r", "--", "/* ' */", "-- '\n", "/*\n*/", "/* \" */", "/* /* */ */", "/*/**/*/",
	"/***/", "/*--*/", "--/*\n", "/*", "*/", "/*/", "\n--x\n", " /**/ ", "\n/**/\n", "/**/\n", "\n/**/", "--x\n/**/",
	"/* \\ */", "/* é */", "/*;*/", ";--\n", "/*\v*/", "/*\x01*/", "-", "/", "*", "+", "'", "'--'", "'/**/'", "\n",
}

// fragments are where a comment that comes between two bytes could change what they mean.
var fragments = []string{
	"SELECT 'a'\n'b'", "SELECT E'a'\n'\\'' ", "SELECT E'a' '\\'", "SELECT U&'a!'\n'b' UESCAPE '!'", "SELECT 1 +-@-+ 2",
	"SELECT * FROM U&\"a!0041\" UESCAPE '!'", "SELECT 1 WHERE a NOT IN (1) ORDER BY b NULLS FIRST", "SELECT B'1'\n'0'",
	"SELECT $$a$$, $a$ $$ -- $a$", "SELECT 1.5e-3, .5, 1., a[1:2], b::int, c.d", "SELECT '1'::time WITH TIME ZONE",
	"DO 'a' 'b'", "DO E'a'\n'\\' 'b'", "SELECT N'a', x'F', date 'a', interval '1' hour", "; ;", "SELECT f(a => 1)",
}

// compareBare fails the test unless PostgreSQL's lexer and parser see the same in a text and in what is left of it
// without comments. So texts of which the same is left are the same to them.
func compareBare(t rapid.TB, sql string) (left bool) {
	t.Helper()
	bare := text.WithoutComments(sql)
	if bare == sql || text.CheckLimits(sql, text.Limits{}) != nil {
		return false
	}
	a, okA := meaningful(sql)
	b, okB := meaningful(bare)
	if okA != okB || !slices.Equal(a, b) {
		t.Fatalf("%q and %q: tokens\n%q\n%q", sql, bare, a, b)
	}
	if x, y := tree(sql), tree(bare); x != y {
		t.Fatalf("%q and %q: trees\n%s\n%s", sql, bare, x, y)
	}
	return true
}

// meaningful returns the tokens of a text without its comments; ok is false when PostgreSQL's lexer raises an error.
func meaningful(sql string) (tokens []string, ok bool) {
	scan, err := pg.Scan(sql)
	if err != nil {
		return nil, false
	}
	for _, tok := range scan.Tokens {
		if tok.Token != pg.Token_SQL_COMMENT && tok.Token != pg.Token_C_COMMENT {
			tokens = append(tokens, tok.Token.String()+" "+sql[tok.Start:tok.End])
		}
	}
	return tokens, true
}

var locations = regexp.MustCompile(`,?"(location|stmt_location|stmt_len)":-?\d+`)

// tree returns the parse tree without its locations, and "" for a text that Parse refuses.
func tree(sql string) string {
	json, err := pg.ParseToJSON(sql)
	if blanked, ok := blankComments(sql); err != nil && ok {
		json, err = pg.ParseToJSON(blanked)
	}
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(locations.ReplaceAllString(json, ""), "{,", "{")
}

// TestCommentsAtEveryByte puts each comment between each two bytes of texts that are delicate.
func TestCommentsAtEveryByte(t *testing.T) {
	left := 0
	for _, sql := range append(fragments, hostile.Borders...) {
		for at := range len(sql) + 1 {
			for _, c := range splices {
				if compareBare(t, sql[:at]+c+sql[at:]) {
					left++
				}
			}
		}
	}
	if left < 10_000 {
		t.Errorf("only %d texts had comments that are left out", left)
	}
}

// TestCommentsInRandomText puts several comments into statements and into texts that are none.
func TestCommentsInRandomText(t *testing.T) {
	statements := slices.Clone(fragments)
	for _, v := range corpus.Load(t, corpusFile) {
		statements = append(statements, v.SQL)
	}
	piece := rapid.OneOf(rapid.SampledFrom(hostile.BorderPieces), rapid.SampledFrom(splices))
	rapid.Check(t, func(rt *rapid.T) {
		sql := rapid.OneOf(rapid.SampledFrom(statements), rapid.Map(rapid.SliceOfN(piece, 1, 25), func(p []string) string {
			return strings.Join(p, "")
		})).Draw(rt, "sql")
		for range rapid.IntRange(1, 4).Draw(rt, "n") {
			at := rapid.IntRange(0, len(sql)).Draw(rt, "at")
			sql = sql[:at] + rapid.SampledFrom(splices).Draw(rt, "comment") + sql[at:]
		}
		compareBare(rt, sql)
	})
}

// FuzzComments is the same for every text and comment.
func FuzzComments(f *testing.F) {
	for _, sql := range append(fragments, hostile.Borders...) {
		f.Add(sql, "/* ' */", len(sql)/2)
		f.Add(sql, "-- \"\n", len(sql))
	}
	f.Fuzz(func(t *testing.T, sql, comment string, at int) {
		at = max(0, min(at, len(sql)))
		compareBare(t, sql)
		compareBare(t, sql[:at]+comment+sql[at:])
		compareBare(t, sql[:at]+"/*"+comment+"*/"+sql[at:])
		compareBare(t, sql[:at]+"--"+comment+"\n"+sql[at:])
	})
}
