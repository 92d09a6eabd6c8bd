// Package pgxsql has calls of pgx itself.
package pgxsql

import (
	"context"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

type rewriter struct{}

func (rewriter) RewriteQuery(context.Context, *pgx.Conn, string, []any) (string, []any, error) {
	return "SELECT 1", nil, nil
}

func statements(ctx context.Context, conn *pgx.Conn, pool *pgxpool.Pool, tx pgx.Tx, low *pgconn.PgConn) {
	conn.Exec(ctx, "SELECT * FROM other.x")                                                    // want `^sql: foreign-schema: other.x`
	conn.Prepare(ctx, "select_x", "SELECT * FROM other.x")                                     // want `^sql: foreign-schema: other.x`
	pool.QueryRow(ctx, "SELECT * FROM other.x").Scan()                                         // want `^sql: foreign-schema: other.x`
	tx.Query(ctx, "SELECT * FROM x WHERE a =@a AND b=@b AND other.f()", pgx.NamedArgs{"a": 1}) // want `^sql: foreign-schema: other.f`
	tx.Query(ctx, "SELECT * FROM x WHERE a =@a AND b=@b", pgx.StrictNamedArgs{"a": 1, "b": 2}) // allowed
	tx.Query(ctx, "SELECT * FROM x WHERE a = @select LIMIT @limit", pgx.NamedArgs{"select": 1, "limit": 2})
	tx.Query(context.Background(), "SELECT * FROM x WHERE a = $1", pgx.QueryExecModeExec, 1) // pgx knows no tenants
	tx.Query(ctx, "this is", rewriter{})                                                     // not what will run
	low.ExecParams(ctx, "SELECT * FROM other.x", nil, nil, nil, nil)                         // want `^sql: foreign-schema: other.x`
	batch := &pgx.Batch{}
	batch.Queue("SELECT * FROM other.x") // want `^sql: foreign-schema: other.x`
	batch.Queue("SELECT * FROM x")
	driver.SendBatch(context.Background(), nil, batch) // want `^context: driver.SendBatch gets context.Background\(\), which gives scope.ErrNoUserContext`
	driver.CopyFrom(ctx, nil, "document", nil, nil)
}
