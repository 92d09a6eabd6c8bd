package driver

import (
	"context"
	sqldriver "database/sql/driver"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// pgx takes options among the first arguments. One of them, pgx.QueryRewriter (pgx.NamedArgs, pgx.StrictNamedArgs or
// any type of the caller's), replaces the text after a driver has seen it: docex resolves it before the guard looks.

// isOption reports whether pgx would take v, standing first, as an option and not as a value.
func isOption(v any) bool {
	switch v.(type) {
	case pgx.QueryExecMode, pgx.QueryResultFormats, pgx.QueryResultFormatsByOID:
		return true
	}
	return isRewriter(v)
}

func isRewriter(v any) bool {
	_, ok := v.(pgx.QueryRewriter)
	return ok
}

// options counts the arguments that pgx would take as options.
func options(args []sqldriver.NamedValue) int {
	n := 0
	for n < len(args) && isOption(args[n].Value) {
		n++
	}
	return n
}

// modeOf returns the execution mode among the options, the last one as in pgx; 0 when there is none.
func modeOf(args []sqldriver.NamedValue) (mode pgx.QueryExecMode) {
	for _, a := range args[:options(args)] {
		if m, ok := a.Value.(pgx.QueryExecMode); ok {
			mode = m
		}
	}
	return mode
}

// withMode returns args with another execution mode, behind the options that are there.
func withMode(args []sqldriver.NamedValue, mode pgx.QueryExecMode) []sqldriver.NamedValue {
	n := options(args)
	return slices.Insert(slices.Clone(args), n, sqldriver.NamedValue{Value: mode})
}

// resolve applies the rewriter among the options, the last one as in pgx, and returns the text and the arguments that
// pgx would use, without it. The rewriter gets a nil *pgx.Conn: the real one would be a way around the guard.
func (c *serverConn) resolve(
	ctx context.Context, query string, args []sqldriver.NamedValue,
) (string, []sqldriver.NamedValue, error) {
	n := options(args)
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
	query, rewritten, err := rewriter.RewriteQuery(ctx, nil, query, anys(args[n:]))
	if err != nil {
		return "", nil, fmt.Errorf("rewrite query failed: %w", err)
	}
	if len(rewritten) > 0 && isOption(rewritten[0]) {
		return "", nil, &Error{Op: "rewrite", Err: ErrUnsafeArgument}
	}
	args, err = c.named(append(kept, rewritten...))
	return query, args, err
}

// named numbers values from 1 and lets the base driver convert those that database/sql has not seen.
func (c *serverConn) named(vs []any) ([]sqldriver.NamedValue, error) {
	args := make([]sqldriver.NamedValue, len(vs))
	for i, v := range vs {
		args[i] = sqldriver.NamedValue{Ordinal: i + 1, Value: v}
		err := c.checkNamedValue(&args[i])
		if err == sqldriver.ErrSkip {
			args[i].Value, err = sqldriver.DefaultParameterConverter.ConvertValue(v)
		}
		if err != nil {
			return nil, fmt.Errorf("docex: argument $%d: %w", i+1, err)
		}
	}
	return args, nil
}

// refuseRewriter keeps rewriters away from prepared statements, whose text is fixed; pgx would run what they return.
func refuseRewriter(op string, args []sqldriver.NamedValue) error {
	for _, a := range args[:options(args)] {
		if isRewriter(a.Value) {
			return &Error{Op: op, Err: fmt.Errorf("%w: %T with a prepared statement; "+
				"give it to Query or Exec together with the text", ErrUnsafeArgument, a.Value)}
		}
	}
	return nil
}

func anys(args []sqldriver.NamedValue) []any {
	vs := make([]any, len(args))
	for i, a := range args {
		vs[i] = a.Value
	}
	return vs
}
