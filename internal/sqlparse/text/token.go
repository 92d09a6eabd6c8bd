package text

// TokenKind says what a [Token] is, as far as borders and the shape of a parse tree depend on it.
type TokenKind uint8

const (
	TokenEOF     TokenKind = iota // the end of the text, or of what can be read: see [Scanner.Fault]
	TokenLiteral                  // a string, number, bit string or parameter ($1): a leaf of the tree
	TokenQuoted                   // a "quoted name": never a keyword
	TokenWord                     // an unquoted name or keyword
	TokenOp                       // one operator, or the signs made of ':', for casts, slices and assignments
	TokenOpen                     // ( [
	TokenClose                    // ) ]
	TokenComma
	TokenSemi
	TokenDot
	TokenOther // a byte that no rule of SQL takes, such as a backslash; the parser refuses it
)

// Token is one lexeme: the bytes [Start, End) of a text.
type Token struct {
	Kind       TokenKind
	Start, End int
}
