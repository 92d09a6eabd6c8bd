// Package sqlparse turns SQL text into facts: the kinds of its statements and every name in them that PostgreSQL would
// look up, with common table expressions resolved as PostgreSQL does. [Parse] is the entry point for programs' statements,
// [ParseDDL] for those that make a tenant's objects. It is the only package that knows the parser (pg_query, the parser of
// PostgreSQL 16 in C).
//
// Promise: the tree is walked by an allow-list of node types; a node that the walk does not know is reported as
// [FeatureUnsupported], never skipped. So a name that is in the text and not in the facts cannot be looked up by the
// server, except by what a constant's value, an argument or the body of a called function or view names.
//
// Not promised: whether anything is allowed. That is package guard's part.
package sqlparse

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pganalyze/pg_query_go/v5/parser"
)

// EncodingError says that a text is no valid input for PostgreSQL: it holds a NUL byte, where the parser would stop and
// the server would not, or is not UTF-8.
type EncodingError struct {
	Offset int
	NUL    bool
}

func (e *EncodingError) Error() string {
	if e.NUL {
		return fmt.Sprintf("sqlparse: NUL byte at offset %d", e.Offset)
	}
	return fmt.Sprintf("sqlparse: invalid UTF-8 at offset %d", e.Offset)
}

// SyntaxError says that the parser does not know the text. Message is the parser's, which may quote one word of the text.
type SyntaxError struct {
	Offset   int
	Message  string
	Question bool // the text holds an operator with a ?, the placeholder of other databases
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("sqlparse: %s at offset %d", e.Message, e.Offset)
}

// Parse returns the facts about sql, which must keep the limits, or an *[EncodingError], a *[LimitError], a
// *[PlaceholderError] or a *[SyntaxError]. Facts are nil when the error is not. Safe for concurrent use.
func Parse(sql string, limits Limits) (*Facts, error) {
	if err := checkEncoding(sql); err != nil {
		return nil, err
	}
	if err := CheckLimits(sql, limits); err != nil {
		return nil, err
	}
	if err := checkPlaceholders(sql); err != nil {
		return nil, err
	}
	tree, err := parseTree(sql)
	if err != nil {
		return nil, syntaxError(sql, err)
	}
	facts := &Facts{Statements: make([]Statement, len(tree.Stmts)), Hints: hintSettings(sql)}
	for i, raw := range tree.Stmts {
		walkStatement(&facts.Statements[i], sql, raw)
	}
	return facts, nil
}

// checkEncoding runs before anything else reads the text: the parser is C and takes a NUL for the end.
func checkEncoding(sql string) error {
	if i := strings.IndexByte(sql, 0); i >= 0 {
		return &EncodingError{Offset: i, NUL: true}
	}
	if utf8.ValidString(sql) {
		return nil
	}
	for i, r := range sql {
		if r == utf8.RuneError && !strings.HasPrefix(sql[i:], "\uFFFD") {
			return &EncodingError{Offset: i}
		}
	}
	return &EncodingError{}
}

// syntaxError hides the parser's own error type, which belongs to a C parser's Go binding.
func syntaxError(sql string, err error) error {
	var perr *parser.Error
	if !errors.As(err, &perr) {
		return &SyntaxError{Message: "cannot be read"} // protobuf: too deep, or not UTF-8 after unescaping
	}
	return &SyntaxError{Message: perr.Message, Offset: byteOffset(sql, perr.Cursorpos-1), Question: hasQuestion(sql)}
}

func hasQuestion(sql string) bool {
	x := lexer{s: sql}
	for {
		t := x.next()
		if t.kind == tokEOF {
			return false
		}
		if t.kind == tokOp && strings.Contains(sql[t.start:t.end], "?") {
			return true
		}
	}
}

// byteOffset turns an offset in characters into one in bytes.
func byteOffset(sql string, chars int) int {
	n := 0
	for i := range sql {
		if n >= chars {
			return i
		}
		n++
	}
	return len(sql)
}
