// Package pgdump reads what pg_dump --schema-only writes as a script, and writes the SQL that makes the same objects in
// whatever schema is first on the search_path. [Import] is the entry point. [IsRaw] tells such a script from other SQL.
//
// pg_dump empties the search_path, so it writes the schema in front of every name (PostgreSQL manual, "pg_dump"). The
// package takes that name away, and leaves out what is not of the schema: owners, rights, settings, extensions and the
// like. It works on tokens: a dump of a newer server may hold what no parser here knows. Only where the schema's name
// is also the name of something else in a statement does it ask the parser which is which.
//
// Promise: linear time, no panic, whatever the text is. Names outside of the schema stay as they are.
//
// Not promised: that the result is a DDL that provision accepts. That is for provision to say; [Result.Place] tells
// where in the dump a place of the result came from.
package pgdump

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrRefused: a dump cannot be imported. Errors of the package are *[Refusal]s, which match it.
var ErrRefused = errors.New("docex: the dump is refused")

// Refusal says why a dump cannot be imported, and what to do.
type Refusal struct {
	File   string // name of the dump
	Line   int    // from 1; 0 when it is about the whole
	Reason string
	Remedy string // a command or an option; may be empty
}

func (e *Refusal) Error() string {
	place := e.File
	if e.Line > 0 {
		place = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	return ErrRefused.Error() + ": " + place + ": " + e.Reason
}

// Is makes errors.Is hold for ErrRefused.
func (e *Refusal) Is(target error) bool { return target == ErrRefused }

// Source is one dump.
type Source struct {
	Name string // in messages
	Text []byte
}

// Options say what to take out of dumps. The zero value takes the one schema that there is.
type Options struct {
	// Schema is the schema whose objects are wanted. Empty means the only one; several are then refused.
	Schema string
	// ExtensionSchemas hold nothing but extensions. Names in them stay as they are.
	ExtensionSchemas []string
}

// Result is a clean DDL, and what became of the rest.
type Result struct {
	Schema     string   // whose objects they are
	Versions   []string // of the servers and of pg_dump, as the dumps tell, each once
	Text       string
	Statements int
	LeftOut    []Count     // what is not in Text, by kind, in the order of the kinds' names
	Extensions []Extension // that the dumps install, in their order
	Notes      []Note      // what somebody should look at, in the order of the dumps

	dumps  []dump
	text   dump // Text, with its lines
	pieces []piece
}

// Count is how many statements of a kind were left out.
type Count struct {
	Kind string // a plural, such as "owners"
	N    int
}

// Extension is an extension that the dumps install.
type Extension struct {
	Name   string
	Schema string // where the dumped database has it; empty when the dump does not say
}

// Note is a place in a dump that somebody should look at.
type Note struct {
	File         string
	Line, Column int // from 1; Column in characters
	Text         string
}

// Import reads dumps, in their order, as one DDL. The error is a *[Refusal].
func Import(sources []Source, o Options) (*Result, error) {
	var all []statement
	r := &Result{}
	for i, source := range sources {
		d, err := newDump(source)
		if err != nil {
			return nil, err
		}
		r.dumps = append(r.dumps, d)
		script, err := read(d, i)
		if err != nil {
			return nil, err
		}
		all = append(all, script.statements...)
		r.version(script.versions...)
	}
	s := sorter{result: r, options: o, counts: map[string]int{}, others: map[string]bool{}}
	kept, err := s.sort(all)
	if err != nil {
		return nil, err
	}
	extensions := slices.Clone(o.ExtensionSchemas)
	for _, e := range r.Extensions {
		extensions = append(extensions, e.Schema)
	}
	s.count("search_path clauses", r.write(kept, s.others, extensions))
	r.LeftOut = s.sorted()
	slices.SortStableFunc(r.Notes, func(a, b Note) int { return cmp.Or(cmp.Compare(a.File, b.File), a.Line-b.Line) })
	return r, nil
}

func (r *Result) version(lines ...string) {
	for _, line := range lines {
		if !slices.Contains(r.Versions, line) {
			r.Versions = append(r.Versions, line)
		}
	}
}

// IsRaw reports whether a text is a script of pg_dump as it comes. One that was cleaned by hand may keep the header. It
// lacks the statement that empties the search_path.
func IsRaw(text string) bool {
	return strings.Contains(text, header) && strings.Contains(text, "SELECT pg_catalog.set_config('search_path',")
}
