// Package pgxargs knows what pgx takes for options among the first arguments of a statement. One of them,
// pgx.QueryRewriter (pgx.NamedArgs, pgx.StrictNamedArgs or any type of the caller's), replaces the text after a driver
// has seen it. [Resolve] and [ResolveQueued] apply it before the guard looks.
//
// Promise: behind them no argument changes a text. Not promised: anything about the values of arguments.
package pgxargs

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"slices"

	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
)

// ErrUnsafe is exported and documented by package driver.
var ErrUnsafe = errors.New("docex: argument may not replace a checked statement")

// isOption reports whether pgx would take v, standing first, as an option and not as a value.
func isOption(v any) bool {
	switch v.(type) {
	case pgx.QueryExecMode, pgx.QueryResultFormats, pgx.QueryResultFormatsByOID:
		return true
	}
	return IsRewriter(v)
}

// IsRewriter reports whether v is a pgx.QueryRewriter.
func IsRewriter(v any) bool {
	_, ok := v.(pgx.QueryRewriter)
	return ok
}

// Options counts the arguments that pgx would take as options.
func Options(args []sqldriver.NamedValue) int {
	n := 0
	for n < len(args) && isOption(args[n].Value) {
		n++
	}
	return n
}

// Mode returns the execution mode among the options, the last one as in pgx; 0 when there is none.
func Mode(args []sqldriver.NamedValue) (mode pgx.QueryExecMode) {
	for _, a := range args[:Options(args)] {
		if m, ok := a.Value.(pgx.QueryExecMode); ok {
			mode = m
		}
	}
	return mode
}

// WithMode returns args with another execution mode, behind the options that are there.
func WithMode(args []sqldriver.NamedValue, mode pgx.QueryExecMode) []sqldriver.NamedValue {
	return slices.Insert(slices.Clone(args), Options(args), sqldriver.NamedValue{Value: mode})
}

// Resolve applies the rewriter among the options, the last one as in pgx, and returns the text and the arguments that
// pgx would use, without it. check is the base driver's CheckNamedValue, for arguments that database/sql has not seen.
func Resolve(
	ctx context.Context, query string, args []sqldriver.NamedValue, check func(*sqldriver.NamedValue) error,
) (string, []sqldriver.NamedValue, error) {
	n := Options(args)
	var kept []any
	var rewriter pgx.QueryRewriter
	for _, a := range args[:n] {
		if r, ok := a.Value.(pgx.QueryRewriter); ok {
			rewriter = r
		} else {
			kept = append(kept, a.Value)
		}
	}
	if rewriter == nil {
		return query, args, nil
	}
	given := make([]any, len(args)-n)
	for i, a := range args[n:] {
		given[i] = a.Value
	}
	query, rewritten, err := rewrite(ctx, rewriter, query, given, isOption)
	if err == ErrUnsafe {
		err = &scope.Error{Op: "rewrite", Err: err}
	}
	if err != nil {
		return "", nil, err
	}
	args, err = named(append(kept, rewritten...), check)
	return query, args, err
}

// ResolveQueued is Resolve for a query of a batch, which knows no other options.
func ResolveQueued(ctx context.Context, q *pgx.QueuedQuery) (sql string, args []any, err error) {
	sql, args = q.SQL, slices.Clone(q.Arguments)
	var rewriter pgx.QueryRewriter
	for len(args) > 0 && IsRewriter(args[0]) {
		rewriter, args = args[0].(pgx.QueryRewriter), args[1:]
	}
	if rewriter == nil {
		return sql, args, nil
	}
	sql, args, err = rewrite(ctx, rewriter, sql, args, IsRewriter)
	return sql, slices.Clone(args), err
}

// rewrite applies a rewriter. It gets a nil *pgx.Conn: the real one would be a way around the guard. unsafe says what
// may not be the first of its arguments.
func rewrite(
	ctx context.Context, r pgx.QueryRewriter, sql string, args []any, unsafe func(any) bool,
) (string, []any, error) {
	sql, args, err := r.RewriteQuery(ctx, nil, sql, args)
	if err != nil {
		return "", nil, fmt.Errorf("rewrite query failed: %w", err)
	}
	if len(args) > 0 && unsafe(args[0]) {
		return "", nil, ErrUnsafe
	}
	return sql, args, nil
}

// named numbers values from 1 and converts them.
func named(values []any, check func(*sqldriver.NamedValue) error) ([]sqldriver.NamedValue, error) {
	args := make([]sqldriver.NamedValue, len(values))
	for i, v := range values {
		args[i] = sqldriver.NamedValue{Ordinal: i + 1, Value: v}
		err := check(&args[i])
		if err == sqldriver.ErrSkip {
			args[i].Value, err = sqldriver.DefaultParameterConverter.ConvertValue(v)
		}
		if err != nil {
			return nil, fmt.Errorf("docex: argument $%d: %w", i+1, err)
		}
	}
	return args, nil
}

// RefuseHints refuses arguments in which a planner extension may find a hint that sets something. It is for mode
// simple_protocol, where arguments become part of the text.
func RefuseHints[T any](op string, args []T) error {
	for i, a := range args {
		var value any = a
		if n, ok := value.(sqldriver.NamedValue); ok {
			value = n.Value
		}
		if _, found := text.UnsafeHint(fmt.Sprintf("%s", value)); found {
			return &scope.Error{Op: op, Err: fmt.Errorf("%w: argument %d holds /*+, and mode simple_protocol puts it into the "+
				"text, where a planner extension may take it for a hint; use another execution mode for it", ErrUnsafe, i+1)}
		}
	}
	return nil
}

// RefuseRewriter keeps rewriters away from prepared statements, whose text is fixed; pgx would run what they return.
func RefuseRewriter(op string, args []sqldriver.NamedValue) error {
	for _, a := range args[:Options(args)] {
		if IsRewriter(a.Value) {
			return &scope.Error{Op: op, Err: fmt.Errorf("%w: %T with a prepared statement; "+
				"give it to Query or Exec together with the text", ErrUnsafe, a.Value)}
		}
	}
	return nil
}
