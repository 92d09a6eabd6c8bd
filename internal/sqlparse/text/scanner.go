package text

import "strings"

// Scanner reads the tokens of a text of any size, of which statements may be a part. It borders strings, names,
// comments and operators as PostgreSQL does, in one pass that is linear and does not recurse. It belongs to one
// goroutine.
type Scanner struct{ x lexer }

// NewScanner returns a Scanner at the beginning of a text.
func NewScanner(sql string) *Scanner { return &Scanner{lexer{s: sql}} }

// Next steps over white space and comments, any number of them, and returns the token behind.
func (s *Scanner) Next() Token {
	for {
		t := s.x.next()
		if s.x.fault == nil || s.x.fault.Limit != "comments" {
			return t
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

// Tokens returns the tokens of a text. The error is a *[LimitError] behind the last one that could be read.
func Tokens(sql string) (tokens []Token, err error) {
	s := NewScanner(sql)
	for t := s.Next(); t.Kind != TokenEOF; t = s.Next() {
		tokens = append(tokens, t)
	}
	return tokens, s.Fault()
}

// WordSet is the set of the words in a text, with blanks between them.
func WordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}
