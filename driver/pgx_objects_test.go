package driver_test

import (
	"database/sql"
	sqldriver "database/sql/driver"
	"reflect"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Rows and results are pgx's own objects, so that whatever pgx or a newer Go adds to them stays. From Go 1.27 on that
// includes driver.RowsColumnScanner. A transaction is docex's, which words the loss of a COMMIT; driver.Tx has no
// optional interfaces.
func TestObjectsArePgxOwn(t *testing.T) {
	w := newWorld(t)
	pc, err := pgx.ParseConfig(w.AdminDSN)
	if err != nil {
		t.Fatal(err)
	}
	plain := sql.OpenDB(stdlib.GetConnector(*pc))
	defer closeDB(t, plain)
	want := objects(t, plain)
	for name, got := range objects(t, w.open(t, 1)) {
		if got != want[name] {
			t.Errorf("%s: %v, pgx gives %v", name, got, want[name])
		}
	}
}

// objects returns the types of what a connection hands out.
func objects(t *testing.T, db *sql.DB) map[string]reflect.Type {
	t.Helper()
	types := map[string]reflect.Type{}
	note := func(name string, v any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		types[name] = reflect.TypeOf(v)
	}
	c := checkout(t, db)
	defer c.Close()
	ctx := as("acme")
	finish(t, c.Raw(func(dc any) error {
		result, err := dc.(sqldriver.ExecerContext).ExecContext(ctx, "SELECT 1", nil)
		note("result", result, err)
		tx, err := dc.(sqldriver.ConnBeginTx).BeginTx(ctx, sqldriver.TxOptions{})
		finish(t, err)
		rows, err := dc.(sqldriver.QueryerContext).QueryContext(ctx, "SELECT 1", nil)
		note("rows", rows, err)
		finish(t, rows.Close())
		stmt, err := dc.(sqldriver.ConnPrepareContext).PrepareContext(ctx, "SELECT 1")
		if err != nil {
			return err
		}
		rows, err = stmt.(sqldriver.StmtQueryContext).QueryContext(ctx, nil)
		note("rows of a prepared statement", rows, err)
		finish(t, rows.Close())
		finish(t, stmt.Close())
		return tx.Rollback()
	}))
	return types
}
