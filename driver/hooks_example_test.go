package driver_test

import (
	"context"
	"database/sql"
	"log"
	"log/slog"
	"os"
	"strings"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/tracelog"
)

// The login's password changes while the program runs. Each new connection logs in with the one of that moment.
func ExampleConfig_beforeConnect() {
	connector, err := driver.NewConnector(os.Getenv("APP_DSN"), driver.Config{
		BeforeConnect: func(_ context.Context, c *pgx.ConnConfig) error {
			password, err := os.ReadFile("/run/secrets/app-password")
			if err != nil {
				return err
			}
			c.Password = strings.TrimSpace(string(password))
			return nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
}

// pgx's tracer sees each statement, and whose it is: docex puts a comment with the tenant behind the text.
func ExampleConfig_tracer() {
	tracer := &tracelog.TraceLog{
		Logger: tracelog.LoggerFunc(func(ctx context.Context, _ tracelog.LogLevel, msg string, data map[string]any) {
			slog.InfoContext(ctx, msg, "sql", data["sql"], "time", data["time"], "err", data["err"])
		}),
		LogLevel: tracelog.LogLevelInfo,
	}
	connector, err := driver.NewConnector(os.Getenv("APP_DSN"), driver.Config{
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
}

// temperature is a type of the program's that is double precision in the database.
type temperature float64

func (t temperature) Float64Value() (pgtype.Float8, error) {
	return pgtype.Float8{Float64: float64(t), Valid: true}, nil
}

// Each connection learns a type of the program's.
func ExampleConfig_afterConnect() {
	connector, err := driver.NewConnector(os.Getenv("APP_DSN"), driver.Config{
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
}
