package driver

import (
	"bytes"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// batchRows are the rows of one statement of a batch, for the time of its callback.
type batchRows struct {
	inner pgx.Rows
	types *pgtype.Map // a copy of the connection's, made when it is asked for
	ended bool        // the callback has returned; inner may be nil
	// failed: the statement had no result. pgx 5.12's FieldDescriptions then follows a nil pointer.
	failed bool
}

var _ pgx.Rows = (*batchRows)(nil)

func (r *batchRows) Close() {
	if !r.ended {
		r.inner.Close()
	}
}

func (r *batchRows) Err() error {
	if r.ended {
		return errBatchEnded
	}
	return r.inner.Err()
}

func (r *batchRows) CommandTag() pgconn.CommandTag {
	if r.ended {
		return pgconn.CommandTag{}
	}
	return r.inner.CommandTag()
}

func (r *batchRows) FieldDescriptions() []pgconn.FieldDescription {
	if r.ended || r.failed {
		return nil
	}
	return r.inner.FieldDescriptions()
}

func (r *batchRows) Next() bool { return !r.ended && r.inner.Next() }

// Scan gives a pgx.RowScanner these rows; pgx would give it its own.
func (r *batchRows) Scan(dest ...any) error {
	if r.ended {
		return errBatchEnded
	}
	if len(dest) == 1 {
		if to, ok := dest[0].(pgx.RowScanner); ok {
			return r.inner.Scan(rowScanner{to: to, rows: r})
		}
	}
	return r.inner.Scan(dest...)
}

func (r *batchRows) Values() ([]any, error) {
	if r.ended {
		return nil, errBatchEnded
	}
	return r.inner.Values()
}

// RawValues returns copies: pgx's are parts of the buffer that the next tenant's rows are read into.
func (r *batchRows) RawValues() [][]byte {
	if r.ended {
		return nil
	}
	raw := r.inner.RawValues()
	values := make([][]byte, len(raw))
	for i, v := range raw {
		values[i] = bytes.Clone(v) // a NULL stays nil
	}
	return values
}

// Conn returns nil: the connection would be a way around the guard.
func (r *batchRows) Conn() *pgx.Conn { return nil }

// TypeMap returns a copy: what is registered in the connection's own would be there for the next tenant.
func (r *batchRows) TypeMap() *pgtype.Map {
	if r.types == nil && !r.ended {
		if m := r.inner.TypeMap(); m != nil {
			r.types = m.Copy()
		}
	}
	return r.types
}

// rowScanner passes a row on to a pgx.RowScanner of the caller's.
type rowScanner struct {
	to   pgx.RowScanner
	rows *batchRows
}

func (s rowScanner) ScanRow(pgx.Rows) error { return s.to.ScanRow(s.rows) }

// batchRow is the first row of a statement of a batch; it does what pgx's does.
type batchRow struct{ rows *batchRows }

var _ pgx.Row = (*batchRow)(nil)

var errDriverBytes = errors.New("docex: batch: a *pgtype.DriverBytes does not outlive the row")

func (r *batchRow) Scan(dest ...any) error {
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
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}
