// Package sqlparse turns SQL text into facts: the kinds of its statements and every name in them that PostgreSQL would
// look up, with common table expressions resolved as PostgreSQL does. [Parse] is the entry point for programs'
// statements, [ParseDDL] for those that make a tenant's objects. It is the only package that knows the parser
// (pg_query, the parser of PostgreSQL 16 in C). What can be told from a text without the parser is in package text, and
// keeps the parser alive.
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

	_ "github.com/docex/docex/internal/needcgo" // whose compile error comes before pg_query's
	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/pganalyze/pg_query_go/v5/parser"
)

// SyntaxError says that the parser does not know the text. Message is the parser's, which may quote one word of the
// text.
type SyntaxError struct {
	Offset   int
	Message  string
	Question bool // the text holds an operator with a ?, the placeholder of other databases
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("sqlparse: %s at offset %d", e.Message, e.Offset)
}

// Parse returns the facts about sql, which must keep the limits, or a *[text.EncodingError], a *[text.LimitError], a
// *[text.PlaceholderError] or a *[SyntaxError]. Facts are nil when the error is not. Safe for concurrent use.
func Parse(sql string, limits text.Limits) (*Facts, error) {
	if err := text.CheckEncoding(sql); err != nil {
		return nil, err
	}
	if err := text.CheckLimits(sql, limits); err != nil {
		return nil, err
	}
	if err := text.CheckPlaceholders(sql); err != nil {
		return nil, err
	}
	tree, err := parseTree(sql)
	if err != nil {
		return nil, syntaxError(sql, err)
	}
	facts := &Facts{Statements: make([]Statement, len(tree.Stmts))}
	for i, raw := range tree.Stmts {
		walkStatement(&facts.Statements[i], sql, raw)
	}
	return facts, nil
}

// syntaxError hides the parser's own error type, which belongs to a C parser's Go binding.
func syntaxError(sql string, err error) error {
	var perr *parser.Error
	if !errors.As(err, &perr) {
		return &SyntaxError{Message: "cannot be read"} // protobuf: too deep, or not UTF-8 after unescaping
	}
	offset := text.ByteOffset(sql, perr.Cursorpos-1)
	return &SyntaxError{Message: perr.Message, Offset: offset, Question: text.HasQuestionMark(sql)}
}
