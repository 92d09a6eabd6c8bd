package driver

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/docex/docex/guard"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// SendBatch sends the statements of b together, in as few round trips as pgx needs for them, and runs their callbacks
// (QueuedQuery.Query, QueryRow, Exec) before it returns. In the execution modes that cache, each statement that is new
// to the connection costs one round trip more; in mode exec the pin does, and behind a pooler BEGIN and COMMIT do.
// Outside a transaction the batch is one by itself: when a statement fails, none of them has happened.
//
// The guard judges every statement, with pgx.QueryRewriter arguments resolved, before anything is sent. One that it
// denies, or that cannot run in a batch, refuses all of them with a *[BatchError]. In a batch there is no transaction
// control (Batch.BeginTx included), nothing that changes the session, and CALL only inside a transaction; each text holds
// exactly one statement.
//
// conn comes from the Conn method of a docex *sql.DB (or of one made by [Bind]) and must be open; inside a transaction
// that was begun on conn, the batch is part of that. Callbacks run while conn is locked: they must not use it, nor a
// transaction on it. What they are given ends with the callback and leads to no connection: pgx.Rows.Conn returns nil.
// An error that a callback returns ends the callbacks and is returned, but by then the server has done the batch. As in
// pgx, an argument that cannot be encoded may cost the connection.
//
// The error is a *[BatchError], an *[Error], a callback's or pgx's. b is not changed; unlike pgx's it may be sent again.
func SendBatch(ctx context.Context, conn *sql.Conn, b *pgx.Batch) error {
	return onConn(ctx, conn, "batch", func(ctx context.Context, c *guarded) error {
		return c.sendBatch(ctx, b)
	})
}

// BatchError refuses a batch because of one of its statements. Nothing was sent.
type BatchError struct {
	Index int // of the statement in pgx.Batch.QueuedQueries, from 0
	// Err is a *guard.Denial, matches [ErrNotInBatch] or [ErrUnsafeArgument], or is what a pgx.QueryRewriter returned.
	Err error
}

// Error counts statements from 1.
func (e *BatchError) Error() string {
	return fmt.Sprintf("docex: batch: statement %d: %s", e.Index+1, strings.TrimPrefix(e.Err.Error(), "docex: "))
}

// Unwrap returns Err.
func (e *BatchError) Unwrap() error { return e.Err }

func (c *conn) sendBatch(ctx context.Context, b *pgx.Batch) error {
	inner, ok := c.inner.(*stdlib.Conn)
	if !ok {
		return &Error{Op: "batch", Err: errNotPgx}
	}
	op, err := c.admit(ctx, "batch")
	if err != nil {
		return c.c.refused(ctx, op, "", err)
	}
	var seen batchFailure
	checked, err := c.checkBatch(ctx, op, b, &seen)
	if err != nil || checked.Len() == 0 {
		return err
	}
	if c.pin.local && !c.inTransaction() {
		return c.inTx(ctx, func() error { return c.runBatch(ctx, op, inner, checked, &seen) })
	}
	return c.runBatch(ctx, op, inner, checked, &seen)
}

// runBatch sends a batch that was checked.
func (c *conn) runBatch(ctx context.Context, op operation, inner *stdlib.Conn, b *pgx.Batch, seen *batchFailure) error {
	// Nothing of what the batch may hold has an effect for leave to settle.
	op.effects = guard.Effects{Statements: b.Len()}
	op.alone = !carriesPin(c.defaultMode)
	if err := c.ensurePinned(ctx, &op); err != nil {
		return err
	}
	err := c.prepareBatch(ctx, op, b)
	if err == nil {
		err = inner.Conn().SendBatch(ctx, b).Close()
	}
	if op.pinning && c.wire.refused() && seen.err != nil {
		err = seen.err // not what a callback made of it
	}
	return c.leave(ctx, op, err)
}

// inTx runs f in a transaction: where transactions are pinned, pgx sends a batch in several, or past the wire.
func (c *conn) inTx(ctx context.Context, f func() error) error {
	tx, err := c.BeginTx(ctx, sqldriver.TxOptions{})
	if err != nil {
		return err
	}
	if err := f(); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// prepareBatch puts the names of prepared statements in place of the texts, see [statements]. A statement that is new to
// the connection costs a round trip.
func (c *conn) prepareBatch(ctx context.Context, op operation, b *pgx.Batch) error {
	op.effects.Statements = 1 // each
	texts := make(map[string]struct{})
	for _, q := range b.QueuedQueries {
		texts[q.SQL] = struct{}{}
	}
	if c.pin.local || len(texts) > c.statements.capacity/4 {
		c.tellApart(op.tenant, b) // pgx knows better how to prepare so many
		return nil
	}
	for _, q := range b.QueuedQueries {
		name, _, err := c.runnable(ctx, &op, q.SQL, nil)
		if err != nil {
			return err
		}
		q.SQL = name
	}
	return nil
}

// tellApart ends each text with a comment that names the tenant, where pgx caches by the text alone what it knows of the
// types. A text that the guard has parsed ends outside of strings and comments but for one that a newline ends.
func (c *conn) tellApart(tenant string, b *pgx.Batch) {
	switch c.defaultMode {
	case pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe:
		for _, q := range b.QueuedQueries {
			q.SQL += "\n/* " + tenant + " */"
		}
	}
}

// carriesPin reports whether pgx sends a batch through pgproto3.Frontend, where a pin can travel with it. In exec mode
// it does not: pgconn.PgConn.ExecBatch writes to the socket itself, past the wire, so the pin must have committed before.
func carriesPin(mode pgx.QueryExecMode) bool {
	switch mode {
	case pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec,
		pgx.QueryExecModeSimpleProtocol:
		return true
	default:
		return false
	}
}

// checkBatch returns a batch of the texts and arguments that the guard has seen. It is a copy: between the check and the
// sending, rewriters and the Value methods of arguments run, which may hold on to b.
func (c *conn) checkBatch(
	ctx context.Context, op operation, b *pgx.Batch, seen *batchFailure,
) (*pgx.Batch, error) {
	checked := &pgx.Batch{}
	for i, q := range slices.Clone(b.QueuedQueries) {
		text, args, err := rewriteQueued(ctx, q)
		if err != nil {
			return nil, &BatchError{Index: i, Err: err}
		}
		effects, err := c.c.check.Inspect(op.schema, text)
		if err == nil {
			err = c.fitsBatch(effects)
		}
		if err != nil {
			return nil, c.c.refused(ctx, op, text, &BatchError{Index: i, Err: err})
		}
		queued := checked.Queue(text, args...)
		if fn := q.Fn; fn != nil {
			queued.Fn = func(inner pgx.BatchResults) error {
				results := &batchResults{inner: inner, seen: seen}
				defer results.end()
				return fn(results)
			}
		}
	}
	return checked, nil
}

// rewriteQueued applies the rewriter among a query's leading arguments as pgx would, the last one if there are several;
// see [conn.resolve]. A batch knows no other options.
func rewriteQueued(ctx context.Context, q *pgx.QueuedQuery) (text string, args []any, err error) {
	text, args = q.SQL, slices.Clone(q.Arguments)
	var rewriter pgx.QueryRewriter
	for len(args) > 0 && isRewriter(args[0]) {
		rewriter, args = args[0].(pgx.QueryRewriter), args[1:]
	}
	if rewriter == nil {
		return text, args, nil
	}
	text, args, err = rewriter.RewriteQuery(ctx, nil, text, args)
	if err != nil {
		return "", nil, fmt.Errorf("rewrite query failed: %w", err)
	}
	if len(args) > 0 && isRewriter(args[0]) {
		return "", nil, ErrUnsafeArgument
	}
	return text, slices.Clone(args), nil
}

// fitsBatch says why a statement that the guard allows cannot share the transaction of a batch.
func (c *conn) fitsBatch(e guard.Effects) error {
	switch {
	case e.Statements == 0:
		return fmt.Errorf("%w: the text is empty", ErrNotInBatch)
	case e.Statements > 1:
		return fmt.Errorf("%w: the text holds several; queue each by itself", ErrNotInBatch)
	case e.Begins, e.Ends:
		return fmt.Errorf("%w: it begins or ends a transaction; send the batch inside one of BeginTx", ErrNotInBatch)
	case e.Savepoint:
		return fmt.Errorf("%w: it moves between savepoints; send it by itself", ErrNotInBatch)
	case e.SetsTx:
		return fmt.Errorf("%w: it configures a transaction; give BeginTx the options", ErrNotInBatch)
	case e.SetsSession:
		return fmt.Errorf("%w: it changes the session; send it by itself, or use SET LOCAL", ErrNotInBatch)
	case e.Calls && !c.inTransaction():
		return fmt.Errorf("%w: a procedure may commit; send it by itself, or the batch inside a transaction", ErrNotInBatch)
	default:
		return nil
	}
}
