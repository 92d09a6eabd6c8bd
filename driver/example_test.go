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
	"github.com/jackc/pgx/v5"
	"github.com/jmoiron/sqlx"
)

// The change to a program: the driver's name, and a UserContext in the context of every call.
func Example() {
	db, err := sql.Open(driver.Name, os.Getenv("APP_DSN"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	var n int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM document").Scan(&n); err != nil {
		log.Fatal(err)
	}
	fmt.Println("acme has", n, "documents")
}

// A schema of reference data that every tenant may read, and the functions of an extension.
func ExampleNewConnector() {
	connector, err := driver.NewConnector(os.Getenv("APP_DSN"), driver.Config{
		Policy: guard.Policy{
			SharedSchemas:    []string{"ref"},
			ExtensionSchemas: []string{"extensions"},
			AllowFunctions:   []string{"similarity"},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
}

// Code that passes no context, such as sqlx's Get, works on a handle for one user.
func ExampleBind() {
	db, err := sql.Open(driver.Name, os.Getenv("APP_DSN"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	acme := driver.Bind(db, scope.UserContext{UserID: "u-17", TenantID: "acme"})
	defer acme.Close() // leaves db open
	var names []string
	if err := sqlx.NewDb(acme, driver.Name).Select(&names, "SELECT name FROM docbasket"); err != nil {
		log.Fatal(err)
	}
}

// A nightly job works for one tenant after the other.
func ExampleTenants() {
	db, err := sql.Open(driver.Name, os.Getenv("APP_DSN"))
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
	}
}

// Rows are loaded into a table of the tenant.
func ExampleCopyFrom() {
	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	db, err := sql.Open(driver.Name, os.Getenv("APP_DSN"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	rows := [][]any{{"invoices"}, {"contracts"}}
	n, err := driver.CopyFrom(ctx, conn, "docbasket", []string{"name"}, pgx.CopyFromRows(rows))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n, "rows")
}

// The rows of a table of the tenant are written as CSV.
func ExampleCopyTo() {
	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	db, err := sql.Open(driver.Name, os.Getenv("APP_DSN"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	n, err := driver.CopyTo(ctx, conn, os.Stdout, "docbasket", []string{"name", "description"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n, "rows")
}

// Several statements travel together, and happen together or not at all.
func ExampleSendBatch() {
	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	db, err := sql.Open(driver.Name, os.Getenv("APP_DSN"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	var names []string
	b := &pgx.Batch{}
	b.Queue("INSERT INTO docbasket (name) VALUES ($1)", "invoices")
	b.Queue("INSERT INTO docbasket (name) VALUES ($1)", "contracts")
	b.Queue("SELECT name FROM docbasket ORDER BY name").Query(func(rows pgx.Rows) (err error) {
		names, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err := driver.SendBatch(ctx, conn, b); err != nil {
		log.Fatal(err)
	}
	fmt.Println(names)
}

// What a program does with a refusal.
func ExampleError() {
	db, err := sql.Open(driver.Name, os.Getenv("APP_DSN"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec("DELETE FROM document") // no context, so no UserContext
	var refusal *driver.Error
	switch {
	case errors.Is(err, scope.ErrNoUserContext):
		fmt.Println("pass a context that went through scope.With")
	case errors.As(err, &refusal):
		fmt.Println(refusal.Op, "was refused for", refusal.TenantID)
	}
}
