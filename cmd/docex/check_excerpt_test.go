package main

import (
	"strings"
	"testing"
)

func TestExcerpt(t *testing.T) {
	for name, test := range map[string]struct{ file, want string }{
		"a line":     {"SELECT 1;\n\tSELECT\t@x;\nSELECT 2", "SELECT x;\n       ^"},
		"crlf":       {"@x\r\n", "x\n^"},
		"the end":    {"SELECT 1;\n@", ""},
		"byte order": {"\uFEFFa @b", "a b\n  ^"},
		"wide":       {"'日本' @b", "'日本' b\n       ^"},
		"controls":   {"\x1b[31m\x07 @b\x1b", `\x1b[31m\x07 b\x1b` + "\n             ^"},
		"a long line": {strings.Repeat("a", 100) + "@" + strings.Repeat("b", 100),
			"…" + strings.Repeat("a", 60) + strings.Repeat("b", 80) + "…\n" + strings.Repeat(" ", 61) + "^"},
		"just fits": {strings.Repeat("a", 60) + "@" + strings.Repeat("b", 80),
			strings.Repeat("a", 60) + strings.Repeat("b", 80) + "\n" + strings.Repeat(" ", 60) + "^"},
		"trailing blank": {"@a   ", "a\n^"},
	} {
		t.Run(name, func(t *testing.T) {
			offset := strings.Index(test.file, "@")
			var b strings.Builder
			excerptAt(strings.Replace(test.file, "@", "", 1), offset).print(&b)
			want := ""
			for line := range strings.Lines(test.want) {
				want += "    " + strings.TrimSuffix(line, "\n") + "\n"
			}
			if b.String() != want {
				t.Errorf("got\n%s\nwant\n%s", b.String(), want)
			}
		})
	}
}
