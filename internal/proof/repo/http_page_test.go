package repo

import (
	"strings"
	"testing"
)

// TestHTTPPage: each block of docs/http.md names the file that it is taken from, and stands there word by word. The
// files are compiled and run: the Example by the tests of httpscope, the others by `make httpservers`.
func TestHTTPPage(t *testing.T) {
	before := ""
	page := strings.Split(pageText(t, "docs/http.md"), "\n")
	quoted := 0
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
