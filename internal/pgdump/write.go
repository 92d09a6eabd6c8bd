package pgdump

import (
	"sort"
	"strings"
)

// piece is a statement of the result.
type piece struct {
	at     int // where it begins in Text
	length int
	source int
	start  int    // where it began in the dump
	edits  []edit // of the dump's statement
}

// write makes Text of the statements, and returns how many clauses about the search_path it took out.
func (r *Result) write(kept []statement, others map[string]bool, extensions []string) (clauses int) {
	var b strings.Builder
	b.WriteString("-- Made by docex ddl import. Every tenant is made from this.\n")
	for i := range kept {
		st := &kept[i]
		c := cleaner{schema: r.Schema, others: others, extensions: extensions,
			note: func(offset int, words string) { r.note(st, offset, words) }}
		edits := c.statement(st)
		clauses += c.clauses
		b.WriteString("\n")
		text := apply(st.text, edits)
		r.pieces = append(r.pieces, piece{b.Len(), len(text), st.source, st.start, edits})
		b.WriteString(text)
		b.WriteString(";\n")
	}
	r.Text, r.Statements = b.String(), len(kept)
	r.text = linesOf("", r.Text)
	return clauses
}

// Place is one in a dump.
type Place struct {
	File         string
	Line, Column int    // from 1; Column in characters
	Dump         string // the text of the dump
	Offset       int    // in Dump, in bytes
}

// Place returns where a place of Text came from. line and column count from 1, column in characters.
func (r *Result) Place(line, column int) Place {
	offset := r.text.offset(line, column)
	i := sort.Search(len(r.pieces), func(i int) bool { return r.pieces[i].at > offset }) - 1
	if i < 0 {
		return r.dumps[0].at(0)
	}
	p := &r.pieces[i]
	return r.dumps[p.source].at(p.start + origin(p.edits, min(offset-p.at, p.length)))
}

// note adds a place to look at.
func (r *Result) note(st *statement, offset int, words string) {
	p := r.dumps[st.source].at(st.start + offset)
	r.Notes = append(r.Notes, Note{p.File, p.Line, p.Column, words})
}
