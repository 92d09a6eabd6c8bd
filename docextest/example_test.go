package docextest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/docex/docex/docextest"
	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// documents is the code under test.
func documents(ctx context.Context, db *docextest.DB) (n int, err error) {
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM document").Scan(&n)
	return n, err
}

// A test makes two tenants, writes as one, and asks as the other. In a test, t is the *testing.T.
func Example() {
	t := newT()
	defer t.end()

	ddl := provision.DDLString("CREATE TABLE document (id bigint PRIMARY KEY, name text NOT NULL)")
	db := docextest.New(t, docextest.Config{Provision: provision.Config{DDL: ddl}})
	acme, globex := db.Tenant(t, "acme"), db.Tenant(t, "globex")

	if _, err := db.ExecContext(acme, "INSERT INTO document VALUES (1, 'plan')"); err != nil {
		t.Fatal(err)
	}
	fmt.Println(documents(acme, db))
	fmt.Println(documents(globex, db))
	//docex:ignore is to be refused
	_, err := db.ExecContext(globex, "DELETE FROM tenant_acme.document")
	fmt.Println(errors.Is(err, guard.ErrDenied))
	// Output:
	// 1 <nil>
	// 0 <nil>
	// true
}

// What all tenants read is made by the administrator, and named in both configurations as in the program's.
func ExampleConfig() {
	t := newT()
	defer t.end()

	db := docextest.New(t, docextest.Config{
		Provision: provision.Config{SharedSchemas: []string{"ref"}},
		Driver:    driver.Config{Policy: guard.Policy{SharedSchemas: []string{"ref"}}},
		Setup:     provision.DDLString("CREATE SCHEMA ref; CREATE TABLE ref.country AS SELECT 'Chad' AS name"),
	})
	acme := db.Tenant(t, "acme")
	var name string
	err := db.QueryRowContext(acme, "SELECT name FROM ref.country").Scan(&name)
	fmt.Println(name, err)
	// Output: Chad <nil>
}

// The provisioner is there for what happens to tenants.
func ExampleDB() {
	t := newT()
	defer t.end()

	db := docextest.New(t, docextest.Config{})
	acme := db.Tenant(t, "acme")
	if err := db.Provisioner.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	_, err := db.ExecContext(acme, "DELETE FROM document")
	fmt.Println(errors.Is(err, scope.ErrTenantSuspended))
	// Output: true
}

// Code that passes no context gets a handle for one tenant.
func ExampleDB_Bound() {
	t := newT()
	defer t.end()

	db := docextest.New(t, docextest.Config{})
	acme := db.Bound(t, "acme")
	var n int
	err := acme.QueryRow("SELECT count(*) FROM document").Scan(&n)
	fmt.Println(n, err)
	// Output: 0 <nil>
}

// exampleT stands in for the *testing.T that an example does not have.
type exampleT struct {
	testing.TB
	cleanup []func()
}

func newT() *exampleT { return &exampleT{} }

func (t *exampleT) Helper()                  {}
func (t *exampleT) Context() context.Context { return context.Background() }
func (t *exampleT) Cleanup(f func())         { t.cleanup = append(t.cleanup, f) }
func (t *exampleT) Error(args ...any)        { fmt.Println(args...) }
func (t *exampleT) Fatal(args ...any)        { panic(fmt.Sprint(args...)) }
func (t *exampleT) Skip(args ...any)         { panic(fmt.Sprint(args...)) }

func (t *exampleT) Errorf(format string, args ...any) { fmt.Printf(format, args...) }
func (t *exampleT) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (t *exampleT) end() {
	for len(t.cleanup) > 0 {
		last := t.cleanup[len(t.cleanup)-1]
		t.cleanup = t.cleanup[:len(t.cleanup)-1]
		last()
	}
}
