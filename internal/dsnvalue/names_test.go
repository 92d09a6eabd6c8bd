package dsnvalue

import (
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

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

// TestSplitNamesLikePostgres compares with PostgreSQL's own parse_ident: every text of up to five of these pieces, and
// whether it is one name, and which.
func TestSplitNamesLikePostgres(t *testing.T) {
	var texts []string
	last := []string{""}
	for range 5 {
		var longer []string
		for _, s := range last {
			for _, piece := range []string{"a", "Z", "1", `"`, " ", "é", "-"} {
				longer = append(longer, s+piece)
			}
		}
		texts, last = append(texts, longer...), longer
	}
	admin := pgtest.NewDB(t).Admin(t)
	if _, err := admin.Exec(`CREATE FUNCTION one_name(s text) RETURNS text LANGUAGE plpgsql AS $$
		BEGIN RETURN (parse_ident(s))[1]; EXCEPTION WHEN invalid_parameter_value THEN RETURN ''; END $$`); err != nil {
		t.Fatal(err)
	}
	rows, err := admin.Query("SELECT s, one_name(s) FROM unnest($1::text[]) AS s", texts)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var s, want string
		if err := rows.Scan(&s, &want); err != nil {
			t.Fatal(err)
		}
		n++
		got, err := splitNames(s, false)
		if err != nil || len(got) == 0 {
			got = []string{""}
		}
		if diff := cmp.Diff([]string{want}, got); diff != "" {
			t.Errorf("%q: %s", s, diff)
		}
	}
	if err := rows.Err(); err != nil || n != len(texts) {
		t.Errorf("%d of %d texts compared, %v", n, len(texts), err)
	}
}
