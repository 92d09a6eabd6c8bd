package copyrows

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestInserts(t *testing.T) {
	for name, test := range map[string]struct{ sql, want string }{
		"rows": {"-- a\nCOPY a (id, \"b;c\") FROM stdin;\n1\tx\n2\t\\N\n\\.\n\nSELECT 1;\n",
			"-- a\nINSERT INTO a (id, \"b;c\")  OVERRIDING SYSTEM VALUE VALUES\n('1', 'x'),\n('2', NULL)\n;\n\nSELECT 1;\n"},
		"no list, one row, a comment": {"copy a from STDIN ; -- c\n'\\'\t;\n\\.",
			"INSERT INTO a  OVERRIDING SYSTEM VALUE VALUES -- c\n('''''', ';')\n;"},
		"lines of the header": {"COPY a (x,\n  y) FROM stdin\n  WITH\n (FORMAT text);\n1\t2\n\\.\n",
			"INSERT INTO a (x,\n  y)  OVERRIDING SYSTEM VALUE VALUES\n\n\n('1', '2')\n;\n"},
		"CRLF": {"COPY a (x) FROM stdin;\r\n1\r\n\\.\r\n",
			"INSERT INTO a (x)  OVERRIDING SYSTEM VALUE VALUES\r\n('1')\n;\n"},
		"no rows":          {"COPY a\n (x,\n y) FROM stdin;\n\\.\nTABLE a;", "DELETE FROM a\n \n WHERE false;\n\nTABLE a;"},
		"no rows, no list": {"COPY a FROM stdin;\n\\.", "DELETE FROM a  WHERE false;\n"},
		"in a function":    {"CREATE FUNCTION f() AS $$COPY a FROM stdin;\n1\n\\.\n$$", ""},
		"from a file":      {"COPY a FROM '/x';\n\\.\n", ""},
		"to the client":    {"COPY a TO stdout;\n\\.\n", ""},
		"without an end":   {"COPY a FROM stdin;\n1\n", ""},
		"an empty string":  {"COPY a FROM stdin;\n\n\\.\n", "INSERT INTO a  OVERRIDING SYSTEM VALUE VALUES\n('')\n;\n"},
		"quotes in rows": {"COPY a FROM stdin;\n'\n\\.\nCOPY b FROM stdin;\n\"\n\\.",
			"INSERT INTO a  OVERRIDING SYSTEM VALUE VALUES\n('''')\n;\n" +
				"INSERT INTO b  OVERRIDING SYSTEM VALUE VALUES\n('\"')\n;"},
		"comments in rows": {"COPY a FROM stdin;\n/* --\n\\.\n",
			"INSERT INTO a  OVERRIDING SYSTEM VALUE VALUES\n('/* --')\n;\n"},
		"nothing": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			want := test.want
			if want == "" {
				want = test.sql
			}
			got, starts, problems := Inserts(test.sql)
			if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
				t.Errorf("%v (-want +got):\n%s", problems, diff)
			}
			if strings.Count(got, "\n") != strings.Count(test.sql, "\n") {
				t.Errorf("the lines moved:\n%s", got)
			}
			for _, at := range starts {
				if !strings.HasPrefix(got[at:], "INSERT INTO") && !strings.HasPrefix(got[at:], "DELETE FROM") {
					t.Errorf("nothing begins at %d of\n%s", at, got)
				}
			}
		})
	}
}

// TestInsertsRefuses: what COPY would refuse, or read otherwise, has a place.
func TestInsertsRefuses(t *testing.T) {
	for name, test := range map[string]struct{ sql, at, reason string }{
		"another format":     {"COPY a FROM stdin WITH (FORMAT csv);\n1\n\\.", "WITH", "rows are read in COPY's text format"},
		"an option":          {"COPY a FROM stdin (NULL '');\n1\n\\.", "(", "rows are read in COPY's text format"},
		"an old option":      {"COPY a FROM stdin CSV;\n1\n\\.", "CSV", "rows are read in COPY's text format"},
		"a condition":        {"COPY a FROM stdin WHERE x > 1;\n1\n\\.", "WHERE", "rows are read in COPY's text format"},
		"behind it":          {"COPY a FROM stdin; SELECT 1;\n1\n\\.", " SELECT", "something stands between"},
		"too few":            {"COPY a (x, y) FROM stdin;\n1\t2\nab\n\\.", "ab", "the row has 1 field, and should have 2"},
		"too many":           {"COPY a FROM stdin;\n1\nab\t2\n\\.", "ab", "the row has 2 fields, and should have 1"},
		"another end":        {"COPY a FROM stdin;\n1\nab\r\n\\.", "ab", "this line ends otherwise"},
		"a carriage return":  {"COPY a FROM stdin;\nab\rc\n\\.", "ab", "a carriage return"},
		"a lone backslash":   {"COPY a FROM stdin;\nab\\\nc\n\\.", "ab", "the line ends in a backslash"},
		"the end in a row":   {"COPY a FROM stdin;\nab\\.c\n\\.", "ab", "the end of the rows"},
		"bytes that are not": {"COPY a FROM stdin;\nab\\xff\n\\.", "ab", "the value is not UTF-8"},
		"a NUL byte":         {"COPY a FROM stdin;\nab\\0\n\\.", "ab", "the value holds a NUL"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, problems := Inserts(test.sql)
			if len(problems) != 1 || !strings.HasPrefix(problems[0].Reason, test.reason) ||
				!strings.HasPrefix(test.sql[problems[0].Offset:], test.at) || problems[0].Remedy == "" {
				t.Errorf("got %+v", problems)
			}
		})
	}
}

func TestBlank(t *testing.T) {
	const sql = "COPY a FROM stdin; -- x\n1 '\n\\.\nSELECT 1;\nCOPY b FROM stdin;\n2"
	const want = "COPY a FROM stdin; -- x\n\n\nSELECT 1;\nCOPY b FROM stdin;\n2"
	if diff := cmp.Diff(want, Blank(sql)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A script that was cut off has many COPYs without an end. None of them is looked for more than once, or this would
// take hours.
func TestCopiesWithoutAnEnd(t *testing.T) {
	t.Parallel()
	sql := strings.Repeat("COPY t FROM stdin;\n", 300_000) + `\. x`
	if result, starts, problems := Inserts(sql); result != sql || starts != nil || problems != nil {
		t.Errorf("%d statements, %v", len(starts), problems)
	}
}
