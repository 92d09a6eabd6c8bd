package guard

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/docex/docex/internal/sqlparse/text"
)

// How many cells of a line an excerpt shows in front of the column, and from it on.
const (
	cellsBefore = 50
	cellsAfter  = 60
)

// view is what a terminal shows of a line around a column. It keeps no more than that, however long the line is.
type view struct {
	at int // the offset that the caret points at

	before, after         []glyph
	costBefore, costAfter int
	cutLeft, cutRight     bool
}

// full reports whether nothing more would be shown.
func (v *view) full() bool { return v.costAfter >= cellsAfter }

// show adds the bytes [from, to) of a text to a view, with what a message must not repeat masked.
func (v *view) show(sql string, from, to int, parsed bool) {
	for h := range text.HiddenIn(sql, parsed) {
		if h.End <= from {
			continue
		}
		if h.Start >= to || v.full() {
			break
		}
		v.text(sql, from, min(max(h.Start, from), to))
		v.add(h.End > v.at, glyph{h.Mask, utf8.RuneCountInString(h.Mask)})
		from = min(h.End, to)
	}
	v.text(sql, from, to)
}

// text adds the characters of a piece of the text.
func (v *view) text(sql string, from, to int) {
	for from < to && !v.full() {
		r, size := utf8.DecodeRuneInString(sql[from:to])
		v.add(from >= v.at, glyphOf(r, sql[from:from+size]))
		from += size
	}
	v.cutRight = v.cutRight || from < to
}

// add appends a glyph in front of the column or behind it.
func (v *view) add(behind bool, g glyph) {
	switch {
	case behind && v.full():
		v.cutRight = true
	case behind:
		v.after = append(v.after, g)
		v.costAfter += g.cost()
	case g.text == " " && len(v.before) == 0 && !v.cutLeft: // indentation
	default:
		v.before = append(v.before, g)
		v.costBefore += g.cost()
		if v.costBefore > 2*cellsBefore { // not each time, so that a long line costs linear time
			v.trim()
		}
	}
}

// trim drops what is too far in front of the column.
func (v *view) trim() {
	n := 0
	for v.costBefore > cellsBefore {
		v.costBefore -= v.before[n].cost()
		n++
	}
	v.before = slices.Delete(v.before, 0, n)
	v.cutLeft = v.cutLeft || n > 0
}

// lines returns the text of the view, and the caret to print below it.
func (v *view) lines() (code, caret string) {
	v.trim()
	var b strings.Builder
	column := 0
	if v.cutLeft {
		b.WriteString("…")
		column++
	}
	for _, g := range v.before {
		b.WriteString(g.text)
		column += g.cells
	}
	for _, g := range v.after {
		b.WriteString(g.text)
	}
	if v.cutRight {
		b.WriteString("…")
	}
	return strings.TrimRight(b.String(), " "), strings.Repeat(" ", column) + "^"
}
