package text

// The lexical rules are those of PostgreSQL 16's scan.l (PostgreSQL manual 4.1, "Lexical Structure") with
// standard_conforming_strings on. The parser assumes that setting, and the driver pins it. Only what moves the borders
// of strings, quoted names, comments and operators matters here. Values are never computed.
//
// Where the C lexer raises an error, parsing ends without a tree, so it does not matter what this lexer makes of the
// rest. Everywhere else the borders must be the same. TestLexerAgreesWithPostgres and FuzzLexer of package sqlparse
// hold this lexer against the C one.

// byteClass has one bit per character class of scan.l.
type byteClass uint8

const (
	// classSpace is [ \t\n\r\f], and \v as in newer PostgreSQL. The lexer of pg_query 5.1 makes a token of \v that its
	// grammar refuses, so nothing after one is ever parsed; when it learns \v, this lexer knows it already.
	classSpace byteClass = 1 << iota
	classIdent           // ident_start: letters, '_' and every byte above 127
	classDigit
	classOp     // op_chars
	classStrong // the operator characters after which a trailing + or - stays part of the operator
)

var classes = func() (t [256]byteClass) {
	for c := range t {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z' && c < 0x80, c == '_', c >= 0x80:
			t[c] = classIdent
		case '0' <= c && c <= '9':
			t[c] = classDigit
		}
	}
	mark := func(set string, b byteClass) {
		for i := range len(set) {
			t[set[i]] |= b
		}
	}
	mark(" \t\n\r\f\v", classSpace)
	mark("~!@#^&|`?+-*/%<>=", classOp)
	mark("~!@#^&|`?%", classStrong)
	return t
}()

// lexer walks a text once, left to right. It is a value on its user's stack and allocates nothing.
type lexer struct {
	s        string
	pos      int
	ops      opRun
	comments int  // comments since the last token
	open     bool // the text ends inside a comment
	fault    *LimitError
}

// next skips white space and comments and returns the token after them. Once it has set x.fault it returns TokenEOF.
func (x *lexer) next() Token {
	x.skipBlank()
	if x.fault != nil || x.pos >= len(x.s) {
		return Token{TokenEOF, len(x.s), len(x.s)}
	}
	start := x.pos
	kind := x.lexeme()
	return Token{kind, start, x.pos}
}

// lexeme consumes the token that starts at x.pos, which is not white space or a comment.
func (x *lexer) lexeme() TokenKind {
	c := x.s[x.pos]
	switch class := classes[c]; {
	case class&classIdent != 0:
		return x.word()
	case class&classDigit != 0:
		return x.number()
	case class&classOp != 0:
		return x.operator()
	}
	switch c {
	case '\'':
		return x.quoted('\'', TokenLiteral)
	case '"':
		return x.quoted('"', TokenQuoted)
	case '$':
		return x.dollar()
	case ':':
		return x.colon()
	}
	x.pos++
	switch c {
	case '(', '[':
		return TokenOpen
	case ')', ']':
		return TokenClose
	case ',':
		return TokenComma
	case ';':
		return TokenSemi
	case '.':
		return TokenDot
	}
	return TokenOther
}

// word consumes an identifier or keyword, or the string that a one-letter prefix starts.
func (x *lexer) word() TokenKind {
	start := x.pos
	for x.pos < len(x.s) && (classes[x.s[x.pos]]&(classIdent|classDigit) != 0 || x.s[x.pos] == '$') {
		x.pos++
	}
	if x.pos-start != 1 || x.pos == len(x.s) {
		return TokenWord
	}
	prefix, after := x.s[start]|0x20, x.s[x.pos]
	switch {
	case after == '\'' && prefix == 'e':
		return x.escapeString()
	case after == '\'' && (prefix == 'b' || prefix == 'x' || prefix == 'n'):
		return x.quoted('\'', TokenLiteral)
	case after == '&' && prefix == 'u' && x.at(x.pos+1) == '\'':
		x.pos++
		return x.quoted('\'', TokenLiteral)
	case after == '&' && prefix == 'u' && x.at(x.pos+1) == '"':
		x.pos++
		return x.quoted('"', TokenQuoted)
	}
	return TokenWord
}

// number consumes a numeric constant (manual 4.1.2.6) and whatever letters touch it, which the C lexer calls "trailing
// junk" and refuses. The point belongs to it, also in "1. AND": a word after any other point is a name.
func (x *lexer) number() TokenKind {
	if next := x.at(x.pos+1) | 0x20; x.s[x.pos] == '0' && (next == 'x' || next == 'o' || next == 'b') {
		x.skip(classIdent | classDigit)
		return TokenLiteral
	}
	fraction := x.pos > 0 && x.s[x.pos-1] == '.' // the 5 of ".5"
	x.decimals()
	if !fraction && x.at(x.pos) == '.' && x.at(x.pos+1) != '.' {
		x.pos++
		x.decimals()
	}
	if sign := x.at(x.pos + 1); x.at(x.pos)|0x20 == 'e' && (sign == '+' || sign == '-') {
		x.pos += 2
	}
	x.skip(classIdent | classDigit)
	return TokenLiteral
}

// decimals consumes digits and the underscores between them.
func (x *lexer) decimals() {
	for x.at(x.pos) == '_' || classes[x.at(x.pos)]&classDigit != 0 {
		x.pos++
	}
}

// skip consumes bytes of any of the classes.
func (x *lexer) skip(which byteClass) {
	for x.pos < len(x.s) && classes[x.s[x.pos]]&which != 0 {
		x.pos++
	}
}

// colon consumes :: and := , which link expressions, or the ':' of a slice or of a JSON key.
func (x *lexer) colon() TokenKind {
	x.pos++
	if c := x.at(x.pos); c == ':' || c == '=' {
		x.pos++
	}
	return TokenOp
}

// at returns the byte at i, or 0 past the end.
func (x *lexer) at(i int) byte {
	if i < len(x.s) {
		return x.s[i]
	}
	return 0
}
