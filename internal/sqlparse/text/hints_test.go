package text

import (
	"strings"
	"testing"
)

// Hints that choose among plans pass, spelled in any way that a reader of hints takes.
func TestPlanHints(t *testing.T) {
	for _, sql := range []string{
		"SELECT 1", "/* Set(role x) */ SELECT 1", "/*+*/ SELECT 1", "/*+ */ SELECT 1",
		"/*+ SeqScan(a) */ SELECT 1", "/*+\vNoSeqScan\f(a)\r\n*/ SELECT 1",
		"/*+IndexScan(a i1 i2)HashJoin(a b)*/ SELECT 1",
		"/*+ Leading(" + strings.Repeat("(", 50) + "a" + strings.Repeat(" b)", 50) + ") */ SELECT 1",
		"/*+ Leading(((a b) c)) Rows(a b +10) Parallel(a 3 hard) */ SELECT 1", "/*+ Memoize(a b) NoMemoize(a) */ SELECT 1",
		"/*+ leading (a b c) */ SELECT 1 /*+ indexonlyscanregexp(a .*_pkey) */",
	} {
		if at, found := UnsafeHint(sql); found {
			t.Errorf("%q is refused at %d", sql, at)
		}
	}
}

// Whatever else is in such a comment is refused: it may set something, or somebody may read it so.
func TestUnsafeHints(t *testing.T) {
	for _, body := range []string{
		"Set(role x)", "set (\"search_path\" x)", "SET\v(role x)", "Set\f\r\n(role x)", "\vSet\v(role x)",
		"SeqScan(a) Set(role x)", "SeqScan(a)Set(role x)", `SeqScan("a") Set(role x)`, `IndexScan(" (a ) Set(x y) " )`,
		"Leading((a b)) Set(x y)", "Leading((a Set(role x)))(", "SeqScan(a", "SeqScan a)", "unknown(a)", "a note",
		"SeqScan(a) /* nested", "\u00a0Set(role x)", "Set\u2028(role x)", "s\u0065t(role x)", "ſet(role x)", "Set",
		"Rows(a b '1')",
	} {
		sql := "SELECT 'ä', 1 /*+" + body + "*/ FROM t"
		if at, found := UnsafeHint(sql); !found || at != strings.Index(sql, "/*+") {
			t.Errorf("%q: %d, %t", body, at, found)
		}
	}
	for _, sql := range []string{
		"SELECT '/*+ Set(role x) */'", "SELECT '/*+ Set(role x)'", "SELECT '/*+ Set(role x)' || '*/'",
		"-- /*+ Set(role x) */\nSELECT 1",
		"SELECT $$/*+ SeqScan(a) */$$ /*+ Set(x y) */", "/* /*+ Set(role x) */ */ SELECT 1",
	} {
		if _, found := UnsafeHint(sql); !found {
			t.Errorf("%q passes", sql)
		}
	}
}
