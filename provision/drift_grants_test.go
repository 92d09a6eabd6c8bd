package provision

import "testing"

func TestGrantsOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		d    Difference
		want bool
	}{
		{Difference{Extra, "grant", "t to PUBLIC", "", "SELECT"}, true},
		{Difference{Extra, "grant", `"a to b".c to PUBLIC`, "", "UPDATE"}, true},
		{Difference{Extra, "grant", "schema to PUBLIC", "", "USAGE"}, true},
		{Difference{Extra, "grant", "f(integer) to PUBLIC", "", "EXECUTE"}, true},
		{Difference{Extra, "grant", "future objects (r) to PUBLIC", "", "SELECT"}, true},
		{Difference{Extra, "grant", "t to docex_0123abcd_globex", "", "SELECT"}, true},
		{Difference{Extra, "grant", `t to "docex_0123abcd_a-b"`, "", "SELECT"}, true},
		{Difference{Extra, "grant", "t to docex_0123abcd", "", "SELECT"}, true},
		{Difference{Extra, "grant", "n to docex_0123abcd_globex", "", "USAGE"}, true},
		{Difference{Extra, "grant", "t to {{shared}}", "", "SELECT"}, true},
		{Difference{Extra, "grant", "t to {{app}}", "", "SELECT"}, true},
		{Difference{Changed, "grant", "mood to PUBLIC", "USAGE", "USAGE WITH GRANT OPTION"}, true},
		{Difference{Changed, "grant", "t to PUBLIC", "SELECT", "INSERT, SELECT"}, true},
		{Difference{Extra, "owner", "t", "", "docex_0123abcd_globex"}, true},
		{Difference{Extra, "grant", `t to "docex_0123abcd$7"`, "", "SELECT"}, true},
		{Difference{Extra, "grant", `t to "docex_0123abcd.login"`, "", "SELECT"}, true},
		{Difference{Extra, "grant", `t to "App two"`, "", "SELECT"}, true},
		{Difference{Extra, "owner", "t", "", "app"}, true},

		{Difference{Changed, "grant", "t to PUBLIC", "INSERT, SELECT", "SELECT"}, false},
		{Difference{Missing, "grant", "t to PUBLIC", "SELECT", ""}, false},
		{Difference{Extra, "grant", "mood to PUBLIC", "", "USAGE"}, false},
		{Difference{Extra, "grant", "t to {{role}}", "", "TRUNCATE"}, false},
		{Difference{Extra, "grant", "t to reporter", "", "SELECT"}, false},
		{Difference{Extra, "grant", "t to docex_reports", "", "SELECT"}, false},
		{Difference{Extra, "grant", "t to application", "", "SELECT"}, false},
		{Difference{Extra, "owner", "t", "", "{{role}}"}, false},
		{Difference{Extra, "table", "t to PUBLIC", "", ""}, false},
	} {
		if got := c.d.grantsOthers([]string{"app", "App two"}); got != c.want {
			t.Errorf("%v: %t", c.d, got)
		}
	}
}
