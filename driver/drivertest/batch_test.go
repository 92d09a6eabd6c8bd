package drivertest_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/docex/docex/driver"
	"github.com/docex/docex/driver/drivertest"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func conn(t *testing.T, db *sql.DB) *sql.Conn {
	t.Helper()
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Each statement of a batch is an expectation: a Query where a callback reads rows, an Exec elsewhere.
func TestBatch(t *testing.T) {
	db, mock, pins := drivertest.New(t, driver.Config{})
	mock.ExpectBegin()
	mock.ExpectExec(`INSERT .*\$1`).WithArgs([]string{"x", "y"}).WillReturnResult(sqlmock.NewResult(0, 3))
	mock.ExpectExec("UPDATE").WithArgs(7).WillReturnResult(sqlmock.NewResult(0, 2))
	mock.ExpectQuery("SELECT name").WillReturnRows(named("a"))
	rows := mock.NewRows([]string{"name", "size"}).AddRow("b", 1).AddRow("c", 2)
	mock.ExpectQuery("SELECT name, size").WillReturnRows(rows)
	mock.ExpectQuery("SELECT size").WillReturnRows(sqlmock.NewRows([]string{"size"}))
	mock.ExpectCommit()

	type document struct {
		Name string
		Size int
	}
	var updated pgconn.CommandTag
	var name string
	var documents []document
	var none error
	b := &pgx.Batch{}
	b.Queue("INSERT INTO document (tags) VALUES (@tags)", pgx.NamedArgs{"tags": []string{"x", "y"}})
	b.Queue("UPDATE document SET size = $1", 7).Exec(func(tag pgconn.CommandTag) error { updated = tag; return nil })
	b.Queue("SELECT name FROM document").QueryRow(func(row pgx.Row) error { return row.Scan(&name) })
	b.Queue("SELECT name, size FROM document").Query(func(rows pgx.Rows) (err error) {
		documents, err = pgx.CollectRows(rows, pgx.RowToStructByName[document])
		return err
	})
	b.Queue("SELECT size FROM document").QueryRow(func(row pgx.Row) error { none = row.Scan(new(int)); return nil })
	c := conn(t, db)
	tx, err := c.BeginTx(as("acme"), nil)
	if err != nil {
		t.Fatal(err)
	}
	check(t, driver.SendBatch(as("acme"), c, b))
	check(t, tx.Commit())
	if updated.String() != "UPDATE 2" || name != "a" || !errors.Is(none, pgx.ErrNoRows) {
		t.Errorf("got %q, %q, %v", updated, name, none)
	}
	if diff := cmp.Diff([]document{{"b", 1}, {"c", 2}}, documents); diff != "" {
		t.Error(diff)
	}
	wantPins(t, pins, "acme")
}

// The rows of a callback are read as pgx's are.
func TestBatchRows(t *testing.T) {
	db, mock, _ := drivertest.New(t, driver.Config{})
	mock.ExpectQuery("SELECT").WillReturnRows(mock.NewRows([]string{"name", "size"}).AddRow("a", 1).AddRow("b", nil))
	mock.ExpectExec("INSERT").WillReturnResult(sqlmock.NewResult(0, 4))
	b := &pgx.Batch{}
	b.Queue("SELECT name, size FROM document").Query(func(rows pgx.Rows) error {
		var size int
		if !rows.Next() || rows.Scan(nil, &size) != nil || size != 1 {
			t.Errorf("size %d", size)
		}
		rows.Next()
		values, err := rows.Values()
		if diff := cmp.Diff([]any{"b", nil}, values); diff != "" || err != nil {
			t.Error(err, diff)
		}
		if rows.Next() || rows.Err() != nil || rows.CommandTag().String() != "SELECT 2" || rows.Conn() != nil {
			t.Errorf("at the end: %v, %s", rows.Err(), rows.CommandTag())
		}
		return nil
	})
	b.Queue("INSERT INTO document (name) SELECT 'x'").Exec(func(tag pgconn.CommandTag) error {
		if tag.String() != "INSERT 0 4" {
			t.Errorf("got %s", tag)
		}
		return nil
	})
	check(t, driver.SendBatch(as("acme"), conn(t, db), b))
}

// The guard judges a batch as it does on a server. One that it refuses does not reach the mock.
func TestBatchIsJudged(t *testing.T) {
	db, _, pins := drivertest.New(t, driver.Config{})
	c := conn(t, db)
	for text, want := range map[string]error{
		"DELETE FROM tenant_globex.document": guard.ErrDenied,
		"COMMIT":                             driver.ErrNotInBatch,
		"SELECT 1; SELECT 2":                 guard.ErrDenied,
	} {
		b := &pgx.Batch{}
		b.Queue("DELETE FROM document")
		b.Queue(text)
		err := driver.SendBatch(as("acme"), c, b)
		refused, ok := errors.AsType[*driver.BatchError](err)
		if !errors.Is(err, want) || !ok || refused.Index != 1 {
			t.Errorf("%s: %v", text, err)
		}
	}
	b := &pgx.Batch{}
	b.Queue("DELETE FROM document")
	if err := driver.SendBatch(context.Background(), c, b); !errors.Is(err, scope.ErrNoUserContext) {
		t.Errorf("nobody: %v", err)
	}
	pins.Refuse("acme", scope.ErrTenantSuspended)
	if err := driver.SendBatch(as("acme"), c, b); !errors.Is(err, scope.ErrTenantSuspended) {
		t.Errorf("suspended: %v", err)
	}
	wantPins(t, pins)
}

// What fails ends the batch: an expectation that is not met, an error of the mock's, a callback's.
func TestBatchFails(t *testing.T) {
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		expect func(sqlmock.Sqlmock)
		fn     func(pgx.Row) error
		want   string
	}{
		"unexpected": {func(sqlmock.Sqlmock) {}, func(row pgx.Row) error { return row.Scan(new(string)) },
			"all expectations were already fulfilled, call to Query 'SELECT name FROM document' with args [] was not expected"},
		"the mock": {func(m sqlmock.Sqlmock) { m.ExpectQuery("SELECT").WillReturnError(broken) },
			func(row pgx.Row) error { return row.Scan(new(string)) }, "broken"},
		"the mock, and nobody looks": {func(m sqlmock.Sqlmock) { m.ExpectQuery("SELECT").WillReturnError(broken) },
			func(row pgx.Row) error { _ = row.Scan(new(string)); return nil }, "broken"},
		"a callback": {func(m sqlmock.Sqlmock) { m.ExpectQuery("SELECT").WillReturnRows(named("a")) },
			func(row pgx.Row) error { return errors.Join(row.Scan(new(string)), broken) }, "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			db, mock, _ := drivertest.New(t, driver.Config{})
			test.expect(mock)
			b := &pgx.Batch{}
			b.Queue("SELECT name FROM document").QueryRow(test.fn)
			b.Queue("DELETE FROM document")
			c := conn(t, db)
			if err := driver.SendBatch(as("acme"), c, b); err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
			mock.ExpectExec("UPDATE").WillReturnResult(sqlmock.NewResult(0, 1))
			_, err := c.ExecContext(as("acme"), "UPDATE document SET size = 1") // the connection goes on
			check(t, err)
		})
	}
}

// A handle of Bind's does the same for its user.
func TestBatchBound(t *testing.T) {
	db, mock, pins := drivertest.New(t, driver.Config{})
	bound := driver.Bind(db, scope.UserContext{UserID: "u-1", TenantID: "acme"})
	defer bound.Close()
	mock.ExpectExec("DELETE").WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectExec("COPY").WithArgs([][]any{{"a"}}).WillReturnResult(sqlmock.NewResult(0, 1))
	c := conn(t, bound)
	b := &pgx.Batch{}
	b.Queue("DELETE FROM document")
	check(t, driver.SendBatch(context.Background(), c, b))
	rows := pgx.CopyFromRows([][]any{{"a"}})
	if n, err := driver.CopyFrom(context.Background(), c, "document", []string{"name"}, rows); n != 1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	wantPins(t, pins, "acme")
}
