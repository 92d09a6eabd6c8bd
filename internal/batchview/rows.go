package batchview

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// rowsView are the rows of one statement of a batch, for the time of its callback.
type rowsView struct {
	pgxRows             // endedRows when the callback has returned
	types   *pgtype.Map // a copy of the connection's, made when it is asked for
	// failed: the statement had no result. pgx 5.12's FieldDescriptions then follows a nil pointer.
	failed bool
}

// pgxRows are not exported: as a field they would lead to the connection.
type pgxRows = pgx.Rows

func (r *rowsView) FieldDescriptions() []pgconn.FieldDescription {
	if r.failed {
		return nil
	}
	return r.pgxRows.FieldDescriptions()
}

// Scan gives a pgx.RowScanner these rows; pgx would give it its own.
func (r *rowsView) Scan(dest ...any) error {
	if len(dest) == 1 {
		if to, ok := dest[0].(pgx.RowScanner); ok {
			return r.pgxRows.Scan(rowScanner{to: to, rows: r})
		}
	}
	return r.pgxRows.Scan(dest...)
}

// RawValues returns copies: pgx's are parts of the buffer that the next tenant's rows are read into.
func (r *rowsView) RawValues() [][]byte {
	values := slices.Clone(r.pgxRows.RawValues())
	for i, v := range values {
		values[i] = bytes.Clone(v) // a NULL stays nil
	}
	return values
}

// Conn returns nil: the connection would be a way around the guard.
func (r *rowsView) Conn() *pgx.Conn { return nil }

// TypeMap returns a copy: what is registered in the connection's own would be there for the next tenant.
func (r *rowsView) TypeMap() *pgtype.Map {
	if m := r.pgxRows.TypeMap(); r.types == nil && m != nil {
		r.types = m.Copy()
	}
	return r.types
}

// endedRows are what is left of the rows when the callback has returned.
type endedRows struct{}

var _ pgx.Rows = endedRows{}

func (endedRows) Close()                                       {}
func (endedRows) Err() error                                   { return errEnded }
func (endedRows) CommandTag() (none pgconn.CommandTag)         { return none }
func (endedRows) FieldDescriptions() []pgconn.FieldDescription { return nil }
func (endedRows) Next() bool                                   { return false }
func (endedRows) Scan(...any) error                            { return errEnded }
func (endedRows) Values() ([]any, error)                       { return nil, errEnded }
func (endedRows) RawValues() [][]byte                          { return nil }
func (endedRows) Conn() *pgx.Conn                              { return nil }
func (endedRows) TypeMap() *pgtype.Map                         { return nil }

// rowScanner passes a row on to a pgx.RowScanner of the caller's.
type rowScanner struct {
	to   pgx.RowScanner
	rows *rowsView
}

func (s rowScanner) ScanRow(pgx.Rows) error { return s.to.ScanRow(s.rows) }

// rowView is the first row of a statement of a batch; it does what pgx's does.
type rowView struct{ rows *rowsView }

var _ pgx.Row = (*rowView)(nil)

var errDriverBytes = errors.New("docex: batch: a *pgtype.DriverBytes does not outlive the row")

func (r *rowView) Scan(dest ...any) error {
	defer r.rows.Close()
	if err := r.rows.Err(); err != nil {
		return err
	}
	for _, d := range dest {
		if _, ok := d.(*pgtype.DriverBytes); ok {
			return errDriverBytes
		}
	}
	if !r.rows.Next() {
		return cmp.Or(r.rows.Err(), pgx.ErrNoRows)
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}
