package text

import (
	"strings"
	"testing"
)

func TestWithoutComments(t *testing.T) {
	for sql, want := range map[string]string{
		// Tracers' comments, in front and behind, and what programs write between.
		"SELECT a FROM t /*traceparent='00-ab-01',route='%2Fdocs'*/":   "SELECT a FROM t",
		"SELECT a FROM t /*traceparent='00-ab-01'*/;":                  "SELECT a FROM t ;",
		"SELECT a FROM t; /*traceparent='00-ab-01'*/":                  "SELECT a FROM t;",
		"/* action='x?y', :id, %s */ SELECT 1":                         "SELECT 1",
		"-- name: GetDoc :one\nSELECT 1":                               "SELECT 1",
		"SELECT 1 -- trace: \"a'":                                      "SELECT 1",
		"SELECT 1\n-- trace\r\n  ":                                     "SELECT 1",
		" /**/ --\n/* a /* b */ -- */ SELECT 1 /**/ /**/ -- /*":        "SELECT 1",
		"SELECT /*a*/b/**/,\n-- c\n\t(d)--\r":                          "SELECT b , (d)",
		"/* ping */":                                                   "",
		"/**/;--":                                                      ";",
		"a/**/b":                                                       "a b",
		"1 +/**/- 2 @-/*x*/-3 <--x\n4 */ 5 * /**// 6":                  "1 + - 2 @- -3 < 4 */ 5 * / 6",
		"E/**/'\\' U&/**/'a' $1/**/, :/**/: 1/**/.5":                   "E '\\' U& 'a' $1 , : : 1 .5",
		"SELECT '\x01' /* \x02 */":                                     "SELECT '\x01'",
		"SELECT '/*a*/', \"--b\", $$/*c*/$$, E'\\'--d' /*x*/":          "SELECT '/*a*/', \"--b\", $$/*c*/$$, E'\\'--d'",
		"SELECT E'a'\n'\\' /* ' */":                                    "SELECT E'a'\n'\\' /* ' */",
		"SELECT 'a' /**/, /**/'b' || E/**/'c' /**/ AS d":               "SELECT 'a' , 'b' || E 'c' AS d",
		"SELECT U&\"a!\" /**/UESCAPE/**/ '!'":                          "SELECT U&\"a!\" UESCAPE '!'",
		"SELECT 1 " + strings.Repeat("/**/ ", maxComments):             "SELECT 1",
		"SELECT 1+" + strings.Repeat("/**/", maxRunStarts-1) + "2":     "SELECT 1+ 2",
		"SELECT \u00e9/* \u00e9 */\u00e9 /* \ufffd\u2028\u00a0\x7f */": "SELECT \u00e9 \u00e9",
	} {
		if got := WithoutComments(sql); got != want {
			t.Errorf("%q: got %q, want %q", sql, got, want)
		}
	}
}

// TestCommentsThatStay: what some check reads in a comment, or may read there, is not left out.
func TestCommentsThatStay(t *testing.T) {
	for _, sql := range []string{
		"", " ", "SELECT 1", "SELECT '--', \"/*\", $$/**/$$", "SELECT 1 - - 1 / * 2",
		"/*+ SeqScan(a) */ SELECT 1", "/*+ SeqScan(a) */ SELECT 1 /* trace */", "SELECT '/*+' /* trace */",
		"-- /*+ Set(role x)\nSELECT 1", "/* /*+ Set(role x) */ */ SELECT 1", "SELECT 1 /* trace */ /*+\v*/",
		"SELECT 1 /* $1 */", "SELECT 1 -- $", "/* a */ SELECT $1 /* $2 */", "SELECT 1 /*$*/1",
		"SELECT 1 /* open", "SELECT 1 /* /* */", "/* a */ SELECT 1 /*/", "SELECT 1 /* a */ /* *",
		"SELECT 'a' /**/\n'b'", "SELECT 'a' --\n'b'", "SELECT E'a' /**/\n'\\' /* ' */", "SELECT x'0'/**/'1' /* a */",
		"SELECT /* a */ \v1", "SELECT 1 /* \v */",
		"SELECT 1 /* \x00 */", "\x00SELECT 1 /* a */", "/* a */\x00SELECT \x02", "SELECT 1 /* \xff */",
		"SELECT 1 /* \xe2\x82 */", "SELECT '\xff' /* a */",
		"SELECT 1 " + strings.Repeat("/**/ ", maxComments+1), "SELECT 1 /**/, " + strings.Repeat("/**/ ", maxComments+1),
		"SELECT 1+" + strings.Repeat("/**/", maxRunStarts) + "2",
		"SELECT 1 /**/ /*" + strings.Repeat("*", maxRunBytes) + "*/",
	} {
		if got := WithoutComments(sql); got != sql {
			t.Errorf("%q: got %q", sql, got)
		}
	}
}

// checkWithoutComments: the text without comments has the same tokens, and no comment. What the checks say of it, they
// say of the text.
func checkWithoutComments(t *testing.T, sql string) {
	t.Helper()
	bare := WithoutComments(sql)
	if bare == sql {
		return
	}
	if len(bare) >= len(sql) || WithoutComments(bare) != bare {
		t.Errorf("%q: %q, and once more %q", sql, bare, WithoutComments(bare))
	}
	x, y := lexer{s: sql}, lexer{s: bare}
	for {
		a, b := x.next(), y.next()
		if y.comments > 0 || a.Kind != b.Kind || sql[a.Start:a.End] != bare[b.Start:b.End] {
			t.Fatalf("%q and %q: %q and %q", sql, bare, sql[a.Start:a.End], bare[b.Start:b.End])
		}
		if a.Kind == TokenEOF {
			break
		}
	}
	for _, l := range []Limits{{}, {MaxTokens: 20, MaxDepth: 2, MaxChain: 20}} {
		if a, b := CheckLimits(sql, l), CheckLimits(bare, l); (a == nil) != (b == nil) {
			t.Errorf("%q: %v, %q: %v", sql, a, bare, b)
		}
	}
	if a, b := CheckPlaceholders(sql), CheckPlaceholders(bare); (a == nil) != (b == nil) {
		t.Errorf("%q: %v, %q: %v", sql, a, bare, b)
	}
	_, a := UnsafeHint(sql)
	_, b := UnsafeHint(bare)
	if a || b || CheckEncoding(sql) != nil {
		t.Errorf("%q becomes %q", sql, bare)
	}
}
