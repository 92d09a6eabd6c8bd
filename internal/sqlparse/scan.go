package sqlparse

// TokenKind says what a [Token] is, as far as readers of scripts have to know.
type TokenKind uint8

const (
	TokenEOF     TokenKind = iota // the end of the text, or of what can be read: see [Scanner.Fault]
	TokenLiteral                  // a string, number, bit string or parameter ($1)
	TokenQuoted                   // a "quoted name"
	TokenWord                     // an unquoted name or keyword
	TokenOp                       // one operator, or the signs made of ':'
	TokenOpen                     // ( [
	TokenClose                    // ) ]
	TokenComma
	TokenSemi
	TokenDot
	TokenOther // a byte that no rule of SQL takes, such as a backslash
)

// tokenKinds are the kinds that the lexer knows by other names.
var tokenKinds = [...]TokenKind{
	tokEOF: TokenEOF, tokLiteral: TokenLiteral, tokQuoted: TokenQuoted, tokWord: TokenWord, tokOp: TokenOp, tokOpen: TokenOpen,
	tokClose: TokenClose, tokComma: TokenComma, tokSemi: TokenSemi, tokDot: TokenDot, tokOther: TokenOther,
}

// Token is one lexeme: the bytes [Start, End) of a text.
type Token struct {
	Kind       TokenKind
	Start, End int
}

// Scanner reads the tokens of a text of any size, of which statements may be a part: it borders strings, names, comments
// and operators as PostgreSQL does, in one linear pass that does not recurse and never enters the parser. It belongs to one
// goroutine.
type Scanner struct{ x lexer }

// NewScanner returns a Scanner at the beginning of a text.
func NewScanner(sql string) *Scanner { return &Scanner{lexer{s: sql}} }

// Next steps over white space and comments, any number of them, and returns the token behind.
func (s *Scanner) Next() Token {
	for {
		t := s.x.next()
		if s.x.fault == nil || s.x.fault.Limit != "comments" {
			return Token{tokenKinds[t.kind], t.start, t.end}
		}
		s.x.fault = nil // that limit is for what the parser gets to see
	}
}

// Seek makes Next go on at an offset behind the last token, which must be no part of one.
func (s *Scanner) Seek(offset int) { s.x.pos, s.x.ops = offset, opRun{} }

// Fault returns a *[LimitError] when Next stopped before the end of the text.
func (s *Scanner) Fault() error {
	if s.x.fault == nil {
		return nil
	}
	return s.x.fault
}
