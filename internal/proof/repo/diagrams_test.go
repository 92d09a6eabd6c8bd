package repo

import (
	"html"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	dotLabel = regexp.MustCompile(`label="([^"]*)"`)
	svgText  = regexp.MustCompile(`<text [^>]*>([^<]*)</text>`)
)

// TestDiagramsAreDrawn: what a drawing says is what its source says. Who changes the source runs `make diagrams`.
func TestDiagramsAreDrawn(t *testing.T) {
	sources, err := filepath.Glob(filepath.Join(filepath.Dir(goMod(t)), "docs", "*.dot"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("%v, %v: no source", sources, err)
	}
	for _, source := range sources {
		name := "docs/" + filepath.Base(source)
		var want, got []string
		for _, label := range dotLabel.FindAllStringSubmatch(pageText(t, name), -1) {
			want = append(want, strings.Split(label[1], `\n`)...)
		}
		drawing := strings.TrimSuffix(name, ".dot") + ".svg"
		for _, text := range svgText.FindAllStringSubmatch(pageText(t, drawing), -1) {
			got = append(got, html.UnescapeString(text[1]))
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
			t.Errorf("%s is not drawn from %s (-source +drawing):\n%s", drawing, name, diff)
		}
	}
}
