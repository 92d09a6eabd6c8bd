package text

import (
	"iter"
	"strings"
	"unicode/utf8"
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
// A string counts as plain when it holds no quote, no backslash and no $, at which [CheckPlaceholders] looks. Where
// PostgreSQL's lexer takes the bytes for a string constant in one text of a shape (sqlparse.ShapeHolds), it starts that
// constant in the same state in every other one, since all before it is the same except for other such constants. It
// ends the constant at the same quote. So what holds for one holds for all.
func Shape(sql string) (shape string, ok bool) {
	if strings.IndexByte(sql, markString) >= 0 || strings.IndexByte(sql, markNumber) >= 0 ||
		strings.IndexByte(sql, shapeStart) >= 0 || !utf8.ValidString(sql) {
		return "", false
	}
	var b strings.Builder
	last := 0
	for t := range Constants(sql) {
		if last == 0 {
			b.Grow(len(sql) + 1)
			b.WriteByte(shapeStart)
		}
		b.WriteString(sql[last:t.Start])
		if sql[t.Start] == '\'' {
			b.WriteByte(markString)
		} else {
			b.WriteByte(markNumber)
		}
		last = t.End
	}
	if last == 0 {
		return "", false
	}
	b.WriteString(sql[last:])
	return b.String(), true
}

// Constants yields the plain constants of a text, those that [Shape] replaces, in order.
func Constants(sql string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		x := lexer{s: sql}
		for t := x.next(); t.Kind != TokenEOF; t = x.next() {
			if t.Kind == TokenLiteral && plain(sql[t.Start:t.End]) && !yield(t) {
				return
			}
		}
	}
}

// plain reports whether a literal is a whole number, or a string that ends at the next quote in whatever way it is
// read. Numbers of ten digits and more are left alone: the grammar takes those that do not fit 32 bits for another
// kind.
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
