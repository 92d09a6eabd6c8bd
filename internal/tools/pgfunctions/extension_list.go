package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// The columns of extensions.tsv, which its first lines explain. Those of a function, from its name on, are the columns
// of functions.tsv.
const (
	extName     = 0 // of a line about a function
	extFunction = 1
	extColumns  = extFunction + fnColumns

	headMark     = "extension" // in place of a name: a line about an extension
	headName     = 1
	headVersions = 2
	headColumns  = 5
)

// extensionList is the file: comments, and then, by extension, a line about it and one for each of its functions.
type extensionList struct {
	path      string
	old       []byte
	head      []string
	heads     map[string][]string // by the extension
	functions map[string][]string // by the function; no two extensions have one of a name
}

func readExtensionList(path string) (*extensionList, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("pgfunctions: %w", err)
	}
	l := &extensionList{path: path, old: text, heads: map[string][]string{}, functions: map[string][]string{}}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		row := strings.Split(line, "\t")
		switch {
		case strings.HasPrefix(line, "#"):
			l.head = append(l.head, line)
		case row[0] == headMark && len(row) == headColumns && l.heads[row[headName]] == nil:
			l.heads[row[headName]] = row
		case len(row) == extColumns && l.heads[row[extName]] != nil && l.functions[row[extFunction]] == nil:
			l.functions[row[extFunction]] = row
		default:
			return nil, fmt.Errorf("pgfunctions: %s: %d columns, no line about its extension, or the name comes twice: %q",
				path, len(row), line)
		}
	}
	return l, nil
}

// text is the file's, its lines sorted by bytes, so that it depends on nothing but what it says.
func (l *extensionList) text() []byte {
	var b bytes.Buffer
	for _, line := range l.head {
		fmt.Fprintln(&b, line)
	}
	for _, name := range slices.Sorted(maps.Keys(l.heads)) {
		fmt.Fprintln(&b, strings.Join(l.heads[name], "\t"))
		for _, function := range l.names(name, nil) {
			fmt.Fprintln(&b, strings.Join(l.functions[function], "\t"))
		}
	}
	return b.Bytes()
}

// reviewed are the extensions of which some version was reviewed.
func (l *extensionList) reviewed() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(l.heads)) {
		if l.versions(name) != nil {
			names = append(names, name)
		}
	}
	return names
}

func (l *extensionList) versions(name string) []string { return set(l.heads[name][headVersions], ",") }

// names are the functions of an extension, those of the list and those of a server together.
func (l *extensionList) names(name string, server map[string][]overload) []string {
	all := map[string]bool{}
	for function, row := range l.functions {
		if row[extName] == name {
			all[function] = true
		}
	}
	for function := range server {
		all[function] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// has says whether a version of the extension has the function, according to its line.
func (l *extensionList) has(row []string, version string) bool {
	versions := row[extFunction+fnVersions]
	return versions == "all" || slices.Contains(set(versions, ","), version)
}
