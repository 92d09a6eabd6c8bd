package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/docex/docex/provision"
)

// runRaw runs one statement in a transaction of a plain pgx handle and writes what it returns to w, as the server
// writes it.
func runRaw(ctx context.Context, tx *sql.Tx, statement string, args []any, w resultWriter) error {
	tag, err := "", errors.New("the administrator's handle is not pgx's")
	_, ended := tx.ExecContext(ctx, "", onConn(func(conn *pgx.Conn) {
		tag, err = queryRaw(ctx, conn, statement, args, w)
	}))
	if !errors.Is(ended, errOnConn) {
		return errors.Join(ended, err) // the transaction was over before
	}
	if err != nil {
		return err
	}
	return w.end(tag)
}

// onConn is an argument to which database/sql's transaction hands its pgx connection, while it holds the lock that
// keeps the end of the context from rolling back meanwhile. database/sql itself converts values, and loses those that
// Go has no type for. The statement that it is an argument of does not run.
type onConn func(*pgx.Conn)

var errOnConn = errors.New("done on the connection")

func (f onConn) RewriteQuery(_ context.Context, conn *pgx.Conn, _ string, _ []any) (string, []any, error) {
	f(conn)
	return "", nil, errOnConn
}

// queryRaw takes arguments and returns values as text.
func queryRaw(ctx context.Context, conn *pgx.Conn, statement string, args []any, w resultWriter) (string, error) {
	rows, err := conn.Query(ctx, statement, append([]any{pgx.QueryExecModeExec}, args...)...)
	if err == nil {
		err = writeRows(rows, w)
	}
	if err == nil {
		return rows.CommandTag().String(), nil
	}
	if rows != nil {
		rows.Close()
	}
	if ctx.Err() == nil {
		return "", err
	}
	select { // a process that is gone before leaves the statement running
	case <-conn.PgConn().CleanupDone():
		return "", errors.Join(ctx.Err(), err)
	case <-time.After(confirmTimeout):
		return "", errors.Join(ctx.Err(), err, errMayRun)
	}
}

// codeInTransaction is what the server says to what cannot run in a transaction (PostgreSQL manual, appendix A).
const codeInTransaction = "25001"

// explainForAdmin says why a statement of docex exec --as-admin failed.
func explainForAdmin(t provision.Tenant, statement string, err error) error {
	explained := explainStatement(statement, err)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == codeInTransaction {
		return fmt.Errorf("%w\n\n--as-admin is one transaction: run this with psql as the administrator, with the schema %s "+
			"before the names", explained, t.Schema)
	}
	return explained
}
