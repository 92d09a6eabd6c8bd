// Package handles opens databases, around docex and through it.
package handles

import (
	"context"
	"database/sql"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
)

const driverName = "postgres"

func around(ctx context.Context, dsn string, config *pgxpool.Config, cc *pgx.ConnConfig) {
	sql.Open("pgx", dsn)                 // want `^unguarded: sql.Open with the driver "pgx" goes around docex; use the driver "docex", or accept an administrator's handle with //docex:admin and a reason`
	sql.Open(driverName, dsn)            // want `^unguarded: sql.Open with the driver "postgres"`
	sqlx.Open("cloudsqlpostgres", dsn)   // want `^unguarded: sqlx.Open`
	sqlx.MustConnect("postgres", dsn)    // want `^unguarded: sqlx.MustConnect`
	sqlx.ConnectContext(ctx, "pgx", dsn) // want `^unguarded: sqlx.ConnectContext with the driver "pgx"`
	pgx.Connect(ctx, dsn)                // want `^unguarded: pgx.Connect goes around docex`
	pgx.ConnectConfig(ctx, cc)           // want `^unguarded: pgx.ConnectConfig`
	pgxpool.New(ctx, dsn)                // want `^unguarded: pgxpool.New`
	pgxpool.NewWithConfig(ctx, config)   // want `^unguarded: pgxpool.NewWithConfig`
	stdlib.OpenDB(*cc)                   // want `^unguarded: stdlib.OpenDB`
	sql.OpenDB(stdlib.GetConnector(*cc)) // want `^unguarded: stdlib.GetConnector`
	name := "pgx"
	sql.Open(name, dsn) // want `^unguarded: sql.Open with the driver "pgx"`
}

func through(ctx context.Context, dsn string, cc *pgx.ConnConfig, name string) {
	sql.Open("docex", dsn)
	sqlx.Open(driver.Name, dsn)
	sql.Open(name, dsn)
	sql.OpenDB(driver.Wrap(stdlib.GetConnector(*cc), driver.Config{}))
	base := stdlib.GetConnector(*cc)
	sql.OpenDB(driver.Wrap(base, driver.Config{}))
	pgx.ParseConfig(dsn)

	mysql, _ := sql.Open("mysql", dsn)
	mysql.Query("SHOW TABLES") // another kind of database
}

func administrator(ctx context.Context, dsn string) {
	admin, _ := sql.Open("pgx", dsn) //docex:admin provisions tenants
	admin.Exec("CREATE ROLE app LOGIN")
	tx, _ := admin.Begin()
	tx.Exec("CREATE SCHEMA ext")

	//docex:admin for reports across tenants
	pool, _ := pgxpool.New(ctx, dsn)
	pool.Exec(ctx, "SELECT * FROM pg_class")
	pool.Exec(ctx, "SELECT * FROM pg_class")
}

type server struct {
	admin *sql.DB //docex:admin provisions tenants
	app   *sql.DB
}

func (s *server) run(ctx context.Context) {
	s.admin.Exec("CREATE SCHEMA ext")
	s.app.ExecContext(ctx, "CREATE SCHEMA ext") // want `^sql: statement-kind`
}

// migrate is not for tenants.
//
//docex:admin runs before the first tenant is there
func migrate(dsn string) {
	db, _ := sql.Open("pgx", dsn)
	db.Exec("CREATE SCHEMA ext")
}
