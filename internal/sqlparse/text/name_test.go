package text

import (
	"strings"
	"testing"
)

// TestSplitName follows regclass input of PostgreSQL 15, except that names with a quote in the middle, "- " and " 12 "
// (names there) are refused.
func TestSplitName(t *testing.T) {
	for constant, want := range map[string]string{
		`a`: "a", `A.B`: "a|b", `"A"."b c"`: "A|b c", ` a . "b" `: "a|b", `"a""b"`: `a"b`, `"a.b"`: "a.b",
		`a.b.c`: "a|b|c",
		`é.É`:   "é|É", strings.Repeat("a", 70): strings.Repeat("a", 63), `"1"`: "1", `a-b`: "a-b",
		strings.Repeat("é", 40): strings.Repeat("é", 31),
	} {
		parts, ok := SplitName(constant)
		if got := strings.Join(parts, "|"); !ok || got != want {
			t.Errorf("%q: got (%q, %v), want %q", constant, got, ok, want)
		}
	}
	for _, constant := range []string{
		"", " ", ".", "a.", ".a", "a..b", `"a`, `""`, `a"b`, `"a"b`, "a b", "123", " 12 ", "-", "- ",
	} {
		if parts, ok := SplitName(constant); ok {
			t.Errorf("%q: got %q, want no name", constant, parts)
		}
	}
}

func TestNameString(t *testing.T) {
	for want, n := range map[string]Name{
		"a": {Name: "a"}, "s.a": {Schema: "s", Name: "a"}, "c.s.a": {Catalog: "c", Schema: "s", Name: "a"},
	} {
		if got := n.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
