package copyrows

import (
	"strings"
	"testing"
)

// FuzzInserts: of any text, every line stays the line that it is, and every place is one of the text.
func FuzzInserts(f *testing.F) {
	for _, sql := range []string{
		"COPY a (x, \"y\") FROM stdin;\n1\t\\N\n\\.\n", "copy a from stdout with (format 'text') ;--\r\nx\\x41\r\n\\.\r\n",
		"COPY a FROM stdin;\n\\.\nCOPY (b FROM stdin;\n\\.\n", "COPY ( ) FROM stdin;\n\\.", "COPY FROM stdin;\n1\n\\.",
	} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		result, starts, problems := Inserts(sql)
		for _, p := range problems {
			if p.Offset < 0 || p.Offset > len(sql) || p.Reason == "" || p.Remedy == "" {
				t.Errorf("incomplete: %+v", p)
			}
		}
		lines := strings.Count(sql, "\n")
		if strings.Count(Blank(sql), "\n") != lines || len(problems) == 0 && strings.Count(result, "\n") != lines {
			t.Errorf("the lines moved: %q", result)
		}
		for _, at := range starts {
			rest := result[at:]
			if len(problems) == 0 && !strings.HasPrefix(rest, "INSERT INTO") && !strings.HasPrefix(rest, "DELETE FROM") {
				t.Errorf("nothing begins at %d: %q", at, result)
			}
		}
	})
}
