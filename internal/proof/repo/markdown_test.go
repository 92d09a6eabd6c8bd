package repo

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// maxColumns is the longest line of prose. Tables, and blocks that show what a program prints, may be wider.
const maxColumns = 120

// page is a Markdown file, without the fenced blocks in it.
type page struct {
	name  string // from the repository's root
	lines []string
}

// pages reads all Markdown files of the repository.
func pages(t *testing.T) (all []page) {
	t.Helper()
	root := filepath.Dir(goMod(t))
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		all = append(all, page{name, prose(string(text))})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("the repository has no Markdown")
	}
	return all
}

// prose empties the lines of fenced blocks, so that line numbers stay.
func prose(text string) []string {
	lines := strings.Split(text, "\n")
	fenced := false
	for i, line := range lines {
		fence := strings.HasPrefix(line, "```")
		if fence || fenced {
			lines[i] = ""
		}
		fenced = fenced != fence
	}
	return lines
}

// TestMarkdownLines: prose can be read, and compared, in a terminal.
func TestMarkdownLines(t *testing.T) {
	for _, p := range pages(t) {
		for i, line := range p.lines {
			if n := utf8.RuneCountInString(line); n > maxColumns && !strings.HasPrefix(line, "|") {
				t.Errorf("%s:%d: %d columns, the most is %d", p.name, i+1, n, maxColumns)
			}
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestMarkdownLinks: a link to a file of ours, or to a heading, leads there.
func TestMarkdownLinks(t *testing.T) {
	root := filepath.Dir(goMod(t))
	headings := map[string][]string{}
	for _, p := range pages(t) {
		headings[p.name] = anchors(p.lines)
	}
	for _, p := range pages(t) {
		for _, found := range link.FindAllStringSubmatch(strings.Join(p.lines, "\n"), -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(found[1], "#")
			target := p.name
			if file != "" {
				target = filepath.Join(filepath.Dir(p.name), file)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which is not there", p.name, found[1])
			} else if anchor != "" && !slices.Contains(headings[target], anchor) {
				t.Errorf("%s links to %s, and there is no such heading", p.name, found[1])
			}
		}
	}
}

// TestPagesAreFound: the README leads to each page of docs.
func TestPagesAreFound(t *testing.T) {
	found := 0
	for _, p := range pages(t) {
		if filepath.Dir(p.name) != "docs" {
			continue
		}
		found++
		if !strings.Contains(readme(t), "]("+filepath.ToSlash(p.name)+")") {
			t.Errorf("README.md does not link to %s", p.name)
		}
	}
	if found == 0 {
		t.Error("there is no page")
	}
}

// anchors returns what headings are linked by: in lower case, without punctuation, with hyphens for spaces.
func anchors(lines []string) (all []string) {
	for _, line := range lines {
		heading := strings.TrimLeft(line, "#")
		if heading == line || !strings.HasPrefix(heading, " ") {
			continue
		}
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(heading)))
	}
	return all
}
