package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jmoiron/sqlx"
)

// The change to a program: the driver's name, and a UserContext in the context of every call.
func Example() {
	db, err := sql.Open(driver.Name, appDSN())
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	var names int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM docbasket").Scan(&names); err != nil {
		log.Fatal(err)
	}
	fmt.Println("acme has", names, "basket")

	_, err = db.ExecContext(ctx, "DELETE FROM tenant_globex.docbasket")
	var denial *guard.Denial
	if errors.As(err, &denial) {
		fmt.Println(denial.Rule, "is what the guard says of", denial.Object)
	}
	// Output:
	// acme has 1 basket
	// foreign-schema is what the guard says of tenant_globex.docbasket
}

// Opens what the program needs: a schema that every tenant may read, an extension, a setting, and what ORMs read of the
// catalogs. docs/policy.md has the same in a DSN and in docex.yaml.
func ExampleNewConnector() {
	dsn := appDSN()
	connector, err := driver.NewConnector(dsn, driver.Config{
		Policy: guard.Policy{
			SharedSchemas:    []string{"ref"},
			ExtensionSchemas: []string{"ext"},
			Extensions:       []string{"pg_trgm"},
			AllowSettings:    []string{"work_mem"},
			Catalog:          guard.CatalogORM,
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	fmt.Println(db.Ping())
	// Output: <nil>
}

// An argument may be a slice as it is. The target of Scan needs pgx's scanner.
func Example_arrays() {
	db, err := sql.Open(driver.Name, appDSN())
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	words := []string{"a", "b"}

	var tags []string
	err = db.QueryRowContext(ctx, "SELECT $1::text[]", words).Scan(pgtype.NewMap().SQLScanner(&tags))
	fmt.Println(tags, err)
	// Output: [a b] <nil>
}

// Code that passes no context, such as sqlx's Get, works on a handle for one user.
func ExampleBind() {
	db, err := sql.Open(driver.Name, appDSN())
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	acme := driver.Bind(db, scope.UserContext{UserID: "u-17", TenantID: "acme"})
	defer acme.Close() // leaves db open
	var name string
	if err := sqlx.NewDb(acme, driver.Name).Get(&name, "SELECT name FROM docbasket"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(name)
	// Output: acme
}

// A nightly job works for one tenant after the other.
func ExampleTenants() {
	db, err := sql.Open(driver.Name, appDSN())
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	expire := func(db *sql.DB) error {
		_, err := db.Exec("DELETE FROM docbasket WHERE created_at < now() - interval '1 year'")
		return err
	}
	for id, err := range driver.Tenants(context.Background(), db) {
		if err != nil {
			log.Fatal(err) // the list itself: nothing more comes
		}
		tenant := driver.Bind(db, scope.UserContext{UserID: "nightly", TenantID: id})
		err = expire(tenant)
		tenant.Close() // leaves db open
		switch {
		case errors.Is(err, scope.ErrTenantSuspended), errors.Is(err, scope.ErrTenantNotProvisioned):
			continue // suspended or dropped since it was listed
		case err != nil:
			log.Printf("%s: %v", id, err) // the others are still to be served
		}
		fmt.Println(id, "is done")
	}
	// Output:
	// acme is done
	// globex is done
}

// The rows of a table of the tenant are written as CSV.
func ExampleCopyTo() {
	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	db, err := sql.Open(driver.Name, appDSN())
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	n, err := driver.CopyTo(ctx, conn, os.Stdout, "docbasket", []string{"name", "status"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n, "row")
	// Output:
	// acme,active
	// 1 row
}

// What a program does with a refusal.
func ExampleError() {
	db, err := sql.Open(driver.Name, appDSN())
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	nobody := context.Background()
	unknown := scope.With(nobody, scope.UserContext{UserID: "u-17", TenantID: "initech"})
	for _, ctx := range []context.Context{nobody, unknown} {
		_, err := db.ExecContext(ctx, "DELETE FROM document")
		var refusal *driver.Error
		switch {
		case errors.Is(err, scope.ErrNoUserContext):
			fmt.Println("pass a context that went through scope.With")
		case errors.As(err, &refusal):
			fmt.Println(refusal.Op, "was refused for", refusal.TenantID)
		}
	}
	// Output:
	// pass a context that went through scope.With
	// exec was refused for initech
}
