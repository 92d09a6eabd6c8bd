package drivertest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/docex/docex/driver"
	"github.com/docex/docex/driver/drivertest"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
)

// rename is the code under test.
func rename(ctx context.Context, db *sql.DB, from, to string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "UPDATE document SET name = $2 WHERE name = $1", from, to); err != nil {
		return err
	}
	return tx.Commit()
}

// A test lists what the program sends, as it did with sqlmock.New. In a test, t is the *testing.T.
func Example() {
	t := newT()
	defer t.end()

	db, mock, pins := drivertest.New(t, driver.Config{})
	mock.ExpectBegin()
	mock.ExpectExec("UPDATE document").WithArgs("a", "b").WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectCommit()

	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	if err := rename(ctx, db, "a", "b"); err != nil {
		t.Errorf("rename: %v", err)
	}
	fmt.Println("ran for", pins.Tenants())
	// Output: ran for [acme]
}

// What docex refuses fails as in production, and the mock never sees it.
func Example_refusals() {
	t := newT()
	defer t.end()

	db, _, _ := drivertest.New(t, driver.Config{})
	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})

	_, err := db.ExecContext(ctx, "DELETE FROM tenant_globex.document")
	fmt.Println("denied:", errors.Is(err, guard.ErrDenied))
	_, err = db.ExecContext(context.Background(), "DELETE FROM document")
	fmt.Println("no user:", errors.Is(err, scope.ErrNoUserContext))
	// Output:
	// denied: true
	// no user: true
}

// How does the program take it when a customer has been suspended?
func ExamplePins_Refuse() {
	t := newT()
	defer t.end()

	db, _, pins := drivertest.New(t, driver.Config{})
	pins.Refuse("acme", scope.ErrTenantSuspended)

	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	err := rename(ctx, db, "a", "b")
	fmt.Println(errors.Is(err, scope.ErrTenantSuspended))
	fmt.Println(err)
	// Output:
	// true
	// docex: begin: tenant "acme": tenant is suspended
}

// A mock with options of sqlmock's.
func ExampleWrap() {
	t := newT()
	defer t.end()

	plain, mock, err := sqlmock.New(sqlmock.MonitorPingsOption(true))
	if err != nil {
		t.Fatalf("%v", err)
	}
	db, _ := drivertest.Wrap(t, plain, driver.Config{})
	mock.ExpectPing()
	fmt.Println(db.Ping())
	// Output: <nil>
}

// exampleT stands in for the *testing.T that an example does not have: it prints what a test would fail with.
type exampleT struct{ report }

func newT() *exampleT { return &exampleT{} }

func (t *exampleT) end() {
	t.report.end()
	for _, e := range t.errors {
		fmt.Println("FAIL:", e)
	}
}
