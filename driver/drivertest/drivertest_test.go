package drivertest_test

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/docex/docex/driver"
	"github.com/docex/docex/driver/drivertest"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"
)

// as returns a context for a user of the tenant.
func as(tenant string) context.Context {
	return scope.With(context.Background(), scope.UserContext{UserID: "u-" + tenant, TenantID: tenant})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func wantPins(t *testing.T, pins *drivertest.Pins, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, pins.Tenants()); diff != "" {
		t.Errorf("pins (-want +got):\n%s", diff)
	}
}

func named(names ...string) *sqlmock.Rows {
	rows := sqlmock.NewRows([]string{"name"})
	for _, n := range names {
		rows.AddRow(n)
	}
	return rows
}

// Expectations list the program's own statements, of every kind, and nothing of docex's.
func TestOnlyTheProgramsStatements(t *testing.T) {
	db, mock, pins := drivertest.New(t, driver.Config{})
	mock.ExpectQuery("SELECT name").WillReturnRows(named("a"))
	mock.ExpectExec("DELETE").WithArgs("x").WillReturnResult(sqlmock.NewResult(0, 2))
	mock.ExpectBegin()
	mock.ExpectExec("UPDATE").WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectQuery("SELECT name").WillReturnRows(named("b"))
	mock.ExpectCommit()
	mock.ExpectBegin()
	mock.ExpectRollback()
	p := mock.ExpectPrepare("SELECT name").WillBeClosed()
	p.ExpectQuery().WithArgs(1).WillReturnRows(named("c"))
	p.ExpectQuery().WithArgs(2).WillReturnRows(named("d"))
	mock.ExpectClose()

	var name string
	check(t, db.QueryRowContext(as("acme"), "SELECT name FROM document").Scan(&name))
	res, err := db.ExecContext(as("globex"), "DELETE FROM document WHERE name = @n", pgx.NamedArgs{"n": "x"})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); n != 2 || err != nil {
		t.Errorf("RowsAffected = %d, %v", n, err)
	}

	tx, err := db.BeginTx(as("acme"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tx.ExecContext(as("acme"), "UPDATE document SET name = 'y'")
	check(t, err)
	check(t, tx.QueryRowContext(as("acme"), "SELECT name FROM document").Scan(&name))
	check(t, tx.Commit())
	tx, err = db.BeginTx(as("initech"), nil)
	if err != nil {
		t.Fatal(err)
	}
	check(t, tx.Rollback())

	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.PrepareContext(as("globex"), "SELECT name FROM document WHERE id = $1")
	if err != nil {
		t.Fatal(err)
	}
	check(t, s.QueryRowContext(as("globex"), 1).Scan(&name))
	check(t, s.QueryRowContext(as("globex"), 2).Scan(&name))
	if name != "d" {
		t.Errorf("got %q", name)
	}
	check(t, s.Close())
	check(t, c.Close())
	wantPins(t, pins, "acme", "globex", "acme", "initech", "globex")
	check(t, db.Close())
	check(t, mock.ExpectationsWereMet())
}

// What docex refuses does not reach the mock: there is no expectation that it could have met.
func TestRefusalsNeverReachTheMock(t *testing.T) {
	db, _, pins := drivertest.New(t, driver.Config{})
	for name, test := range map[string]struct {
		ctx  context.Context
		text string
		want error
	}{
		"another schema":     {as("acme"), "DELETE FROM tenant_globex.document", guard.ErrDenied},
		"several statements": {as("acme"), "DELETE FROM document; DELETE FROM document", guard.ErrDenied},
		"nobody":             {context.Background(), "DELETE FROM document", scope.ErrNoUserContext},
		"nobody valid":       {as("No Tenant"), "DELETE FROM document", scope.ErrInvalidUserContext},
		"the system tenant":  {as(scope.SystemTenantID), "DELETE FROM document", scope.ErrSystemTenant},
	} {
		if _, err := db.ExecContext(test.ctx, test.text); !errors.Is(err, test.want) {
			t.Errorf("%s: exec: got %v, want %v", name, err, test.want)
		}
		var got string
		if err := db.QueryRowContext(test.ctx, test.text).Scan(&got); !errors.Is(err, test.want) {
			t.Errorf("%s: query: got %v, want %v", name, err, test.want)
		}
		if _, err := db.PrepareContext(test.ctx, test.text); !errors.Is(err, test.want) {
			t.Errorf("%s: prepare: got %v, want %v", name, err, test.want)
		}
	}
	if _, err := db.BeginTx(context.Background(), nil); !errors.Is(err, scope.ErrNoUserContext) {
		t.Errorf("begin: got %v, want %v", err, scope.ErrNoUserContext)
	}
	wantPins(t, pins)
	if got := pins.Last(); got != "" {
		t.Errorf("Last = %q", got)
	}
}

// The configuration is the one of production.
func TestConfig(t *testing.T) {
	db, mock, _ := drivertest.New(t, driver.Config{Policy: guard.Policy{SharedSchemas: []string{"ref"}}})
	mock.ExpectQuery("SELECT name FROM ref.country").WillReturnRows(named("Chad"))
	var name string
	check(t, db.QueryRowContext(as("acme"), "SELECT name FROM ref.country").Scan(&name))
}

func TestRefuse(t *testing.T) {
	db, mock, pins := drivertest.New(t, driver.Config{})
	del := func(tenant string) error {
		_, err := db.ExecContext(as(tenant), "DELETE FROM document")
		return err
	}
	for _, want := range []error{
		scope.ErrTenantNotProvisioned, scope.ErrTenantSuspended, scope.ErrNotInitialized, errors.New("connection reset"),
	} {
		pins.Refuse("acme", want)
		if err := del("acme"); !errors.Is(err, want) {
			t.Errorf("exec: got %v, want %v", err, want)
		}
		if _, err := db.BeginTx(as("acme"), nil); !errors.Is(err, want) {
			t.Errorf("begin: got %v, want %v", err, want)
		}
	}
	mock.ExpectExec("DELETE").WillReturnResult(sqlmock.NewResult(0, 0))
	check(t, del("globex")) // only acme is refused
	pins.Refuse("acme", nil)
	mock.ExpectExec("DELETE").WillReturnResult(sqlmock.NewResult(0, 0))
	check(t, del("acme"))
	wantPins(t, pins, "globex", "acme")
}

// A Conn, Tx or Stmt serves one tenant, here as in production.
func TestMismatch(t *testing.T) {
	db, mock, pins := drivertest.New(t, driver.Config{})
	mock.ExpectBegin()
	mock.ExpectRollback()
	tx, err := db.BeginTx(as("acme"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(as("globex"), "DELETE FROM document"); !errors.Is(err, scope.ErrTenantMismatch) {
		t.Errorf("got %v, want %v", err, scope.ErrTenantMismatch)
	}
	check(t, tx.Rollback())
	wantPins(t, pins, "acme")
}

func TestBind(t *testing.T) {
	db, mock, pins := drivertest.New(t, driver.Config{})
	mock.ExpectExec("DELETE").WithArgs("x").WillReturnResult(sqlmock.NewResult(0, 1))
	mock.ExpectBegin()
	mock.ExpectCommit()
	bound := driver.Bind(db, scope.UserContext{UserID: "u-1", TenantID: "acme"})
	defer bound.Close()
	_, err := bound.Exec("DELETE FROM document WHERE name = $1", "x")
	check(t, err)
	tx, err := bound.Begin()
	if err != nil {
		t.Fatal(err)
	}
	check(t, tx.Commit())
	wantPins(t, pins, "acme", "acme")
}

func TestSqlx(t *testing.T) {
	plain, mock, pins := drivertest.New(t, driver.Config{})
	db := sqlx.NewDb(plain, driver.Name)
	mock.ExpectQuery(`SELECT name FROM document WHERE size > \$1`).WithArgs(7).WillReturnRows(named("a", "b"))
	mock.ExpectExec(`INSERT INTO document \(name\) VALUES \(\$1\)`).WithArgs("c").WillReturnResult(sqlmock.NewResult(0, 1))
	var names []string
	check(t, db.SelectContext(as("acme"), &names, db.Rebind("SELECT name FROM document WHERE size > ?"), 7))
	_, err := db.NamedExecContext(as("globex"), "INSERT INTO document (name) VALUES (:name)", map[string]any{"name": "c"})
	check(t, err)
	if diff := cmp.Diff([]string{"a", "b"}, names); diff != "" {
		t.Error(diff)
	}
	wantPins(t, pins, "acme", "globex")
}

// sqlmock's options work through Wrap.
func TestWrap(t *testing.T) {
	plain, mock, err := sqlmock.New(sqlmock.MonitorPingsOption(true),
		sqlmock.QueryMatcherOption(sqlmock.QueryMatcherEqual))
	if err != nil {
		t.Fatal(err)
	}
	db, pins := drivertest.Wrap(t, plain, driver.Config{})
	mock.ExpectPing()
	mock.ExpectQuery("SELECT name FROM document").WillReturnRows(named("a"))
	check(t, db.Ping())
	var name string
	check(t, db.QueryRowContext(as("acme"), "SELECT name FROM document").Scan(&name))
	wantPins(t, pins, "acme")
}

// A Close that nobody expected is the mock's error, as it is without docex.
func TestUnexpectedClose(t *testing.T) {
	db, _, _ := drivertest.New(t, driver.Config{})
	if err := db.Close(); err == nil {
		t.Error("no error")
	}
}

// Two tests at once have a mock each.
func TestParallel(t *testing.T) {
	for i := range 8 {
		tenant := fmt.Sprint("tenant-", i)
		t.Run(tenant, func(t *testing.T) {
			t.Parallel()
			db, mock, pins := drivertest.New(t, driver.Config{})
			mock.ExpectQuery("SELECT name").WillReturnRows(named(tenant))
			var name string
			check(t, db.QueryRowContext(as(tenant), "SELECT name FROM document").Scan(&name))
			if name != tenant {
				t.Errorf("got %q, want %q", name, tenant)
			}
			wantPins(t, pins, tenant)
		})
	}
}

// Goroutines of one test share the mock. The race detector watches this test.
func TestGoroutines(t *testing.T) {
	db, mock, pins := drivertest.New(t, driver.Config{})
	mock.MatchExpectationsInOrder(false)
	const n = 16
	for i := range n {
		mock.ExpectExec("DELETE").WithArgs(i).WillReturnResult(sqlmock.NewResult(0, 1))
	}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			_, err := db.ExecContext(as("acme"), "DELETE FROM document WHERE id = $1", i)
			check(t, err)
		})
	}
	wg.Wait()
	if got := len(pins.Tenants()); got != n {
		t.Errorf("%d pins, want %d", got, n)
	}
}

// report is a T that records failures.
type report struct {
	errors  []string
	cleanup []func()
}

func (r *report) Helper()          {}
func (r *report) Cleanup(f func()) { r.cleanup = append(r.cleanup, f) }
func (r *report) Errorf(format string, a ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, a...))
}
func (r *report) Fatalf(format string, a ...any) { r.Errorf(format, a...) }

// end does what the end of a test does.
func (r *report) end() {
	for len(r.cleanup) > 0 {
		last := len(r.cleanup) - 1
		f := r.cleanup[last]
		r.cleanup = r.cleanup[:last]
		f()
	}
}

func TestUnmetExpectationsFailTheTest(t *testing.T) {
	r := &report{}
	db, mock, _ := drivertest.New(r, driver.Config{})
	mock.ExpectExec("DELETE FROM document")
	r.end()
	if len(r.errors) != 1 || !strings.Contains(r.errors[0], "DELETE FROM document") {
		t.Errorf("got %q", r.errors)
	}
	if err := db.Ping(); err == nil {
		t.Error("the handle is open after the test")
	}
}

func TestWrongUse(t *testing.T) {
	r := &report{}
	drivertest.New(r, driver.Config{Policy: guard.Policy{SharedSchemas: []string{""}}})
	r.end()
	if len(r.errors) != 1 {
		t.Errorf("invalid configuration: got %q", r.errors)
	}
	r = &report{}
	drivertest.Wrap(r, sql.OpenDB(other{}), driver.Config{})
	r.end()
	if len(r.errors) != 1 || !strings.Contains(r.errors[0], "not sqlmock's") {
		t.Errorf("not a mock: got %q", r.errors)
	}
}

// other is a driver that is not sqlmock.
type other struct{ sqldriver.Conn }

func (o other) Connect(context.Context) (sqldriver.Conn, error) { return o, nil }
func (other) Driver() sqldriver.Driver                          { return nil }
func (other) Close() error                                      { return nil }
