// Package batchview is what the callbacks of a batch get to see of pgx's batch results, rows and row. pgx's own lead to
// the connection and, kept beyond the callback, to the rows of whoever uses the connection next. [Outcome] is the entry
// point.
//
// Promise: nothing that a callback is given leads to the connection, and nothing of it outlives the callback. For each
// interface one type writes every method out: docex does not compile with one that pgx adds, until it is judged.
// Not promised: that a callback is quick, or that its error undoes anything.
package batchview

import (
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Outcome is what the callbacks of a batch have seen and said. It is for one goroutine.
type Outcome struct {
	Server   error // the first error that pgx gave to a callback, which may swallow it
	Panicked any   // with what a callback has panicked; no more are called after it
	theirs   error // or the first error that one returned
}

func (o *Outcome) note(err error) error {
	if o.Server == nil {
		o.Server = err
	}
	return err
}

// Over reports that a callback has failed or panicked: no more are called.
func (o *Outcome) Over() bool { return o.theirs != nil || o.Panicked != nil }

// Join adds the callback's error to the batch's own. A callback that returns the server's error says nothing new. The
// batch's own is in front: it is the one to answer pgconn.SafeToRetry, and the callback's may be pgx's in another coat.
func (o *Outcome) Join(err error) error {
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

// Callback returns what pgx calls in place of fn; nil for nil. pgx never learns that a callback has failed: it would
// read no further, and an error of the batch's end, such as that of a deferred constraint, would be lost.
func (o *Outcome) Callback(fn func(pgx.BatchResults) error) func(pgx.BatchResults) error {
	if fn == nil {
		return nil
	}
	return func(inner pgx.BatchResults) error {
		results := &resultsView{inner: inner, seen: o}
		if !o.Over() {
			o.call(fn, results)
		}
		if results.used {
			return nil
		}
		_, err := inner.Exec() // what was left alone, for pgx to go on to the next
		return o.note(err)
	}
}

// call runs a callback. A panic waits until the batch has ended: it undoes no more than an error does.
func (o *Outcome) call(fn func(pgx.BatchResults) error, results *resultsView) {
	defer results.end()
	defer func() { o.Panicked = recover() }()
	o.theirs = fn(results)
}

// resultsView is what one callback is given.
type resultsView struct {
	inner pgx.BatchResults
	seen  *Outcome
	rows  []*rowsView // handed out
	used  bool        // something was read
	ended bool        // the callback has returned
}

var _ pgx.BatchResults = (*resultsView)(nil)

var errEnded = errors.New("docex: batch: the callback has returned")

// end closes what the callback left open. pgx reuses the readers behind its rows for later statements.
func (r *resultsView) end() {
	r.ended = true
	for _, rows := range r.rows {
		rows.pgxRows.Close()
		if _, isServers := errors.AsType[*pgconn.PgError](rows.pgxRows.Err()); isServers {
			_ = r.seen.note(rows.pgxRows.Err()) // the callback need not have looked
		}
		rows.pgxRows = endedRows{}
	}
}

func (r *resultsView) Exec() (pgconn.CommandTag, error) {
	if r.ended {
		return pgconn.CommandTag{}, errEnded
	}
	r.used = true
	tag, err := r.inner.Exec()
	return tag, r.seen.note(err)
}

func (r *resultsView) Query() (pgx.Rows, error) { return r.query() }

func (r *resultsView) query() (*rowsView, error) {
	if r.ended {
		return &rowsView{pgxRows: endedRows{}}, errEnded
	}
	r.used = true
	inner, err := r.inner.Query()
	rows := &rowsView{pgxRows: inner, failed: err != nil}
	r.rows = append(r.rows, rows)
	return rows, r.seen.note(err)
}

func (r *resultsView) QueryRow() pgx.Row {
	rows, _ := r.query() // Scan returns the error
	return &rowView{rows: rows}
}

// Close would run the callbacks that are still to come; SendBatch does.
func (r *resultsView) Close() error { return nil }

// Tx returns nil: a batch of docex begins no transaction.
func (r *resultsView) Tx() pgx.Tx { return nil }
