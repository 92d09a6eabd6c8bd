package pgdump

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"
)

// dump is the text of a dump, with where its lines begin.
type dump struct {
	name  string
	sql   string
	lines []int // offsets
}

func newDump(s Source) (dump, error) {
	body := bytes.TrimPrefix(s.Text, []byte("\uFEFF"))
	if refusal := unreadable(body); refusal != nil {
		refusal.File = s.Name
		return dump{}, refusal
	}
	return linesOf(s.Name, string(body)), nil
}

func linesOf(name, sql string) dump {
	d := dump{name: name, sql: sql, lines: []int{0}}
	for i := range len(sql) {
		if sql[i] == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	return d
}

// at returns the place of an offset.
func (d *dump) at(offset int) Place {
	line := sort.SearchInts(d.lines, offset+1)
	return Place{d.name, line, 1 + utf8.RuneCountInString(d.sql[d.lines[line-1]:offset]), d.sql, offset}
}

// offset finds a line and a column of characters, both from 1. What is behind the end is the end.
func (d *dump) offset(line, column int) int {
	if line > len(d.lines) {
		return len(d.sql)
	}
	start := d.lines[line-1]
	for i := range d.sql[start:] {
		if column--; column <= 0 {
			return start + i
		}
	}
	return len(d.sql)
}

// edit puts another text in the place of [start, end).
type edit struct {
	start, end int
	text       string
}

// apply makes edits, which are in order and do not overlap.
func apply(s string, edits []edit) string {
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(s[at:e.start])
		b.WriteString(e.text)
		at = e.end
	}
	b.WriteString(s[at:])
	return b.String()
}

// origin turns an offset behind edits into one before them; what an edit has put in comes from where it begins.
func origin(edits []edit, offset int) int {
	shift := 0 // what the edits so far have added
	for _, e := range edits {
		if offset < e.start+shift {
			break
		}
		if offset < e.start+shift+len(e.text) {
			return e.start
		}
		shift += len(e.text) - (e.end - e.start)
	}
	return offset - shift
}
