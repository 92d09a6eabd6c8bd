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
	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"
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

// Lists are compared as the program gives them, and rows of a COPY as a list of lists.
func Example_arguments() {
	t := newT()
	defer t.end()
	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})

	db, mock, _ := drivertest.New(t, driver.Config{})
	mock.ExpectExec("DELETE FROM document").WithArgs([]int64{7, 8}).WillReturnResult(sqlmock.NewResult(0, 2))
	mock.ExpectExec("COPY document").WithArgs([][]any{{7, "a"}, {8, "b"}}).WillReturnResult(sqlmock.NewResult(0, 2))

	_, err := db.ExecContext(ctx, "DELETE FROM document WHERE id = ANY($1)", []int64{7, 8})
	fmt.Println(err)

	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer conn.Close()
	rows := pgx.CopyFromRows([][]any{{7, "a"}, {8, "b"}})
	fmt.Println(driver.CopyFrom(ctx, conn, "document", []string{"id", "name"}, rows))
	// Output:
	// <nil>
	// 2 <nil>
}

// Each statement of a batch is an expectation.
func Example_batch() {
	t := newT()
	defer t.end()
	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})

	db, mock, _ := drivertest.New(t, driver.Config{})
	mock.ExpectExec("INSERT INTO document").WithArgs("a").WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectQuery("SELECT count").WillReturnRows(sqlmock.NewRows([]string{"count"}).AddRow(3))

	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer conn.Close()
	var count int
	b := &pgx.Batch{}
	b.Queue("INSERT INTO document (name) VALUES ($1)", "a")
	b.Queue("SELECT count(*) FROM document").QueryRow(func(row pgx.Row) error { return row.Scan(&count) })
	err = driver.SendBatch(ctx, conn, b)
	fmt.Println(count, err)
	// Output: 3 <nil>
}

// sqlx asks for the driver's name, to know how it writes parameters.
func Example_sqlx() {
	t := newT()
	defer t.end()

	plain, mock, _ := drivertest.New(t, driver.Config{})
	db := sqlx.NewDb(plain, driver.Name)
	mock.ExpectQuery(`SELECT name FROM document WHERE size > \$1`).WithArgs(7).
		WillReturnRows(sqlmock.NewRows([]string{"name"}).AddRow("a"))

	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	var names []string
	err := db.SelectContext(ctx, &names, db.Rebind("SELECT name FROM document WHERE size > ?"), 7)
	fmt.Println(names, err)
	// Output: [a] <nil>
}

// A suite whose calls pass no UserContext gets a handle for one user.
func Example_bind() {
	t := newT()
	defer t.end()

	db, mock, pins := drivertest.New(t, driver.Config{})
	bound := driver.Bind(db, scope.UserContext{UserID: "u-17", TenantID: "acme"})
	defer bound.Close()
	mock.ExpectExec("DELETE FROM document").WillReturnResult(sqlmock.NewResult(0, 1))

	_, err := bound.Exec("DELETE FROM document WHERE id = $1", 7)
	fmt.Println(pins.Last(), err)
	// Output: acme <nil>
}

// A mock with options of sqlmock's.
func ExampleWrap() {
	t := newT()
	defer t.end()

	plain, mock, err := sqlmock.New(sqlmock.MonitorPingsOption(true),
		sqlmock.ValueConverterOption(drivertest.ValueConverter))
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
