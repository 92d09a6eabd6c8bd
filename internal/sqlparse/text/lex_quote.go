package text

import "strings"

// quoted consumes a literal or name between two quotes q; a doubled quote stands for itself. x.pos is at the opening
// one. An unterminated one runs to the end of the text, where the C lexer raises an error.
//
// For B” and X” a doubled quote ends one literal and starts the next, and literals that continue on the next line
// ('a' newline 'b') are one token for PostgreSQL: inside and outside are the same bytes either way.
func (x *lexer) quoted(q byte, kind TokenKind) TokenKind {
	x.pos++
	for {
		i := strings.IndexByte(x.s[x.pos:], q)
		if i < 0 {
			x.pos = len(x.s)
			return kind
		}
		x.pos += i + 1
		if x.at(x.pos) != q {
			return kind
		}
		x.pos++
	}
}

// escapeString consumes E'…', where a backslash takes the next byte with it, and the segments that continue it on later
// lines: those are in escape mode too, although nothing marks them. x.pos is at the opening quote.
func (x *lexer) escapeString() TokenKind {
	for {
		x.escapeSegment()
		next, ok := x.continuation()
		if !ok {
			return TokenLiteral
		}
		x.pos = next
	}
}

// escapeSegment consumes from an opening quote past the closing one, or to the end of the text.
func (x *lexer) escapeSegment() {
	for x.pos++; x.pos < len(x.s); x.pos++ {
		switch c := x.s[x.pos]; {
		case c == '\\', c == '\'' && x.at(x.pos+1) == '\'':
			x.pos++
		case c == '\'':
			x.pos++
			return
		}
	}
	x.pos = len(x.s)
}

// continuation looks for the quote that continues a string constant: white space with at least one newline lies between
// (manual 4.1.2.1). A server lets -- comments stand there too; pg_query does not, and finds two constants in a row,
// which its grammar refuses. So a text that the two read differently is never allowed.
func (x *lexer) continuation() (int, bool) {
	newline := false
	for i := x.pos; i < len(x.s); i++ {
		c := x.s[i]
		if classes[c]&classSpace == 0 {
			return i, c == '\'' && newline
		}
		newline = newline || c == '\n' || c == '\r'
	}
	return 0, false
}

// dollar consumes a parameter ($1), a dollar-quoted string ($tag$…$tag$) or a lone '$'. A '$' that touches a name in
// front of it belongs to the name and never comes here.
func (x *lexer) dollar() TokenKind {
	i := x.pos + 1
	if classes[x.at(i)]&classDigit != 0 {
		for classes[x.at(i)]&classDigit != 0 {
			i++
		}
		x.pos = i
		return TokenLiteral
	}
	if classes[x.at(i)]&classIdent != 0 {
		for classes[x.at(i)]&(classIdent|classDigit) != 0 {
			i++
		}
	}
	if x.at(i) != '$' {
		x.pos++
		return TokenOther
	}
	tag := x.s[x.pos : i+1]
	x.pos = i + 1
	// A tag holds no inner '$', so the C lexer, which tries every '$' as a start, stops at the first occurrence too.
	if end := strings.Index(x.s[x.pos:], tag); end >= 0 {
		x.pos += end + len(tag)
	} else {
		x.pos = len(x.s)
	}
	return TokenLiteral
}
