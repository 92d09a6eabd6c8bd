package sqlx

import (
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
	old, new := program(t, "before"), program(t, "after")
	hunks = map[string]string{}
	for name, text := range old {
		lines += len(text)
		if _, ok := new[name]; !ok {
			t.Errorf("%s is not in after", name)
		}
	}
	for name, text := range new {
		if _, ok := old[name]; !ok {
			t.Errorf("%s is not in before", name)
		}
		diff, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{A: old[name], B: text, Context: 3})
		if err != nil {
			t.Fatal(err)
		}
		if diff != "" {
			hunks[name] = diff
		}
	}
	return hunks, lines
}

// TestFewLines: at most 3 % of the program's lines are written for the change, its tests and migrations included.
func TestFewLines(t *testing.T) {
	hunks, lines := changes(t)
	written, out := 0, 0
	for _, diff := range hunks {
		for line := range strings.SplitSeq(diff, "\n") {
			switch {
			case strings.HasPrefix(line, "+"):
				written++
			case strings.HasPrefix(line, "-"):
				out++
			}
		}
	}
	share := 100 * float64(written) / float64(lines)
	t.Logf("of %d lines in before, after has %d new or changed ones (%.1f %%), and %d are gone or were changed",
		lines, written, share, out)
	if written == 0 || share > 3 {
		t.Errorf("%.1f %%, want 3 %% at most", share)
	}
}
