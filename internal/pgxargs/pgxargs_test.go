package pgxargs

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// rewriter replaces whatever it is given.
type rewriter struct {
	text string
	args []any
}

func (r rewriter) RewriteQuery(_ context.Context, c *pgx.Conn, _ string, _ []any) (string, []any, error) {
	if c != nil {
		return "", nil, errors.New("it was given a connection")
	}
	return r.text, r.args, nil
}

func arguments(values ...any) (args []sqldriver.NamedValue) {
	for i, v := range values {
		args = append(args, sqldriver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return args
}

const exec, simple = pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol

// The last mode among the leading options counts, and one behind a value is a value.
func TestMode(t *testing.T) {
	formats := pgx.QueryResultFormats{pgx.TextFormatCode}
	for _, tt := range []struct {
		args    []sqldriver.NamedValue
		options int
		mode    pgx.QueryExecMode
	}{
		{nil, 0, 0},
		{arguments("x", exec), 0, 0},
		{arguments(exec, "x"), 1, exec},
		{arguments(exec, formats, simple, "x"), 3, simple},
		{arguments(pgx.NamedArgs{}, "x"), 1, 0},
	} {
		if n, mode := Options(tt.args), Mode(tt.args); n != tt.options || mode != tt.mode {
			t.Errorf("%v: %d options, mode %v", tt.args, n, mode)
		}
		more := WithMode(tt.args, simple)
		if Mode(more) != simple || Options(more) != tt.options+1 || len(more) != len(tt.args)+1 {
			t.Errorf("%v with another mode: %v", tt.args, more)
		}
	}
}

// A rewriter's text and arguments take the place of those that were given, in a statement and in a batch. One that
// brings another rewriter is refused.
func TestResolve(t *testing.T) {
	asItIs := func(*sqldriver.NamedValue) error { return nil }
	for _, tt := range []struct {
		name  string
		args  []any
		text  string
		want  []any
		wants error
	}{
		{"no rewriter", []any{"x"}, "given", []any{"x"}, nil},
		{"a rewriter", []any{rewriter{"new", []any{"y"}}, "x"}, "new", []any{"y"}, nil},
		{"the last of two", []any{rewriter{"first", nil}, rewriter{"last", []any{"y"}}}, "last", []any{"y"}, nil},
		{"behind a value", []any{"x", rewriter{"new", nil}}, "given", []any{"x", rewriter{"new", nil}}, nil},
		{"one that brings another", []any{rewriter{"new", []any{rewriter{}}}}, "", nil, ErrUnsafe},
	} {
		text, args, err := Resolve(t.Context(), "given", arguments(tt.args...), asItIs)
		var got []any
		for _, a := range args {
			got = append(got, a.Value)
		}
		queued, batched, batchErr := ResolveQueued(t.Context(), &pgx.QueuedQuery{SQL: "given", Arguments: tt.args})
		for _, outcome := range []struct {
			text string
			args []any
			err  error
		}{{text, got, err}, {queued, batched, batchErr}} {
			diff := cmp.Diff(tt.want, outcome.args, cmp.AllowUnexported(rewriter{}))
			if outcome.text != tt.text || !errors.Is(outcome.err, tt.wants) || diff != "" {
				t.Errorf("%s: %q, %v\n%s", tt.name, outcome.text, outcome.err, diff)
			}
		}
	}
	_, args, err := Resolve(t.Context(), "", arguments(exec, rewriter{"", []any{"y"}}), asItIs)
	if err != nil || Mode(args) != exec || len(args) != 2 {
		t.Errorf("the options that are there: %v, %v", args, err)
	}
	if _, _, err = Resolve(t.Context(), "", arguments(rewriter{"", []any{exec}}), asItIs); !errors.Is(err, ErrUnsafe) {
		t.Errorf("a rewriter that brings a mode: %v", err)
	}
}

// A prepared statement has its text already.
func TestRefuseRewriter(t *testing.T) {
	if err := RefuseRewriter("exec", arguments(exec, "x")); err != nil {
		t.Error(err)
	}
	if err := RefuseRewriter("exec", arguments(exec, rewriter{})); !errors.Is(err, ErrUnsafe) {
		t.Errorf("got %v", err)
	}
}
