// Package drivertest is docex over go-sqlmock, for programs whose tests list the statements they expect.
//
// [New] stands where sqlmock.New stood. What differs from driver.Wrap over a mock: the pin, which on a server is SQL
// of docex's own, is answered by this package. Expectations list the program's own statements and nothing else.
//
// As in production, every statement needs a scope.UserContext and is judged by the guard; one that is refused never
// reaches the mock. [Pins] tells which tenants were pinned, and lets a test have the server refuse one.
//
// What is no call of database/sql is an expectation, too. It is judged first, as in production:
//
//   - driver.SendBatch asks for one statement after the other: a Query where a callback reads rows, an Exec elsewhere.
//     A callback that fails ends it.
//   - driver.CopyFrom is an Exec of a text such as COPY document (name, size) FROM STDIN, with one argument: the rows,
//     as a [][]any.
//   - driver.CopyTo is a Query of a text such as COPY document (name, size) TO STDOUT.
//
// What it does not promise: that a statement would work. No server looks at it, there is no second wall, and arguments
// are compared as the program gave them (see [ValueConverter]), whatever the type of the column is. driver.Tenants
// needs PostgreSQL, and gives an error here. Have the code under test take what it returns as a parameter, an
// iter.Seq2[string, error]. Package docextest is for tests on a server.
package drivertest

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/docex/docex/driver"
)

// T is what this package uses of a *testing.T. Other frameworks have it too, such as Ginkgo with GinkgoT().
type T interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// New returns a docex handle over a new sqlmock, the mock to put expectations into, and the record of the pins. The
// mock has sqlmock's default options, except for [ValueConverter]; for others see [Wrap].
//
// When the test ends, it fails if expectations were not met, and db is closed. A test that has failed before, by a t
// with a method Failed, is told of nothing more. Calling mock.ExpectationsWereMet before is allowed and changes
// nothing. A test that expects Close has to call db.Close itself.
//
// Each call makes a mock of its own, so tests may run in parallel.
func New(t T, cfg driver.Config) (db *sql.DB, mock sqlmock.Sqlmock, pins *Pins) {
	t.Helper()
	plain, mock, err := sqlmock.New(sqlmock.ValueConverterOption(ValueConverter))
	if err != nil {
		t.Fatalf("drivertest: %v", err)
		return nil, nil, nil // for a T that goes on
	}
	db, pins = Wrap(t, plain, cfg)
	return db, mock, pins
}

// Wrap is [New] over a mock that was made with options of sqlmock's. It keeps the mock's own converter, and that of
// sqlmock refuses slices and maps. plain is the *sql.DB that came with the mock; leave its use to Wrap and use db:
//
//	plain, mock, err := sqlmock.New(sqlmock.MonitorPingsOption(true),
//		sqlmock.ValueConverterOption(drivertest.ValueConverter))
//	…
//	db, pins := drivertest.Wrap(t, plain, driver.Config{})
func Wrap(t T, plain *sql.DB, cfg driver.Config) (db *sql.DB, pins *Pins) {
	t.Helper()
	mock, err := mockOf(plain)
	if err != nil {
		t.Fatalf("drivertest: %v", err)
		return nil, nil
	}
	pins = &Pins{t: t}
	db = sql.OpenDB(driver.Wrap(connector{mock: mock, pins: pins, plain: plain}, cfg))
	t.Cleanup(func() {
		t.Helper()
		if err := mock.ExpectationsWereMet(); err != nil && !failed(t) {
			t.Errorf("drivertest: %v", err)
		}
		// sqlmock calls each Close that was not expected an error; these come from here and not from the program.
		_ = db.Close()
		_ = plain.Close()
	})
	// sqlmock opens a connection at once, so that an expected Close finds one to close. An invalid cfg shows here.
	if err := open(db); err != nil {
		t.Fatalf("drivertest: %v", err)
	}
	return db, pins
}

// failed reports whether the test has failed. What was expected and did not come is mostly a consequence of that.
func failed(t T) bool {
	f, ok := t.(interface{ Failed() bool })
	return ok && f.Failed()
}

// mockOf finds the mock behind its handle: it is the driver's connection.
func mockOf(plain *sql.DB) (mock mockConn, err error) {
	c, err := plain.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	err = c.Raw(func(dc any) error {
		var ok bool
		if mock, ok = dc.(mockConn); !ok {
			return fmt.Errorf("the handle is not sqlmock's: its connections are %T", dc)
		}
		return nil
	})
	return mock, err
}

// open has the pool open a connection. It sends nothing, not even the Ping that a mock may want announced.
func open(db *sql.DB) error {
	c, err := db.Conn(context.Background())
	if err != nil {
		return err
	}
	return c.Close()
}
