package driver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// CopyFrom bulk-loads rows into a table of the tenant with PostgreSQL's COPY protocol and returns how many it wrote.
// COPY as text is refused everywhere else, because its sources and targets include files and programs.
//
// conn comes from the Conn method of a docex *sql.DB (or of one made by [Bind]) and must be open. table and columns are
// names as they are in the catalog, not SQL: they are quoted, and table is looked up in the tenant's schema only. src
// is called from one other goroutine. On an error nothing is written. The error is that of any statement: an *[Error], a
// *guard.Denial or pgx's.
func CopyFrom(
	ctx context.Context, conn *sql.Conn, table string, columns []string, src pgx.CopyFromSource,
) (int64, error) {
	var n int64
	err := onConn(ctx, conn, "copy", func(ctx context.Context, c *guarded) (err error) {
		n, err = c.copyFrom(ctx, table, columns, src)
		return err
	})
	return n, err
}

func (c *conn) copyFrom(
	ctx context.Context, table string, columns []string, src pgx.CopyFromSource,
) (int64, error) {
	inner, target, err := c.copyTable(ctx, table, columns)
	if err != nil {
		return 0, err
	}
	op, err := c.enter(ctx, "copy", copyText(target, columns))
	if err != nil {
		return 0, err
	}
	n, err := inner.Conn().CopyFrom(ctx, target, columns, src)
	return n, c.leave(ctx, op, err)
}

// copyTable returns pgx's connection and the table's full name: the one of that name in the tenant's schema.
func (c *conn) copyTable(
	ctx context.Context, table string, columns []string,
) (*stdlib.Conn, pgx.Identifier, error) {
	inner, ok := c.inner.(*stdlib.Conn)
	if !ok {
		return nil, nil, &Error{Op: "copy", Err: errNotPgx}
	}
	uc, err := scope.From(ctx)
	if err != nil {
		return nil, nil, &Error{Op: "copy", Err: err}
	}
	schema, err := scope.SchemaName(uc.TenantID)
	if err != nil {
		return nil, nil, &Error{Op: "copy", Err: err}
	}
	if len(columns) == 0 {
		return nil, nil, &Error{Op: "copy", TenantID: uc.TenantID, Err: errors.New("no columns")}
	}
	return inner, pgx.Identifier{schema, table}, nil
}

// copyText is an INSERT that touches what the COPY will touch, for the guard to judge.
func copyText(target pgx.Identifier, columns []string) string {
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT", target.Sanitize(), quoteAll(columns))
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	return strings.Join(quoted, ", ")
}
