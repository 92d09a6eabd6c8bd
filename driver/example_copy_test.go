package driver_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
)

// Rows are loaded into a table of the tenant.
func ExampleCopyFrom() {
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
	rows := [][]any{{"invoices"}, {"contracts"}}
	n, err := driver.CopyFrom(ctx, conn, "docbasket", []string{"name"}, pgx.CopyFromRows(rows))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n, "rows")
	// Output: 2 rows
}

// Several statements travel together, and happen together or not at all.
func ExampleSendBatch() {
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
	// Output: [acme contracts invoices]
}
