package sqlx

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pmezard/go-difflib/difflib"
)

// program returns the files of a program. The folder in its import paths is the repository's, so it is none of the
// program's.
func program(t *testing.T, folder string) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		lines := strings.ReplaceAll(string(text), "/examples/sqlx/"+folder+"/", "/examples/sqlx/before/")
		files[filepath.ToSlash(name)] = difflib.SplitLines(strings.TrimSuffix(lines, "\n"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// changes returns the hunks of each file that differs, without their headers.
func changes(t *testing.T) (hunks map[string]string, lines int) {
	t.Helper()
	before, after := program(t, "before"), program(t, "after")
	hunks = map[string]string{}
	for name, text := range before {
		lines += len(text)
		if _, ok := after[name]; !ok {
			t.Errorf("%s is not in after", name)
		}
	}
	for name, text := range after {
		if _, ok := before[name]; !ok {
			t.Errorf("%s is not in before", name)
		}
		diff, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{A: before[name], B: text, Context: 3})
		if err != nil {
			t.Fatal(err)
		}
		if diff != "" {
			hunks[name] = diff
		}
	}
	return hunks, lines
}

// count returns how many lines a diff puts in and takes out.
func count(diff string) (in, out int) {
	for line := range strings.SplitSeq(diff, "\n") {
		switch {
		case strings.HasPrefix(line, "+"):
			in++
		case strings.HasPrefix(line, "-"):
			out++
		}
	}
	return in, out
}

// TestFewLines: at most 3 % of the program's lines are written for the change, those of its tests and migrations
// included. The page says how many.
func TestFewLines(t *testing.T) {
	hunks, lines := changes(t)
	var all strings.Builder
	for _, diff := range hunks {
		all.WriteString(diff + "\n")
	}
	in, out := count(all.String())
	share := 100 * float64(in) / float64(lines)
	t.Logf("of %d lines %d are new or changed (%.1f %%), and %d are gone or were changed", lines, in, share, out)
	if in == 0 || share > 3 {
		t.Errorf("%.1f %%, want 3 %% at most", share)
	}
	want := fmt.Sprintf("Of %d,%03d lines %d are new or changed, which is %.1f %%, and %d are gone or were changed.",
		lines/1000, lines%1000, in, share, out)
	if text := strings.Join(strings.Fields(read(t, page)), " "); !strings.Contains(text, want) {
		t.Errorf("the page does not say: %s", want)
	}
}
