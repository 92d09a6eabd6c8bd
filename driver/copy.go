package driver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/docex/docex/internal/session"
	"github.com/jackc/pgx/v5"
)

// CopyFrom bulk-loads rows into a table of the tenant with PostgreSQL's COPY protocol and returns how many it wrote.
// COPY as text is refused everywhere else, because its sources and targets include files and programs.
//
// sc comes from the Conn method of a docex *sql.DB (or of one made by [Bind]) and must be open. table and columns are
// names as they are in the catalog, not SQL: they are quoted, and table is looked up in the tenant's schema only. src
// is called from one other goroutine. On an error nothing is written. The error is an *[Error], a *guard.Denial or
// pgx's.
func CopyFrom(
	ctx context.Context, sc *sql.Conn, table string, columns []string, src pgx.CopyFromSource,
) (int64, error) {
	compose := func(schema string) (judged, sent string) {
		// The guard judges an INSERT that touches what the COPY will touch. pgx writes the COPY.
		target, names := pgx.Identifier{schema, table}.Sanitize(), quoteAll(columns)
		return fmt.Sprintf("INSERT INTO %s (%s) SELECT", target, names),
			fmt.Sprintf("copy %s ( %s ) from stdin binary;", target, names)
	}
	return runCopy(ctx, sc, columns, compose, func(c *conn, op session.Operation) (int64, error) {
		if d := c.server().double; d != nil {
			return d.CopyFrom(ctx, table, columns, src)
		}
		return c.server().pgx.CopyFrom(ctx, pgx.Identifier{op.Schema, table}, columns, src)
	})
}

// CopyTo writes the rows of a table of the tenant to w with PostgreSQL's COPY protocol and returns how many they are.
//
// The format is PostgreSQL's CSV in UTF-8 without a header line: a NULL is an empty field, an empty string is "" in
// quotes (PostgreSQL manual, "COPY", "CSV Format"). The order of the rows is not defined. table may be a view.
//
// sc, table and columns are as for [CopyFrom]. w is called while sc is locked, so it must not use sc. On an error w may
// have got a part of the rows; an error of w's own, or the end of ctx in the middle, closes the connection, because the
// server does not stop sending. The error is w's, or that of any statement: an *[Error], a *guard.Denial or pgx's.
func CopyTo(ctx context.Context, sc *sql.Conn, w io.Writer, table string, columns []string) (int64, error) {
	// The query that the guard judges is the one that runs, inside the COPY. Unlike CopyFrom this is one simple Query, so
	// the pin travels in its text.
	compose := func(schema string) (judged, sent string) {
		judged = fmt.Sprintf("SELECT %s FROM %s", quoteAll(columns), pgx.Identifier{schema, table}.Sanitize())
		return judged, "COPY (" + judged + ") TO STDOUT (FORMAT csv)"
	}
	return runCopy(ctx, sc, columns, compose, func(c *conn, op session.Operation) (int64, error) {
		if d := c.server().double; d != nil {
			return d.CopyTo(ctx, w, table, columns)
		}
		tag, err := c.server().pgx.PgConn().CopyTo(ctx, w, op.Sent)
		return tag.RowsAffected(), err
	})
}

// runCopy has f send the COPY that compose makes for the tenant's schema.
func runCopy(
	ctx context.Context, sc *sql.Conn, columns []string, compose func(schema string) (judged, sent string),
	f func(c *conn, op session.Operation) (int64, error),
) (n int64, err error) {
	err = onConn(ctx, sc, "copy", func(c *conn) (err error) {
		if len(columns) == 0 {
			return &Error{Op: "copy", Err: errors.New("no columns")}
		}
		r := session.Request{Op: "copy", Compose: compose}
		n, err = run(ctx, c, r, func(op session.Operation) (int64, error) { return f(c, op) })
		return err
	})
	return n, err
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	return strings.Join(quoted, ", ")
}
