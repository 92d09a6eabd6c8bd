package drivertest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/docex/docex/driver"
	"github.com/docex/docex/driver/drivertest"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
)

// A copy is an Exec among the others, in their order, whose argument holds the rows.
func TestCopyFrom(t *testing.T) {
	db, mock, pins := drivertest.New(t, driver.Config{})
	mock.ExpectBegin()
	mock.ExpectExec(`^COPY document \(name, size\) FROM STDIN$`).
		WithArgs([][]any{{"a", 1}, {"b", nil}}).WillReturnResult(sqlmock.NewResult(0, 2))
	mock.ExpectCommit()
	mock.ExpectExec("COPY").WithArgs([][]any{}).WillReturnResult(sqlmock.NewResult(0, 0))

	c := conn(t, db)
	tx, err := c.BeginTx(as("acme"), nil)
	if err != nil {
		t.Fatal(err)
	}
	rows, row := [][]any{{"a", int64(1)}, {"b", nil}}, make([]any, 2)
	src := pgx.CopyFromFunc(func() ([]any, error) { // one slice for all rows
		if len(rows) == 0 {
			return nil, nil
		}
		copy(row, rows[0])
		rows = rows[1:]
		return row, nil
	})
	n, err := driver.CopyFrom(as("acme"), c, "document", []string{"name", "size"}, src)
	if n != 2 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	check(t, tx.Commit())
	n, err = driver.CopyFrom(as("acme"), c, "document", []string{"name"}, pgx.CopyFromRows(nil))
	if n != 0 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	wantPins(t, pins, "acme")
}

// What would write nothing on a server does not reach the mock.
func TestCopyFromRefused(t *testing.T) {
	db, mock, pins := drivertest.New(t, driver.Config{})
	c := conn(t, db)
	broken := errors.New("broken")
	failing := pgx.CopyFromFunc(func() ([]any, error) { return nil, broken })
	one := func() pgx.CopyFromSource { return pgx.CopyFromRows([][]any{{"a"}}) }
	if _, err := driver.CopyFrom(as("acme"), c, "document", []string{"name"}, failing); !errors.Is(err, broken) {
		t.Errorf("source: %v", err)
	}
	_, err := driver.CopyFrom(as("acme"), c, "document", []string{"name", "size"}, one())
	if err == nil || !strings.Contains(err.Error(), "expected 2 values, got 1") {
		t.Errorf("a short row: %v", err)
	}
	_, err = driver.CopyFrom(context.Background(), c, "document", []string{"name"}, one())
	if !errors.Is(err, scope.ErrNoUserContext) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := driver.CopyFrom(as("acme"), c, "document", nil, one()); err == nil {
		t.Error("no columns: no error")
	}
	_, err = driver.CopyFrom(as("acme"), c, "pg_class", []string{"relname"}, one())
	if !errors.Is(err, guard.ErrDenied) {
		t.Errorf("a catalog: %v", err)
	}
	_, err = driver.CopyFrom(as("acme"), c, "document", []string{"name"}, one())
	if err == nil || !strings.Contains(err.Error(), `COPY document (name) FROM STDIN' with args`) {
		t.Errorf("nothing expected: %v", err)
	}
	mock.ExpectExec(`COPY "a.b"`).WillReturnError(broken)
	if _, err := driver.CopyFrom(as("acme"), c, "a.b", []string{"name"}, one()); !errors.Is(err, broken) {
		t.Errorf("the mock's: %v", err)
	}
	pins.Refuse("globex", scope.ErrTenantSuspended)
	_, err = driver.CopyFrom(as("globex"), conn(t, db), "document", []string{"name"}, one())
	if !errors.Is(err, scope.ErrTenantSuspended) {
		t.Errorf("suspended: %v", err)
	}
}

// A copy to a writer is a Query, and what is written is what a server would write.
func TestCopyTo(t *testing.T) {
	db, mock, _ := drivertest.New(t, driver.Config{})
	at := time.Date(2026, 3, 1, 12, 0, 0, 500_000_000, time.UTC)
	rows := mock.NewRows([]string{"name", "size", "on", "at", "note"}).
		AddRow("a", 1, true, at, []byte("x")).AddRow("", nil, false, at, "b, \"c\"\nd").AddRow(`\.`, 1.5, nil, nil, nil)
	mock.ExpectQuery(`^COPY document \(name, size, "On", at, note\) TO STDOUT$`).WillReturnRows(rows)
	c := conn(t, db)
	var out strings.Builder
	n, err := driver.CopyTo(as("acme"), c, &out, "document", []string{"name", "size", "On", "at", "note"})
	want := "a,1,t,2026-03-01 12:00:00.5+00,x\n" +
		"\"\",,f,2026-03-01 12:00:00.5+00,\"b, \"\"c\"\"\nd\"\n" +
		"\"\\.\",1.5,,,\n"
	if n != 3 || err != nil || out.String() != want {
		t.Errorf("got %d, %v\n%s\nwant\n%s", n, err, out.String(), want)
	}
	mock.ExpectQuery("COPY").WillReturnRows(named("a").RowError(0, errors.New("broken")))
	if n, err := driver.CopyTo(as("acme"), c, &out, "document", []string{"name"}); n != 0 || err == nil {
		t.Errorf("got %d, %v", n, err)
	}
}
