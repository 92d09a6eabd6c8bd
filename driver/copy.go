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
	err := conn.Raw(func(dc any) error {
		c, ctx, err := unwrap(ctx, dc)
		if err != nil {
			return err
		}
		n, err = c.copyFrom(ctx, table, columns, src)
		return err
	})
	return n, err
}

func (c *conn) copyFrom(
	ctx context.Context, table string, columns []string, src pgx.CopyFromSource,
) (int64, error) {
	inner, ok := c.inner.(*stdlib.Conn)
	if !ok {
		return 0, &Error{Op: "copy", Err: errors.New("the base driver is not pgx")}
	}
	uc, err := scope.From(ctx)
	if err != nil {
		return 0, &Error{Op: "copy", Err: err}
	}
	schema, err := scope.SchemaName(uc.TenantID)
	if err != nil {
		return 0, &Error{Op: "copy", Err: err}
	}
	if len(columns) == 0 {
		return 0, &Error{Op: "copy", TenantID: uc.TenantID, Err: errors.New("no columns")}
	}
	target := pgx.Identifier{schema, table}
	op, err := c.enter(ctx, "copy", copyText(target, columns))
	if err != nil {
		return 0, err
	}
	n, err := inner.Conn().CopyFrom(ctx, target, columns, src)
	return n, c.leave(ctx, op, err)
}

// copyText is an INSERT that touches what the COPY will touch, for the guard to judge.
func copyText(target pgx.Identifier, columns []string) string {
	quoted := make([]string, len(columns))
	for i, col := range columns {
		quoted[i] = pgx.Identifier{col}.Sanitize()
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT", target.Sanitize(), strings.Join(quoted, ", "))
}

// unwrap finds the guarded connection behind what sql.Conn.Raw hands out, and the context to use it with.
func unwrap(ctx context.Context, dc any) (*conn, context.Context, error) {
	switch dc := dc.(type) {
	case *conn:
		return dc, ctx, nil
	case *boundConn:
		ctx, err := dc.bind(ctx)
		return dc.conn, ctx, err
	default:
		return nil, nil, &Error{Op: "copy", Err: ErrNotDocex}
	}
}
