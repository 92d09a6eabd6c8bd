package driver

import (
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The types of this file are what the callbacks of a batch get to see of pgx's. pgx's own lead to the connection and, kept
// beyond the callback, to the rows of whoever uses the connection next. Every method is written out: one that pgx adds to
// an interface has to be judged here first, and until then docex does not compile with it.

// batchFailure is the first error that pgx gave to a callback, which the callback may swallow.
type batchFailure struct{ err error }

func (f *batchFailure) note(err error) error {
	if f.err == nil {
		f.err = err
	}
	return err
}

// batchResults is what one callback is given.
type batchResults struct {
	inner pgx.BatchResults
	seen  *batchFailure
	rows  []*batchRows // handed out
	ended bool         // the callback has returned
}

var _ pgx.BatchResults = (*batchResults)(nil)

var errBatchEnded = errors.New("docex: batch: the callback has returned")

// end closes what the callback left open. pgx reuses the readers behind its rows for later statements.
func (r *batchResults) end() {
	r.ended = true
	for _, rows := range r.rows {
		rows.inner.Close()
		rows.ended = true
	}
}

func (r *batchResults) Exec() (pgconn.CommandTag, error) {
	if r.ended {
		return pgconn.CommandTag{}, errBatchEnded
	}
	tag, err := r.inner.Exec()
	return tag, r.seen.note(err)
}

func (r *batchResults) Query() (pgx.Rows, error) {
	rows, err := r.query()
	return rows, err
}

func (r *batchResults) query() (*batchRows, error) {
	if r.ended {
		return &batchRows{ended: true}, errBatchEnded
	}
	inner, err := r.inner.Query()
	rows := &batchRows{inner: inner, failed: err != nil}
	r.rows = append(r.rows, rows)
	return rows, r.seen.note(err)
}

func (r *batchResults) QueryRow() pgx.Row {
	rows, _ := r.query() // Scan returns the error
	return &batchRow{rows: rows}
}

// Close would run the callbacks that are still to come; SendBatch does.
func (r *batchResults) Close() error { return nil }

// Tx returns nil: a batch of docex begins no transaction.
func (r *batchResults) Tx() pgx.Tx { return nil }
