package sqlparse

import (
	"strings"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// A shape begins with a byte that no statement may hold, and holds a mark for each constant. No text that has a shape
// holds a mark itself.
const (
	shapeStart = '\x00'
	markString = '\x01'
	markNumber = '\x02'
)

// Shape returns sql with its plain constants replaced by marks: strings '…' and whole numbers. Texts of the same shape
// differ in the contents of those constants only, and no shape is a statement. ok is false when the text holds no plain
// constant, holds a mark, or is not valid UTF-8.
//
// A string counts as plain when it holds no quote, no backslash and no $, at which checkPlaceholders looks. Where
// PostgreSQL's lexer takes the bytes for a string constant in one text of a shape ([ShapeHolds]), it starts that constant
// in the same state in every other one, since all before it is the same but for other such constants, and ends it at the
// same quote. So what holds for one holds for all.
func Shape(sql string) (shape string, ok bool) {
	if strings.IndexByte(sql, markString) >= 0 || strings.IndexByte(sql, markNumber) >= 0 ||
		strings.IndexByte(sql, shapeStart) >= 0 || !utf8.ValidString(sql) {
		return "", false
	}
	var b strings.Builder
	last := 0
	for t := range constants(sql) {
		if last == 0 {
			b.Grow(len(sql) + 1)
			b.WriteByte(shapeStart)
		}
		b.WriteString(sql[last:t.start])
		if sql[t.start] == '\'' {
			b.WriteByte(markString)
		} else {
			b.WriteByte(markNumber)
		}
		last = t.end
	}
	if last == 0 {
		return "", false
	}
	b.WriteString(sql[last:])
	return b.String(), true
}

// constants yields the plain constants of a text, in order.
func constants(sql string) func(yield func(token) bool) {
	return func(yield func(token) bool) {
		x := lexer{s: sql}
		for t := x.next(); t.kind != tokEOF; t = x.next() {
			if t.kind == tokLiteral && plain(sql[t.start:t.end]) && !yield(t) {
				return
			}
		}
	}
}

// plain reports whether a literal is a whole number, or a string that ends at the next quote in whatever way it is read.
// Numbers of ten digits and more are left alone: the grammar takes those that do not fit 32 bits for another kind.
func plain(literal string) bool {
	if literal[0] != '\'' {
		return len(literal) < 10 && digits(literal)
	}
	if len(literal) < 2 || literal[len(literal)-1] != '\'' {
		return false
	}
	return !strings.ContainsAny(literal[1:len(literal)-1], `'\$*`)
}

func digits(s string) bool {
	for i := range len(s) {
		if classes[s[i]]&classDigit == 0 {
			return false
		}
	}
	return true
}

// ShapeHolds reports whether PostgreSQL's own lexer takes exactly those bytes for string and number constants that Shape
// replaces, and whether none of them can be part of a name: the constant behind UESCAPE decides how names are read.
func ShapeHolds(sql string) bool {
	scan, err := pg.Scan(sql)
	if err != nil {
		return false
	}
	tokens := scan.Tokens
	for _, t := range tokens {
		if t.Token == pg.Token_UESCAPE {
			return false
		}
	}
	for t := range constants(sql) {
		for len(tokens) > 0 && int(tokens[0].Start) < t.start {
			tokens = tokens[1:]
		}
		if len(tokens) == 0 || int(tokens[0].Start) != t.start || int(tokens[0].End) != t.end {
			return false
		}
		want := pg.Token_ICONST
		if sql[t.start] == '\'' {
			want = pg.Token_SCONST
		}
		if tokens[0].Token != want {
			return false
		}
	}
	return true
}
