package main

import (
	"iter"
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
)

// splitStatements returns the statements of a text, without the semicolons between them and without those that are
// blank. Where it cannot tell, a piece holds more than one statement, which the guard refuses.
func splitStatements(script string) []string {
	done, rest := splitEnded(script)
	if !blank(rest) {
		done = append(done, strings.TrimSpace(rest))
	}
	return done
}

// splitEnded is splitStatements for a text that may go on: it returns the statements that a semicolon ends, and what
// comes after the last of them. Strings, quoted names and comments are those of PostgreSQL's lexer (PostgreSQL manual,
// 4.1 "Lexical Structure"); one that does not end reaches to the end of the text.
func splitEnded(script string) (done []string, rest string) {
	start := 0
	for i := range semicolons(script) {
		if piece := script[start:i]; !blank(piece) {
			done = append(done, strings.TrimSpace(piece))
		}
		start = i + 1
	}
	return done, script[start:]
}

// semicolons yields where a semicolon is that ends a statement; as in psql, one in brackets does not.
func semicolons(script string) iter.Seq[int] {
	return func(yield func(int) bool) {
		scan, depth := text.NewScanner(script), 0
		for t := scan.Next(); t.Kind != text.TokenEOF; t = scan.Next() {
			switch t.Kind {
			case text.TokenOpen:
				depth++
			case text.TokenClose:
				depth = max(0, depth-1)
			case text.TokenSemi:
				if depth == 0 && !yield(t.Start) {
					return
				}
			}
		}
	}
}

// blank reports whether a text holds nothing but white space and comments.
func blank(script string) bool { return withoutLead(script) == "" }

// withoutLead returns a text without the white space and the comments that it begins with.
func withoutLead(script string) string {
	scan := text.NewScanner(script)
	t := scan.Next()
	if t.Kind == text.TokenEOF && scan.Fault() == nil {
		return ""
	}
	return strings.TrimSpace(script[t.Start:])
}

// firstWord returns the letters that a statement begins with.
func firstWord(statement string) string {
	word := withoutLead(statement)
	letter := func(r rune) bool { return 'a' <= r|0x20 && r|0x20 <= 'z' }
	if end := strings.IndexFunc(word, func(r rune) bool { return !letter(r) }); end >= 0 {
		word = word[:end]
	}
	return word
}
