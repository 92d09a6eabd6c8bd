package pgdump

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
)

// word returns an unquoted word in lower case, or "" where another token stands.
func (st *statement) word(i int) string { return wordAt(st.text, st.tokens, i) }

// last returns a word counted from the end, from 1.
func (st *statement) last(i int) string { return st.word(len(st.tokens) - i) }

// holds reports whether an unquoted word stands in the statement.
func (st *statement) holds(word string) bool {
	for i := range st.tokens {
		if st.word(i) == word {
			return true
		}
	}
	return false
}

// calls reports whether the statement begins with SELECT of a function of that name.
func (st *statement) calls(name string) bool {
	return st.word(1) == name || st.word(1) == "pg_catalog" && st.word(3) == name
}

// restoresStatistics reports whether the statement is SELECT * FROM pg_catalog.pg_restore_relation_stats(…) or its like
// for attributes, which pg_dump 18 writes with --statistics.
func (st *statement) restoresStatistics() bool {
	name := st.word(5)
	return st.word(2) == "from" && st.word(3) == "pg_catalog" && strings.HasPrefix(name, "pg_restore_") &&
		strings.HasSuffix(name, "_stats")
}

// schema returns the first part of the first name with a dot in it. In what pg_dump writes that is the schema of the
// object that the statement is about.
func (st *statement) schema() string {
	for i := range st.tokens {
		if isName(st.tokens, i) && i+2 < len(st.tokens) && st.tokens[i+1].Kind == text.TokenDot {
			return nameOf(st.text, st.tokens[i])
		}
	}
	return ""
}

func wordAt(code string, tokens []text.Token, i int) string {
	if i < 0 || i >= len(tokens) || tokens[i].Kind != text.TokenWord {
		return ""
	}
	return text.Fold(code[tokens[i].Start:tokens[i].End])
}

func kindAt(tokens []text.Token, i int) text.TokenKind {
	if i < 0 || i >= len(tokens) {
		return text.TokenEOF
	}
	return tokens[i].Kind
}

func isName(tokens []text.Token, i int) bool {
	kind := kindAt(tokens, i)
	return kind == text.TokenWord || kind == text.TokenQuoted
}

// nameOf reads a name as the server does. U&"…" stays as it is written.
func nameOf(code string, t text.Token) string {
	s := code[t.Start:t.End]
	if t.Kind == text.TokenQuoted {
		if parts, ok := text.SplitName(s); ok && len(parts) == 1 {
			return parts[0]
		}
		return s
	}
	return text.Fold(s)
}
