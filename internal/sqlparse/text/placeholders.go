package text

import (
	"fmt"
	"strings"
)

// PlaceholderError says that a text holds $ and a digit inside a constant, a name or a comment, next to a construct
// that simple lexers read differently from PostgreSQL's.
type PlaceholderError struct {
	Offset int // of the construct
}

func (e *PlaceholderError) Error() string {
	return fmt.Sprintf("sqlparse: clients may see a placeholder in a constant, name or comment at offset %d", e.Offset)
}

// CheckPlaceholders returns nil or a *[PlaceholderError]. It protects the promise that the server runs the text that
// was checked. In pgx's simple protocol mode the client puts the arguments into the text, with a lexer of its own;
// where it sees a placeholder inside what PostgreSQL reads as a constant, the argument's quotes end that constant and
// the rest of the argument is SQL. Measured with pgx 5.12.0: for each construct of [misread], another tenant's row.
//
// The verdict depends on what stands in constants and comments, unlike that of the parse tree.
func CheckPlaceholders(sql string) error {
	if !mayMisplace(sql) {
		return nil
	}
	hidden, odd, end := false, -1, 0
	x := lexer{s: sql}
	for {
		t := x.next()
		hidden = hidden || holdsPlaceholder(sql[end:t.Start]) ||
			!isParameter(sql, t) && holdsPlaceholder(sql[t.Start:t.End])
		if odd < 0 && misread(sql, t) {
			odd = t.Start
		}
		if hidden && odd >= 0 {
			return &PlaceholderError{Offset: odd}
		}
		if t.Kind == TokenEOF {
			return nil
		}
		end = t.End
	}
}

// mayMisplace tells most texts apart without reading tokens: a placeholder and something that misread looks at are
// both needed.
func mayMisplace(sql string) bool {
	placeholder, odd := false, strings.IndexByte(sql, '\\') >= 0
	for i := strings.IndexByte(sql, '$'); i >= 0 && i < len(sql); i++ {
		if sql[i] != '$' {
			continue
		}
		placeholder = placeholder || digitAt(sql, i+1)
		odd = odd || i > 0 && classes[sql[i-1]]&(classIdent|classDigit) != 0 || !asciiTag(sql[i:])
	}
	return placeholder && odd
}

func holdsPlaceholder(s string) bool {
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			return false
		}
		s = s[i+1:]
		if digitAt(s, 0) {
			return true
		}
	}
}

func isParameter(sql string, t Token) bool {
	return t.Kind == TokenLiteral && sql[t.Start] == '$' && digitAt(sql, t.Start+1)
}

func digitAt(s string, i int) bool { return i < len(s) && classes[s[i]]&classDigit != 0 }

// misread reports constructs after which a lexer that knows the rules of quotes, comments and dollar quotes, but not
// all of PostgreSQL's, is in another state than PostgreSQL's.
func misread(sql string, t Token) bool {
	if t.Kind == TokenWord {
		return strings.IndexByte(sql[t.Start:t.End], '$') >= 0 // name$1; name$$ starts no dollar quote
	}
	if t.Kind != TokenLiteral {
		return false
	}
	switch s := sql[t.Start:t.End]; s[0] {
	case '\'': // date'…\' is no E'…\'…'
		return t.Start > 0 && sql[t.Start-1]|0x20 == 'e' && strings.IndexByte(s, '\\') >= 0
	case 'e', 'E': // what continues E'…' on the next line is in escape mode, too
		first := lexer{s: s, pos: 1}
		first.escapeSegment()
		return strings.IndexByte(s[first.pos:], '\\') >= 0
	case '$':
		return !asciiTag(s)
	}
	return false
}

// asciiTag reports whether the letters behind the $ that s starts with are ASCII, up to the next $ or whatever else
// ends a tag.
func asciiTag(s string) bool {
	for i := 1; i < len(s) && classes[s[i]]&(classIdent|classDigit) != 0; i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// HasQuestionMark reports whether an operator of the text holds a ?, the placeholder of other databases.
func HasQuestionMark(sql string) bool {
	x := lexer{s: sql}
	for t := x.next(); t.Kind != TokenEOF; t = x.next() {
		if t.Kind == TokenOp && strings.Contains(sql[t.Start:t.End], "?") {
			return true
		}
	}
	return false
}
