package provision

import "testing"

// What ALTER TABLE does to an order is told by the columns that it added and dropped. Everything else is not.
func TestOrderTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want, got string
		told      bool
	}{
		{"(a, b)", "(a, b, c)", true},
		{"(a, b)", "(a)", true},
		{"(a, b, c)", "(a, c, d)", true},
		{"(a)", "(b)", true},
		{`(a, "b, c)", d)`, `(a, "b, c)", d, "e""f")`, true},
		{"(a, b)", "(b, a)", false},
		{"(a, b)", "(a, c, b)", false},
		{"(a, b, c)", "(a, x, c)", false},
		{"(a, b, c)", "(c, a)", false},
		{`(a, "b, c")`, `("b, c", a)`, false},
	} {
		d := Difference{Change: Changed, Kind: columnOrder, Object: "t", Want: c.want, Got: c.got}
		if got := orderTold(d); got != c.told {
			t.Errorf("%s and %s: told %t", c.want, c.got, got)
		}
		if d.Kind = "column"; orderTold(d) {
			t.Errorf("a difference of another kind is told: %v", d)
		}
	}
	for _, change := range []Change{Missing, Extra} {
		if !orderTold(Difference{Change: change, Kind: columnOrder, Object: "t"}) {
			t.Errorf("%s: the table tells", change)
		}
	}
}
