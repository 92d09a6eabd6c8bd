package text

import "strings"

// maxBeginning bounds what Beginning returns, in bytes of words.
const maxBeginning = 60

// Beginning returns what a statement begins with, for people: its words and names up to the first bracket, constant or
// AS, such as "CREATE FUNCTION total_of". Nothing that may be data is in it.
func Beginning(statement string) string {
	var b strings.Builder
	x := lexer{s: statement}
	end := 0
	for t := x.next(); ; t = x.next() {
		word := statement[t.Start:t.End]
		switch t.Kind {
		case TokenWord, TokenQuoted, TokenDot, TokenOp:
		default:
			return b.String()
		}
		if b.Len() > 0 && (Fold(word) == "as" || b.Len()+len(word) > maxBeginning) {
			return b.String()
		}
		if end > 0 && t.Start > end {
			b.WriteByte(' ')
		}
		b.WriteString(word)
		end = t.End
	}
}
