package repo

import (
	"strings"
	"testing"
)

// TestQuotingPages: each block of these pages names the file that it is taken from, and stands there word by word. The
// files are compiled and run: Examples by the tests of their packages, those of examples/http by `make httpservers`.
func TestQuotingPages(t *testing.T) {
	for _, page := range []string{"docs/http.md", "docs/testing.md"} {
		t.Run(page, func(t *testing.T) { checkQuotes(t, strings.Split(pageText(t, page), "\n")) })
	}
}

func checkQuotes(t *testing.T, page []string) {
	before, quoted := "", 0
	for i := 0; i < len(page); i++ {
		if !strings.HasPrefix(page[i], "```") {
			before = page[i]
			continue
		}
		first := i + 1
		for i = first; i < len(page) && page[i] != "```"; i++ {
		}
		file, marked := strings.CutPrefix(before, "<!-- example:")
		if !marked {
			t.Errorf("line %d: the block names no file", first)
			continue
		}
		block := "\n" + strings.Join(page[first:i], "\n") + "\n"
		if !strings.Contains(pageText(t, strings.TrimSuffix(file, " -->")), block) {
			t.Errorf("line %d: the block is not in %s", first, file)
		}
		quoted++
	}
	if quoted == 0 {
		t.Error("the page has no block")
	}
}
