package driver

import (
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The types of this file and of batch_rows.go are what the callbacks of a batch get to see of pgx's. pgx's own lead to
// the connection and, kept beyond the callback, to the rows of whoever uses the connection next. For each interface one
// type writes every method out: docex does not compile with one that pgx adds, until it is judged.

// batchOutcome is what the callbacks of a batch have seen and said.
type batchOutcome struct {
	server   error // the first error that pgx gave to a callback, which may swallow it
	theirs   error // the first error that a callback returned; no more are called after it
	panicked any   // or with what one has panicked
}

func (o *batchOutcome) note(err error) error {
	if o.server == nil {
		o.server = err
	}
	return err
}

// join adds the callback's error to the batch's own. A callback that returns the server's error says nothing new. The
// batch's own is in front: it is the one to answer pgconn.SafeToRetry, and the callback's may be pgx's in another coat.
func (o *batchOutcome) join(err error) error {
	switch {
	case o.theirs == nil:
		return err
	case err == nil || errors.Is(o.theirs, err):
		return o.theirs
	case errors.Is(err, o.theirs):
		return err
	}
	return errors.Join(err, o.theirs)
}

// callback returns what pgx calls in place of fn; nil for nil. pgx never learns that a callback has failed: it would
// read no further, and an error of the batch's end, such as that of a deferred constraint, would be lost.
func (o *batchOutcome) callback(fn func(pgx.BatchResults) error) func(pgx.BatchResults) error {
	if fn == nil {
		return nil
	}
	return func(inner pgx.BatchResults) error {
		if o.theirs != nil || o.panicked != nil {
			_, err := inner.Exec()
			return o.note(err)
		}
		results := &batchResults{inner: inner, seen: o}
		o.call(fn, results)
		return results.skip()
	}
}

// call runs a callback. A panic waits until the batch has ended: it undoes no more than an error does.
func (o *batchOutcome) call(fn func(pgx.BatchResults) error, results *batchResults) {
	defer results.end()
	defer func() { o.panicked = recover() }()
	o.theirs = fn(results)
}

// batchResults is what one callback is given.
type batchResults struct {
	inner pgx.BatchResults
	seen  *batchOutcome
	rows  []*batchRows // handed out
	used  bool         // something was read
	ended bool         // the callback has returned
}

var _ pgx.BatchResults = (*batchResults)(nil)

var errBatchEnded = errors.New("docex: batch: the callback has returned")

// end closes what the callback left open. pgx reuses the readers behind its rows for later statements.
func (r *batchResults) end() {
	r.ended = true
	for _, rows := range r.rows {
		rows.pgxRows.Close()
		if _, isServers := errors.AsType[*pgconn.PgError](rows.pgxRows.Err()); isServers {
			_ = r.seen.note(rows.pgxRows.Err()) // the callback need not have looked
		}
		rows.pgxRows = endedRows{}
	}
}

// skip reads the results that a callback has left alone, for pgx to go on to the next.
func (r *batchResults) skip() error {
	if r.used {
		return nil
	}
	_, err := r.inner.Exec()
	return r.seen.note(err)
}

func (r *batchResults) Exec() (pgconn.CommandTag, error) {
	if r.ended {
		return pgconn.CommandTag{}, errBatchEnded
	}
	r.used = true
	tag, err := r.inner.Exec()
	return tag, r.seen.note(err)
}

func (r *batchResults) Query() (pgx.Rows, error) { return r.query() }

func (r *batchResults) query() (*batchRows, error) {
	if r.ended {
		return &batchRows{pgxRows: endedRows{}}, errBatchEnded
	}
	r.used = true
	inner, err := r.inner.Query()
	rows := &batchRows{pgxRows: inner, failed: err != nil}
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
