package repo

import (
	"slices"
	"strings"
	"testing"
)

// quoting are pages all of whose Go blocks are quoted. The files that they are from are compiled and run: Examples by
// the tests of their packages, those of examples/http by `make httpservers`.
var quoting = []string{"docs/http.md", "docs/testing.md"}

// TestQuotedBlocks: a Go block that names the file that it is taken from stands there word by word.
func TestQuotedBlocks(t *testing.T) {
	quoted := map[string]int{}
	for _, p := range pages(t) {
		before, rest, found := strings.Cut(pageText(t, p.name), "```go\n")
		for found {
			block, after, _ := strings.Cut(rest, "```")
			lines := strings.Split(before, "\n")
			file, marked := strings.CutPrefix(lines[len(lines)-2], "<!-- example:")
			file = strings.TrimSuffix(file, " -->")
			switch {
			case marked && strings.HasSuffix(file, ".go"):
				quoted[p.name]++
				if !strings.Contains(pageText(t, file), "\n"+block) {
					t.Errorf("%s: this is not in %s:\n%s", p.name, file, block)
				}
			case slices.Contains(quoting, p.name):
				t.Errorf("%s: this names no file:\n%s", p.name, block)
			}
			before, rest, found = strings.Cut(after, "```go\n")
		}
	}
	for _, name := range quoting {
		if quoted[name] == 0 {
			t.Errorf("%s has no block", name)
		}
	}
}
