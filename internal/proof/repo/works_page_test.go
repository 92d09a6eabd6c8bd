package repo

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestWorksWithPage: each row of docs/works-with.md has the version that the module of its example requires, and each
// file of an example is linked from it.
func TestWorksWithPage(t *testing.T) {
	page := pageText(t, "docs/works-with.md")
	row := regexp.MustCompile(`(?m)^\| \[([^\]]+)\]\(\.\./(examples/with/[^)]+)\) ([^ ]+) \|`)
	rows := row.FindAllStringSubmatch(page, -1)
	if all := strings.Count(page, "\n| [") + strings.Count(page, "\n| `["); len(rows) == 0 || len(rows) != all {
		t.Fatalf("%d of %d rows have an example and a version", len(rows), all)
	}
	root := filepath.Dir(goMod(t))
	linked := map[string]bool{}
	for _, link := range regexp.MustCompile(`\]\(\.\./(examples/with/[^)]+)\)`).FindAllStringSubmatch(page, -1) {
		linked[filepath.Join(root, link[1])] = true
	}
	for _, r := range rows {
		name, file, version := r[1], r[2], r[3]
		if got := versions(t, filepath.Join(root, filepath.Dir(file)), name); !slices.Contains(got, version) {
			t.Errorf("%s %s: its example requires %v", name, version, got)
		}
	}
	var files []string
	for _, folder := range []string{"examples/with", "examples/with/around"} {
		here, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		if err != nil || len(here) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(here), err)
		}
		files = append(files, here...)
	}
	for _, file := range files {
		if !linked[file] && !strings.HasSuffix(file, "_test.go") && filepath.Base(file) != "doc.go" {
			t.Errorf("nothing leads to %s", file)
		}
	}
}

// untagged matches a version that has no tag, and finds its day.
var untagged = regexp.MustCompile(`-(\d{4})(\d\d)(\d\d)\d{6}-[0-9a-f]{12}$`)

// versions returns those of the modules with that name in their path which the module of a folder requires, of one
// without a tag the day, and the version of the generator of that name.
func versions(t *testing.T, folder, name string) (found []string) {
	t.Helper()
	name = strings.ToLower(name)
	var mod struct {
		Require []struct {
			Path, Version string
			Indirect      bool
		}
	}
	for !fileExists(filepath.Join(folder, "go.mod")) {
		folder = filepath.Dir(folder)
	}
	if err := json.Unmarshal(run(t, "mod", "edit", "-json", filepath.Join(folder, "go.mod")), &mod); err != nil {
		t.Fatal(err)
	}
	for _, r := range mod.Require {
		words := strings.FieldsFunc(r.Path, func(r rune) bool { return r == '/' || r == '.' })
		if !r.Indirect && slices.Contains(words, name) {
			found = append(found, strings.TrimPrefix(r.Version, "v"))
			if day := untagged.FindStringSubmatch(r.Version); day != nil {
				found = append(found, strings.Join(day[1:], "-"))
			}
		}
	}
	if text, err := os.ReadFile(filepath.Join(folder, name+"db", "db.go")); err == nil {
		by := regexp.MustCompile(`(?m)^//\s+` + name + ` v([0-9.]+)$`).FindSubmatch(text)
		if by != nil {
			found = append(found, string(by[1]))
		}
	}
	return found
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
