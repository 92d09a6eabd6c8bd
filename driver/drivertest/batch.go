package drivertest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// SendBatch is called by driver.SendBatch when every statement has been judged. It asks the mock for one statement
// after the other, as their callbacks read them.
func (c *conn) SendBatch(ctx context.Context, b *pgx.Batch, over func() bool) error {
	r := &batchResults{ctx: ctx, db: c.plain, left: b.QueuedQueries}
	for len(r.left) > 0 && r.err == nil && !over() {
		if fn := r.left[0].Fn; fn != nil {
			_ = fn(r) // never an error: see batchview.Outcome.Callback, which also reads what fn does not
		} else {
			_, _ = r.Exec() // r.err is its error
		}
	}
	return r.err
}

// batchResults are what a mock answers to a batch. The view that a callback has of them calls these two methods and no
// other one.
type batchResults struct {
	pgx.BatchResults
	ctx  context.Context
	db   *sql.DB
	left []*pgx.QueuedQuery
	err  error // the first one of the mock's
}

// next takes the statement that comes next.
func (r *batchResults) next() (*pgx.QueuedQuery, error) {
	if r.err == nil && len(r.left) == 0 {
		r.err = errors.New("no more results in batch")
	}
	if r.err != nil {
		return nil, r.err
	}
	q := r.left[0]
	r.left = r.left[1:]
	return q, nil
}

func (r *batchResults) Exec() (tag pgconn.CommandTag, err error) {
	q, err := r.next()
	if err != nil {
		return tag, err
	}
	result, err := r.db.ExecContext(r.ctx, q.SQL, q.Arguments...)
	var n int64
	if err == nil {
		n, err = result.RowsAffected()
	}
	if err != nil {
		r.err = err
		return tag, err
	}
	return commandTag(q.SQL, n), nil
}

func (r *batchResults) Query() (pgx.Rows, error) {
	q, err := r.next()
	if err != nil {
		return &rows{err: err}, err
	}
	answer, err := r.db.QueryContext(r.ctx, q.SQL, q.Arguments...)
	if err != nil {
		r.err = err
		return &rows{err: err}, err
	}
	return &rows{inner: answer, text: q.SQL}, nil
}

// commandTag is what a server says when a statement has ended: the command, and how many rows.
func commandTag(text string, n int64) pgconn.CommandTag {
	command := ""
	if words := strings.Fields(text); len(words) > 0 {
		command = strings.ToUpper(words[0])
	}
	if command == "INSERT" {
		command = "INSERT 0"
	}
	return pgconn.NewCommandTag(fmt.Sprintf("%s %d", command, n))
}
