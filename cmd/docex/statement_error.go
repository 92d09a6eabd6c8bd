package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/docex/docex/guard"
)

// statementError explains to people why a statement failed. What it wraps decides on the exit code.
type statementError struct {
	text string
	err  error
}

func (e *statementError) Error() string { return e.text }
func (e *statementError) Unwrap() error { return e.err }

func explainStatement(statement string, err error) error {
	var denial *guard.Denial
	var pgErr *pgconn.PgError
	switch {
	case errors.As(err, &denial):
		return &statementError{denial.Explain(statement), err}
	case errors.Is(err, context.DeadlineExceeded):
		return &statementError{"time is up; the statement is cancelled", err}
	case errors.Is(err, context.Canceled):
		return &statementError{"interrupted; the statement is cancelled", err}
	case errors.As(err, &pgErr) && isServerError(err) && keepsConnection(err):
		return &statementError{explainServer(statement, pgErr), err}
	}
	return &statementError{printable(err.Error()), err}
}

// explainServer is a server's error in several lines, as psql prints it. It may hold a tenant's data.
func explainServer(statement string, e *pgconn.PgError) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (SQLSTATE %s)", e.Severity, e.Message, e.Code)
	if code, caret := excerpt(statement, int(e.Position)); code != "" {
		fmt.Fprintf(&b, "\n\n    %s\n    %s\n", code, caret)
	}
	for _, part := range []struct{ name, text string }{
		{"detail", e.Detail}, {"hint", e.Hint}, {"in", e.InternalQuery}, {"context", e.Where},
	} {
		if part.text != "" {
			fmt.Fprintf(&b, "\n%s: %s", part.name, part.text)
		}
	}
	return printable(b.String())
}

// excerptLen is how much of a long line is shown around its error, in characters.
const excerptLen = 100

// excerpt returns the part of the line that position is in, and a line with a caret for below it. position counts
// characters from 1; 0 is none (PostgreSQL manual, 55.8 "Error and Notice Message Fields").
func excerpt(statement string, position int) (code, caret string) {
	runes := []rune(statement)
	at := position - 1
	if at < 0 || at > len(runes) {
		return "", ""
	}
	start, end := at, at
	for start > 0 && runes[start-1] != '\n' && at-start < excerptLen/2 {
		start--
	}
	for start < at && unicode.IsSpace(runes[start]) {
		start++
	}
	for end < len(runes) && runes[end] != '\n' && end-start < excerptLen {
		end++
	}
	line := func(from, to int) string {
		return printable(strings.ReplaceAll(strings.TrimRight(string(runes[from:to]), "\r"), "\t", " "))
	}
	return line(start, end), strings.Repeat(" ", text.StringWidthWithoutEscSequences(line(start, at))) + "^"
}
