package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The columns of the two files, which explain them in their first lines.
const (
	fnName = iota
	fnClass
	fnReason
	fnDot
	fnVersions
	fnForms
	fnColumns
)

const (
	typName = iota
	typClass
	typVersions
	typFacts
	typColumns
)

const servers = "# servers: " // the line of a file's head that says which servers it was compared with

// lists are guard's files.
type lists struct {
	functions, types *list
	extensions       *extensionList
}

// list is one file: comments, and then lines of columns with the name first.
type list struct {
	path string
	old  []byte
	head []string
	rows map[string][]string
}

func readLists(dir string) (*lists, error) {
	functions, err := readList(filepath.Join(dir, "functions.tsv"), fnColumns)
	if err != nil {
		return nil, err
	}
	types, err := readList(filepath.Join(dir, "types.tsv"), typColumns)
	if err != nil {
		return nil, err
	}
	extensions, err := readExtensionList(filepath.Join(dir, "extensions.tsv"))
	return &lists{functions, types, extensions}, err
}

func readList(path string, columns int) (*list, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("pgfunctions: %w", err)
	}
	l := &list{path: path, old: text, rows: map[string][]string{}}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		row := strings.Split(line, "\t")
		switch {
		case strings.HasPrefix(line, "#"):
			l.head = append(l.head, line)
		case len(row) != columns || l.rows[row[0]] != nil:
			return nil, fmt.Errorf("pgfunctions: %s: %d columns, or the name comes twice: %q", path, len(row), line)
		default:
			l.rows[row[0]] = row
		}
	}
	return l, nil
}

func (l *lists) write() error {
	return errors.Join(replace(l.functions.path, l.functions.old, l.functions.text()),
		replace(l.types.path, l.types.old, l.types.text()),
		replace(l.extensions.path, l.extensions.old, l.extensions.text()))
}

func replace(path string, old, text []byte) error {
	if bytes.Equal(text, old) {
		return nil
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("pgfunctions: %w", err)
	}
	return nil
}

// text is the file's, its lines sorted by bytes, so that it depends on nothing but what it says.
func (l *list) text() []byte {
	var b bytes.Buffer
	for _, line := range l.head {
		fmt.Fprintln(&b, line)
	}
	for _, name := range slices.Sorted(maps.Keys(l.rows)) {
		fmt.Fprintln(&b, strings.Join(l.rows[name], "\t"))
	}
	return b.Bytes()
}

// compared notes in the head that the list has been compared with a version, in place of an earlier minor release.
func (l *list) compared(version string) {
	for i, line := range l.head {
		if rest, ok := strings.CutPrefix(line, servers); ok {
			versions := strings.Split(rest, ", ")
			major, _, _ := strings.Cut(version, ".")
			versions = slices.DeleteFunc(versions, func(v string) bool { return strings.HasPrefix(v, major+".") })
			versions = append(versions, version)
			slices.Sort(versions)
			l.head[i] = servers + strings.Join(versions, ", ")
		}
	}
}

// set is a column that holds a list of words, "-" when empty.
func set(column, separator string) []string {
	if column == "-" {
		return nil
	}
	return strings.Split(column, separator)
}

// with returns the column with or without a word.
func with(column, separator, word string, in bool) string {
	words := slices.DeleteFunc(set(column, separator), func(w string) bool { return w == word })
	if in {
		words = append(words, word)
	}
	if len(words) == 0 {
		return "-"
	}
	slices.Sort(words)
	return strings.Join(words, separator)
}
