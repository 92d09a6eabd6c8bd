package vet

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/docex/docex/driver"
)

// TestFixes: the edits give the files that are kept beside the sources.
func TestFixes(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	analysistest.RunWithSuggestedFixes(t, root, New(Config{}), "./vet/testdata/fixes")
}

func TestDriverName(t *testing.T) {
	if docexDriver != driver.Name {
		t.Errorf("the driver is called %q", driver.Name)
	}
}

// TestLibPQPage: the program of docs/lib-pq.md, before and after, is one that the edits are tested with.
func TestLibPQPage(t *testing.T) {
	page := read(t, "../docs/lib-pq.md")
	comments := regexp.MustCompile(` // want .*`)
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(page, -1)
	if len(blocks) != 2 {
		t.Fatalf("the page has %d programs", len(blocks))
	}
	for i, name := range []string{"fixes.go", "fixes.go.golden"} {
		program := comments.ReplaceAllString(read(t, "testdata/fixes/"+name), "")
		if !strings.Contains(program, blocks[i][1]) {
			t.Errorf("%s has nowhere:\n%s", name, blocks[i][1])
		}
	}
	for _, option := range libPQOptions {
		if !strings.Contains(page, "`"+option+"`") {
			t.Errorf("the page does not name %s", option)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
