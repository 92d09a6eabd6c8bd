// Package basedriver calls a database/sql driver by the newest of the methods that it has for something. Drivers may
// lack those with a context.
package basedriver

import (
	"context"
	sqldriver "database/sql/driver"
)

// Prepare prepares a statement.
func Prepare(ctx context.Context, c sqldriver.Conn, query string) (sqldriver.Stmt, error) {
	if p, ok := c.(sqldriver.ConnPrepareContext); ok {
		return p.PrepareContext(ctx, query)
	}
	return c.Prepare(query)
}

// Run runs a text without arguments: as one, or as a prepared statement when the driver only prepares.
func Run(ctx context.Context, c sqldriver.Conn, text string) error {
	if e, ok := c.(sqldriver.ExecerContext); ok {
		if _, err := e.ExecContext(ctx, text, nil); err != sqldriver.ErrSkip {
			return err
		}
	}
	st, err := Prepare(ctx, c, text)
	if err != nil {
		return err
	}
	if _, err = Exec(ctx, st, nil); err != nil {
		_ = st.Close() // the statement's error is the one to report
		return err
	}
	return st.Close()
}

// Exec runs a prepared statement.
func Exec(ctx context.Context, s sqldriver.Stmt, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	if e, ok := s.(sqldriver.StmtExecContext); ok {
		return e.ExecContext(ctx, args)
	}
	//lint:ignore SA1019 base drivers may have nothing newer
	return s.Exec(values(args))
}

// Query runs a prepared query.
func Query(ctx context.Context, s sqldriver.Stmt, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	if q, ok := s.(sqldriver.StmtQueryContext); ok {
		return q.QueryContext(ctx, args)
	}
	//lint:ignore SA1019 base drivers may have nothing newer
	return s.Query(values(args))
}

func values(args []sqldriver.NamedValue) []sqldriver.Value {
	vs := make([]sqldriver.Value, len(args))
	for i, a := range args {
		vs[i] = a.Value
	}
	return vs
}
