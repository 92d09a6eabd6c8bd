package provision

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Of two definitions the place where they begin to differ is shown, however far from the start it is.
func TestDifferenceShowsWhereTheyDiffer(t *testing.T) {
	t.Parallel()
	const head = "CREATE OR REPLACE FUNCTION total_of(c text)\n RETURNS numeric\n LANGUAGE sql\nAS $function$ SELECT " +
		"sum(total) FROM invoice AS i JOIN customer USING (id)"
	for _, c := range []struct{ name, got, want, text string }{
		{"short", "integer", "text", "x y is integer, want text"},
		{"nothing", "", "ROW LEVEL SECURITY", "x y is plain, want ROW LEVEL SECURITY"},
		{"far", head + " WHERE paid $function$", head + " WHERE due $function$",
			"x y is …ice AS i JOIN customer USING (id) WHERE paid $function$, want " +
				"…ice AS i JOIN customer USING (id) WHERE due $function$"},
		{"one ends", head, head + " LIMIT 1", "x y is …OM invoice AS i JOIN customer USING (id), want " +
			"…OM invoice AS i JOIN customer USING (id) LIMIT 1"},
		{"early", "a" + strings.Repeat("é", 100), "b" + strings.Repeat("é", 100),
			"x y is a" + strings.Repeat("é", 59) + "…, want b" + strings.Repeat("é", 59) + "…"},
		{"in a character", strings.Repeat("é", 80) + "é", strings.Repeat("é", 80) + "è",
			"x y is …" + strings.Repeat("é", 21) + ", want …" + strings.Repeat("é", 20) + "è"},
		{"one grows", strings.Repeat("a", 200), "", "x y is " + strings.Repeat("a", 120) + "…, want plain"},
		{"one shrinks", "", strings.Repeat("a", 200), "x y is plain, want " + strings.Repeat("a", 120) + "…"},
		{"blanks", "BEGIN\n  x; END", "BEGIN\n\tx; END ", `x y is "BEGIN\n  x; END", want "BEGIN\n\tx; END "`},
	} {
		d := Difference{Change: Changed, Kind: "x", Object: "y", Got: c.got, Want: c.want}
		if got := d.String(); got != c.text {
			t.Errorf("%s:\n%s, want\n%s", c.name, got, c.text)
		}
	}
}

func FuzzDifferenceText(f *testing.F) {
	f.Add("a", "b")
	f.Add(strings.Repeat("é", 200), strings.Repeat("é", 199)+"e")
	f.Add(" a", "a ")
	f.Add("", strings.Repeat("a", 200))
	f.Fuzz(func(t *testing.T, a, b string) {
		if a == b || !utf8.ValidString(a+b) {
			return
		}
		gotA, gotB := shownBoth(a, b)
		if most := maxShown + 2*len("…"); gotA == gotB || len(gotA) > most || len(gotB) > most {
			t.Errorf("%q and %q are shown as %q and %q", a, b, gotA, gotB)
		}
	})
}
