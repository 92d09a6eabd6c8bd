package driver

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitNames(t *testing.T) {
	for s, want := range map[string][]string{
		"":                          nil,
		" \t\n":                     nil,
		"a":                         {"a"},
		"A, b\t,\nC":                {"a", "b", "c"},
		`a, "B c"`:                  {"a", "B c"},
		`"a,b","c""d", "é É", ÉA`:   {"a,b", `c"d`, "é É", "Éa"},
		`_x$1,"1"`:                  {"_x$1", "1"},
		`"""", "a"`:                 {`"`, "a"},
		"\"\xff\", \xffA":           {"\xff", "\xffa"},
		`"pg_catalog", "$user", ""`: {"refused"},
		"a.b":                       {"refused"},
		"a b":                       {"refused"},
		`a "b"`:                     {"refused"},
		`"a" b`:                     {"refused"},
		`a""`:                       {"refused"},
		"a,,b":                      {"refused"},
		"a;":                        {"refused"},
		"password=x":                {"refused"},
		"a\u00a0,b":                 {"a\u00a0", "b"}, // no white space to the server
	} {
		got, err := splitNames(s, false)
		if err != nil {
			got = []string{"refused"}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", s, diff)
		}
	}
	for s, want := range map[string][]string{
		"TimeZone, my.Setting": {"timezone", "my.setting"},
		".a":                   {"refused"},
		`"My.x"`:               {"My.x"},
	} {
		got, err := splitNames(s, true)
		if err != nil {
			got = []string{"refused"}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q with dots: %s", s, diff)
		}
	}
}
