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
	"github.com/docex/docex/internal/batchview"
	"github.com/docex/docex/internal/pgxargs"
	"github.com/docex/docex/internal/session"
	"github.com/jackc/pgx/v5"
)

// SendBatch sends the statements of b together, in as few round trips as pgx needs for them, and runs their callbacks
// (QueuedQuery.Query, QueryRow, Exec) before it returns. In the execution modes that cache, each statement that is new
// to the connection costs one round trip more; in mode exec the pin does, and behind a pooler BEGIN and COMMIT do.
// Outside a transaction the batch is one by itself: when a statement fails, none of them has happened.
//
// The guard judges every statement, with pgx.QueryRewriter arguments resolved, before anything is sent. One that it
// denies, or that cannot run in a batch, refuses all of them with a *[BatchError]. In a batch there is no transaction
// control (Batch.BeginTx included), nothing that changes the session, and CALL only inside a transaction; each text
// holds exactly one statement.
//
// sc comes from the Conn method of a docex *sql.DB (or of one made by [Bind]) and must be open; inside a transaction
// that was begun on sc, the batch is part of that. Callbacks run while sc is locked: they must not use it, nor a
// transaction on it. What they are given ends with the callback and leads to no connection: pgx.Rows.Conn returns nil.
// An error that a callback returns, or its panic, ends the callbacks and reaches the caller, but undoes nothing: by
// then the server has done the batch. An error of the server's, COMMIT's too, is returned beside a callback's, or in
// place of what a callback ignored. As in pgx, an argument that cannot be encoded may cost the connection.
//
// The error is a *[BatchError], an *[Error], a callback's or pgx's. b is not changed, and may be sent again.
func SendBatch(ctx context.Context, sc *sql.Conn, b *pgx.Batch) error {
	return onConn(ctx, sc, "batch", func(c *conn) error {
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
	if b.Len() == 0 {
		_, err := c.begin(ctx, session.Request{Op: "batch", Nothing: true})
		return err
	}
	checked, seen, err := c.rewriteBatch(ctx, b)
	if err != nil {
		return err
	}
	run := c.runBatch
	if c.server().session.BatchNeedsTx() {
		run = c.runBatchInTx
	}
	if err = run(ctx, checked, seen); err == session.ErrBatchNeedsTx {
		err = c.runBatchInTx(ctx, checked, seen)
	}
	if seen.Panicked != nil {
		panic(seen.Panicked)
	}
	return err
}

// runBatch has the guard judge a batch and sends it.
func (c *conn) runBatch(ctx context.Context, b *pgx.Batch, seen *batchview.Outcome) error {
	r := session.Request{Op: "batch", Batch: make([]string, b.Len())}
	for i, q := range b.QueuedQueries {
		r.Batch[i] = q.SQL
	}
	op, err := c.begin(ctx, r)
	if errors.Is(err, guard.ErrDenied) || errors.Is(err, ErrNotInBatch) {
		return &BatchError{Index: op.Index, Err: err}
	}
	if err != nil {
		return err
	}
	if d := c.server().double; d != nil {
		err = d.SendBatch(ctx, b, seen.Over)
	} else {
		err = c.server().sendBatch(ctx, &op, b)
	}
	if seen.Server != nil {
		err = seen.Server // not what a callback made of it
	}
	return seen.Join(c.end(ctx, op, err))
}

// sendBatch has pgx send what was judged.
func (c *serverConn) sendBatch(ctx context.Context, op *session.Operation, b *pgx.Batch) error {
	texts := make([]string, b.Len())
	for i, q := range b.QueuedQueries {
		q.SQL = op.Tagged(q.SQL)
		texts[i] = q.SQL
	}
	if op.First != "" {
		b.QueuedQueries = slices.Insert(b.QueuedQueries, 0, &pgx.QueuedQuery{SQL: op.First})
	}
	return c.session.SendBatch(op, texts, func() error { return c.pgx.SendBatch(ctx, b).Close() })
}

// runBatchInTx is runBatch in a transaction. It commits that unless the server has failed it: a callback's error undoes
// nothing.
func (c *conn) runBatchInTx(ctx context.Context, b *pgx.Batch, seen *batchview.Outcome) error {
	tx, err := c.BeginTx(ctx, sqldriver.TxOptions{})
	if err != nil {
		return err
	}
	err = c.runBatch(ctx, b, seen)
	if pc := c.server().pgx.PgConn(); err != nil && (pc.IsClosed() || pc.TxStatus() != 'T') {
		_ = tx.Rollback() // the batch's error is the one to report; pgx would say that nothing was sent
		if reason := c.server().session.Explain(ctx, session.Request{Op: "batch"}, err); reason != err {
			return errors.Join(reason, err)
		}
		return err
	}
	if commitErr := tx.Commit(); commitErr != nil {
		return errors.Join(commitErr, err)
	}
	return err
}

// rewriteBatch returns a batch of the texts and arguments that are to run. It is a copy: until it is sent, rewriters
// and the Value methods of arguments run, which may hold on to b.
func (c *conn) rewriteBatch(ctx context.Context, b *pgx.Batch) (*pgx.Batch, *batchview.Outcome, error) {
	rewritten, seen := &pgx.Batch{}, &batchview.Outcome{}
	for i, q := range slices.Clone(b.QueuedQueries) {
		text, args, err := pgxargs.ResolveQueued(ctx, q)
		if err == nil && c.server().session.Interpolates(0) {
			err = pgxargs.RefuseHints("batch", args)
		}
		if err != nil {
			return nil, nil, &BatchError{Index: i, Err: err}
		}
		rewritten.Queue(text, args...).Fn = seen.Callback(q.Fn)
	}
	return rewritten, seen, nil
}
