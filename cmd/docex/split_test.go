package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitStatements(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                       nil,
		" ; -- nothing;\n /* ; */ ;":             nil,
		"SELECT 1":                               {"SELECT 1"},
		"SELECT 1; SELECT 2;":                    {"SELECT 1", "SELECT 2"},
		"SELECT ';'; SELECT 'it''s;'":            {"SELECT ';'", "SELECT 'it''s;'"},
		`SELECT E'\';'; SELECT '\'; x`:           {`SELECT E'\';'`, `SELECT '\'`, "x"},
		`SELECT 1 AS "a;""b"; SELECT 2`:          {`SELECT 1 AS "a;""b"`, "SELECT 2"},
		"SELECT $$;$$; SELECT $a$;$$;$a$":        {"SELECT $$;$$", "SELECT $a$;$$;$a$"},
		"SELECT 1 -- it's; one\n; SELECT 2":      {"SELECT 1 -- it's; one", "SELECT 2"},
		"SELECT /* a /* ; */ \" ; */ 1; TABLE x": {"SELECT /* a /* ; */ \" ; */ 1", "TABLE x"},
		"SELECT a$b;c$b; SELECT 2":               {"SELECT a$b", "c$b", "SELECT 2"},
		"SELECT (1;2)); SELECT 3":                {"SELECT (1;2))", "SELECT 3"},
		"SELECT 'open; SELECT 2":                 {"SELECT 'open; SELECT 2"},
	} {
		if diff := cmp.Diff(want, splitStatements(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestSplitEnded(t *testing.T) {
	for _, c := range []struct {
		text string
		done []string
		rest string
	}{
		{"SELECT 1", nil, "SELECT 1"},
		{"SELECT 1; SELECT", []string{"SELECT 1"}, " SELECT"},
		{"SELECT 'a;\nb", nil, "SELECT 'a;\nb"},
		{`SELECT "a;`, nil, `SELECT "a;`},
		{"SELECT 1; -- done", []string{"SELECT 1"}, " -- done"},
		{"SELECT $x$;$y$;", nil, "SELECT $x$;$y$;"},
		{"SELECT 1 /* ;", nil, "SELECT 1 /* ;"},
	} {
		done, rest := splitEnded(c.text)
		if diff := cmp.Diff(c.done, done); diff != "" || rest != c.rest {
			t.Errorf("%q: rest %q, want %q; (-want +got):\n%s", c.text, rest, c.rest, diff)
		}
	}
}
