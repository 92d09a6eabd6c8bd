package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

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
		return &statementError{forFile(denial).Explain(statement), err}
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
	gap := "\n"
	if offset, ok := byteOffset(statement, int(e.Position)); ok {
		at := excerptAt(statement, offset)
		fmt.Fprintf(&b, "\n\n    %s\n    %s^", at.code, strings.Repeat(" ", at.caret))
		gap = "\n\n"
	}
	for _, part := range []struct{ name, text string }{
		{"detail", e.Detail}, {"hint", e.Hint}, {"in", e.InternalQuery}, {"context", e.Where},
	} {
		if part.text != "" {
			fmt.Fprintf(&b, "%s%s: %s", gap, part.name, part.text)
			gap = "\n"
		}
	}
	return printable(b.String())
}

// byteOffset finds the place of a server's error, which counts characters from 1; 0 is none (PostgreSQL manual, 55.8
// "Error and Notice Message Fields").
func byteOffset(statement string, position int) (offset int, ok bool) {
	for i := range statement {
		if position--; position == 0 {
			return i, true
		}
	}
	return len(statement), position == 1
}
