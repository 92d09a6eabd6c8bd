package driver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/docex/docex/internal/session"
	"github.com/jackc/pgx/v5"
)

// CopyFrom bulk-loads rows into a table of the tenant with PostgreSQL's COPY protocol and returns how many it wrote.
// COPY as text is refused everywhere else, because its sources and targets include files and programs.
//
// conn comes from the Conn method of a docex *sql.DB (or of one made by [Bind]) and must be open. table and columns are
// names as they are in the catalog, not SQL: they are quoted, and table is looked up in the tenant's schema only. src
// is called from one other goroutine. On an error nothing is written. The error is that of any statement: an *[Error], a
// *guard.Denial or pgx's.
func CopyFrom(
	ctx context.Context, sc *sql.Conn, table string, columns []string, src pgx.CopyFromSource,
) (int64, error) {
	var n int64
	err := onConn(ctx, sc, "copy", func(c *conn) (err error) {
		n, err = c.copyFrom(ctx, table, columns, src)
		return err
	})
	return n, err
}

func (c *conn) copyFrom(ctx context.Context, table string, columns []string, src pgx.CopyFromSource) (int64, error) {
	op, target, err := c.beginCopy(ctx, table, columns, func(target string) (judged, sent string) {
		// The guard judges an INSERT that touches what the COPY will touch. pgx writes the COPY.
		return fmt.Sprintf("INSERT INTO %s (%s) SELECT", target, quoteAll(columns)),
			fmt.Sprintf("copy %s ( %s ) from stdin binary;", target, quoteAll(columns))
	})
	if err != nil {
		return 0, err
	}
	n, err := pgxConn(c.inner).CopyFrom(ctx, target, columns, src)
	return n, c.end(ctx, op, err)
}

// beginCopy begins a COPY of the table of that name in the tenant's schema.
func (c *conn) beginCopy(
	ctx context.Context, table string, columns []string, texts func(target string) (judged, sent string),
) (op session.Operation, target pgx.Identifier, err error) {
	switch {
	case pgxConn(c.inner) == nil:
		return op, nil, &Error{Op: "copy", Err: errNotPgx}
	case len(columns) == 0:
		return op, nil, &Error{Op: "copy", Err: errors.New("no columns")}
	}
	op, err = c.begin(ctx, session.Request{Op: "copy", Compose: func(schema string) (judged, sent string) {
		target = pgx.Identifier{schema, table}
		return texts(target.Sanitize())
	}})
	return op, target, err
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	return strings.Join(quoted, ", ")
}
