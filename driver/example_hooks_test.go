package driver_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jackc/pgx/v5/tracelog"
)

// The login's password changes while the program runs. Each new connection logs in with the one of that moment.
func ExampleConfig_beforeConnect() {
	connector, err := driver.NewConnector(appDSN(), driver.Config{
		BeforeConnect: func(ctx context.Context, c *pgx.ConnConfig) (err error) {
			c.Password, err = passwordOfNow(ctx) // your secret store
			return err
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

// pgx's tracer sees each statement, and whose it is: docex puts a comment with the tenant behind the text.
func ExampleConfig_tracer() {
	tracer := &tracelog.TraceLog{
		Logger: tracelog.LoggerFunc(func(_ context.Context, _ tracelog.LogLevel, msg string, data map[string]any) {
			if msg == "Query" {
				fmt.Println(data["sql"])
			}
		}),
		LogLevel: tracelog.LogLevelInfo,
	}
	connector, err := driver.NewConnector(appDSN(), driver.Config{
		BeforeConnect: func(_ context.Context, c *pgx.ConnConfig) error {
			c.Tracer = tracer
			return nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	if _, err := db.ExecContext(ctx, "DELETE FROM document"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// DELETE FROM document
	// /* acme */
}

// temperature is a type of the program's that is double precision in the database.
type temperature float64

func (t temperature) Float64Value() (pgtype.Float8, error) {
	return pgtype.Float8{Float64: float64(t), Valid: true}, nil
}

// Each connection learns a type of the program's.
func ExampleConfig_afterConnect() {
	connector, err := driver.NewConnector(appDSN(), driver.Config{
		AfterConnect: func(_ context.Context, c *pgx.Conn) error {
			c.TypeMap().RegisterDefaultPgType(temperature(0), "float8")
			return nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	var warmer float64
	if err := db.QueryRowContext(ctx, "SELECT $1 + 0.5", temperature(20)).Scan(&warmer); err != nil {
		log.Fatal(err)
	}
	fmt.Println(warmer)
	// Output: 20.5
}

// A connector that the program has already, here pgx's own, becomes the base of a guarded handle.
func ExampleWrap() {
	config, err := pgx.ParseConfig(appDSN())
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(driver.Wrap(stdlib.GetConnector(*config), driver.Config{}))
	defer db.Close()

	ctx := scope.With(context.Background(), scope.UserContext{UserID: "u-17", TenantID: "acme"})
	var name string
	if err := db.QueryRowContext(ctx, "SELECT name FROM docbasket").Scan(&name); err != nil {
		log.Fatal(err)
	}
	fmt.Println(name)
	// Output: acme
}
