package text

import (
	"iter"
	"strings"
)

// Hidden is a stretch [Start, End) of a text that may hold somebody's data, and what to print in its place.
type Hidden struct {
	Start, End int
	Mask       string // such as '…' for a string
}

// HiddenIn yields, in order, what a message about a text must not repeat: the contents of constants, numbers as well as
// strings, and comments. Names, keywords and parameters ($1) are not hidden.
//
// In a text that does not parse, a quote too many or too few turns strings inside out. So unless parsed is set, every
// word behind the first quote is hidden, too.
func HiddenIn(sql string, parsed bool) iter.Seq[Hidden] {
	return func(yield func(Hidden) bool) {
		x := lexer{s: sql}
		doubt := false
		for end := 0; ; {
			t := x.next()
			if x.fault != nil { // nobody knows what the rest is
				yield(Hidden{end, len(sql), "…"})
				return
			}
			if !hiddenComments(sql, end, t.Start, yield) || t.Kind == TokenEOF {
				return
			}
			doubt = doubt || !parsed && holdsQuote(sql, t)
			if mask := maskOf(sql, t, doubt); mask != "" && !yield(Hidden{t.Start, t.End, mask}) {
				return
			}
			end = t.End
		}
	}
}

// holdsQuote reports whether a token is a string, or a name that may have swallowed one.
func holdsQuote(sql string, t Token) bool {
	s := sql[t.Start:t.End]
	switch t.Kind {
	case TokenLiteral:
		return isString(sql, t)
	case TokenQuoted:
		return strings.IndexByte(s, '\'') >= 0 || strings.Count(s, `"`)%2 != 0
	}
	return false
}

// isString tells strings from the other literals, numbers and parameters.
func isString(sql string, t Token) bool {
	return classes[sql[t.Start]]&classDigit == 0 && !isParameter(sql, t)
}

// maskOf returns what to print instead of a token; "" is the token itself.
func maskOf(sql string, t Token, doubt bool) string {
	switch t.Kind {
	case TokenLiteral:
		switch {
		case isParameter(sql, t):
			return ""
		case isString(sql, t):
			return "'…'"
		}
		return "…"
	case TokenWord, TokenQuoted, TokenOther:
		if doubt {
			return "…"
		}
	}
	return ""
}

// hiddenComments yields the comments between two tokens, and reports whether to go on.
func hiddenComments(sql string, from, to int, yield func(Hidden) bool) bool {
	x := lexer{s: sql[:to], pos: from}
	for x.pos < to {
		start, mask := x.pos, ""
		switch rest := sql[x.pos:to]; {
		case strings.HasPrefix(rest, "--"):
			x.pos, mask = lineEnd(x.s, x.pos), "--…"
		case strings.HasPrefix(rest, "/*"):
			x.blockComment()
			mask = "/*…*/"
		default:
			x.pos++
			continue
		}
		if x.fault != nil { // cannot be: the same comments kept the limits before
			x.pos = to
		}
		if !yield(Hidden{start, x.pos, mask}) {
			return false
		}
	}
	return true
}
