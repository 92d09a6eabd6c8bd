package drivertest

import (
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// rows are a mock's rows for the callback of a batch. Values are scanned as database/sql does it, since there are no
// types of a server's. It is for one goroutine.
type rows struct {
	inner *sql.Rows // nil beside err
	text  string
	read  int64
	err   error
}

var _ pgx.Rows = (*rows)(nil)

func (r *rows) Close() {
	if r.inner != nil {
		_ = r.inner.Close() // Err has it
	}
}

func (r *rows) Err() error {
	if r.inner == nil {
		return r.err
	}
	return r.inner.Err()
}

func (r *rows) Next() bool {
	if r.inner == nil || !r.inner.Next() {
		return false
	}
	r.read++
	return true
}

func (r *rows) CommandTag() pgconn.CommandTag { return commandTag(r.text, r.read) }

func (r *rows) FieldDescriptions() (all []pgconn.FieldDescription) {
	for _, name := range r.columns() {
		all = append(all, pgconn.FieldDescription{Name: name})
	}
	return all
}

func (r *rows) columns() []string {
	if r.inner == nil {
		return nil
	}
	names, _ := r.inner.Columns() // none when the rows are closed
	return names
}

// Scan leaves out the columns whose destination is nil, as pgx does.
func (r *rows) Scan(dest ...any) error {
	if r.inner == nil {
		return r.err
	}
	if len(dest) == 1 {
		if to, ok := dest[0].(pgx.RowScanner); ok {
			return to.ScanRow(r)
		}
	}
	into := make([]any, len(dest))
	for i, d := range dest {
		if into[i] = d; d == nil {
			into[i] = new(any)
		}
	}
	return r.inner.Scan(into...)
}

func (r *rows) Values() ([]any, error) {
	values := make([]any, len(r.columns()))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	return values, r.Scan(into...)
}

// RawValues, Conn and TypeMap have nothing to return: there is no server.
func (r *rows) RawValues() [][]byte  { return nil }
func (r *rows) Conn() *pgx.Conn      { return nil }
func (r *rows) TypeMap() *pgtype.Map { return nil }
