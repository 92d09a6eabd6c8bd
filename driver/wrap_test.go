package driver_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"regexp"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// mockConnector opens connections of a sqlmock.
type mockConnector struct {
	driver sqldriver.Driver
	dsn    string
}

func (c mockConnector) Connect(context.Context) (sqldriver.Conn, error) { return c.driver.Open(c.dsn) }
func (c mockConnector) Driver() sqldriver.Driver                        { return c.driver }

// mocked returns a guarded handle over a sqlmock.
func mocked(t *testing.T) (*sql.DB, sqlmock.Sqlmock) {
	t.Helper()
	dsn := rand.Text() // sqlmock keeps one mock for each, for as long as the process lives
	plain, mock, err := sqlmock.NewWithDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(driver.Wrap(mockConnector{plain.Driver(), dsn}, driver.Config{}))
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := mock.ExpectationsWereMet(); err != nil {
			t.Error(err)
		}
	})
	return db, mock
}

// pinOf matches the pin of a tenant and of no other.
func pinOf(tenant string) string {
	return regexp.QuoteMeta(`set_config('search_path', 'tenant_`+tenant+`, pg_temp', false)`) + ".*" +
		regexp.QuoteMeta(`FROM "docex_system"."pin"('`+tenant+`', 'tenant_`+tenant+`')`) + ".*|$^"
}

func TestWrapPinsFirst(t *testing.T) {
	db, mock := mocked(t)
	mock.ExpectExec(pinOf("acme")).WillReturnResult(sqlmock.NewResult(0, 0))
	mock.ExpectQuery("SELECT name FROM document").WillReturnRows(sqlmock.NewRows([]string{"name"}).AddRow("a"))
	mock.ExpectExec(pinOf("globex")).WillReturnResult(sqlmock.NewResult(0, 0))
	mock.ExpectExec("DELETE FROM document").WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectExec(pinOf("acme")).WillReturnResult(sqlmock.NewResult(0, 0))
	mock.ExpectBegin()
	mock.ExpectExec("DELETE FROM document").WithArgs("x").WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectCommit()
	mock.ExpectExec(pinOf("acme")).WillReturnResult(sqlmock.NewResult(0, 0))
	mock.ExpectPrepare("SELECT name FROM document").ExpectQuery().
		WillReturnRows(sqlmock.NewRows([]string{"name"}).AddRow("a"))

	var name string
	if err := db.QueryRowContext(as("acme"), "SELECT name FROM document").Scan(&name); err != nil {
		t.Error(err)
	}
	if _, err := db.ExecContext(as("globex"), "DELETE FROM document"); err != nil {
		t.Error(err)
	}
	tx := begin(t, db, as("acme"))
	_, err := tx.ExecContext(as("acme"), "DELETE FROM document WHERE name = @n", pgx.NamedArgs{"n": "x"})
	finish(t, err)
	finish(t, tx.Commit())
	c := checkout(t, db)
	s, err := c.PrepareContext(as("acme"), "SELECT name FROM document")
	if err != nil {
		t.Fatal(err)
	}
	finish(t, s.QueryRowContext(as("acme")).Scan(&name)) // pinned by the Prepare of the same checkout
	finish(t, c.Close())
}

// When the pin fails, or the guard says no, the base driver never sees the statement.
func TestWrapRefuses(t *testing.T) {
	db, mock := mocked(t)
	broken := errors.New("pin broke")
	mock.ExpectExec(pinOf("acme")).WillReturnError(broken)
	if _, err := db.ExecContext(as("acme"), "DELETE FROM document"); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	if _, err := db.ExecContext(as("acme"), "DELETE FROM tenant_globex.document"); !errors.Is(err, guard.ErrDenied) {
		t.Errorf("got %v, want %v", err, guard.ErrDenied)
	}
	if _, err := db.Exec("DELETE FROM document"); !errors.Is(err, scope.ErrNoUserContext) {
		t.Errorf("got %v, want %v", err, scope.ErrNoUserContext)
	}
}

// A transaction that was opened by text and left open is not for the next borrower: the connection is closed.
func TestWrapOpenTransaction(t *testing.T) {
	db, mock := mocked(t)
	mock.ExpectExec(pinOf("acme")).WillReturnResult(sqlmock.NewResult(0, 0))
	mock.ExpectExec("BEGIN").WillReturnResult(sqlmock.NewResult(0, 0))
	mock.ExpectClose()
	c := checkout(t, db)
	execAll(t, c, as("acme"), "BEGIN")
	finish(t, c.Close())
}

// Nor is one whose COMMIT was only prepared, or failed.
func TestWrapTransactionNotEnded(t *testing.T) {
	for name, end := range map[string]func(c *sql.Conn, mock sqlmock.Sqlmock){
		"prepared": func(c *sql.Conn, mock sqlmock.Sqlmock) {
			mock.ExpectPrepare("COMMIT").WillBeClosed()
			s, err := c.PrepareContext(as("acme"), "COMMIT")
			finish(t, err)
			finish(t, s.Close())
		},
		"failed": func(c *sql.Conn, mock sqlmock.Sqlmock) {
			mock.ExpectExec("COMMIT").WillReturnError(errors.New("not sent"))
			if _, err := c.ExecContext(as("acme"), "COMMIT"); err == nil {
				t.Error("no error")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, mock := mocked(t)
			mock.ExpectExec(pinOf("acme")).WillReturnResult(sqlmock.NewResult(0, 0))
			mock.ExpectExec("BEGIN").WillReturnResult(sqlmock.NewResult(0, 0))
			c := checkout(t, db)
			execAll(t, c, as("acme"), "BEGIN")
			end(c, mock)
			mock.ExpectClose()
			finish(t, c.Close())
		})
	}
}

// A failed transaction takes nothing but its end, or the way back to a savepoint, whoever asks for it. Through a driver
// that hides pgx nobody knows that it has failed.
func TestWrapFailedTransaction(t *testing.T) {
	db, mock := mocked(t)
	mock.ExpectExec(pinOf("acme")).WillReturnResult(sqlmock.NewResult(0, 0))
	c := checkout(t, db)
	for _, text := range []string{"BEGIN", "SAVEPOINT s"} {
		mock.ExpectExec(text).WillReturnResult(sqlmock.NewResult(0, 0))
		execAll(t, c, as("acme"), text)
	}
	mock.ExpectExec("SELECT 1/0").WillReturnError(errors.New("division by zero"))
	if _, err := c.ExecContext(as("acme"), "SELECT 1/0"); err == nil {
		t.Error("no error")
	}
	for _, text := range []string{"ROLLBACK TO SAVEPOINT s", "ROLLBACK"} {
		mock.ExpectExec(text).WillReturnResult(sqlmock.NewResult(0, 0))
		execAll(t, c, asUser("deputy"), text)
	}
	finish(t, c.Close())
}

// Over pgx's own connector the pin is a statement of its own; everything else is the same.
func TestWrapPgx(t *testing.T) {
	w := newWorld(t)
	pc, err := pgx.ParseConfig(w.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	db := w.openConnector(t, 1, driver.Wrap(stdlib.GetConnector(*pc), driver.Config{}))
	wantClean(t, db)
	tx := begin(t, db, as("acme"))
	wantSeen(t, tx, "acme")
	finish(t, tx.Rollback())
	wantSeen(t, db, "globex")
	c := checkout(t, db)
	execAll(t, c, as("acme"), "BEGIN", "ROLLBACK")
	wantSeen(t, c, "acme")
	finish(t, c.Close())
	for name, attempt := range attempts {
		if name == "several statements" { // refused by the zero policy
			continue
		}
		if err := attempt(as("mothballed"), db, "refused"); !errors.Is(err, scope.ErrTenantSuspended) {
			t.Errorf("%s: got %v, want %v", name, err, scope.ErrTenantSuspended)
		}
	}
	wantClean(t, db)
}

func TestWrapInvalidConfig(t *testing.T) {
	db := sql.OpenDB(driver.Wrap(mockConnector{}, driver.Config{Policy: guard.Policy{SharedSchemas: []string{""}}}))
	defer db.Close()
	if err := db.Ping(); err == nil {
		t.Error("no error")
	}
}
