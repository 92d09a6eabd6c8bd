// Package app uses libraries that are no part of docex's module. They stand beside it, in names only.
package app

import (
	"context"
	"database/sql"

	"example.org/sqlx"
	"github.com/gin-gonic/gin"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

func open(dsn, name string, db *sql.DB) {
	gorm.Open(postgres.Open(dsn))                                           // want `^unguarded: postgres.Open goes around docex; use postgres.New\(postgres.Config{DriverName: "docex", DSN: dsn}\), or Conn with a handle of docex$`
	gorm.Open(postgres.New(postgres.Config{DSN: dsn}))                      // want `^unguarded: postgres.New goes around docex`
	gorm.Open(postgres.New(postgres.Config{DriverName: "pgx", DSN: dsn}))   // want `^unguarded: postgres.New`
	gorm.Open(postgres.New(postgres.Config{DriverName: "docex", DSN: dsn})) // through docex
	gorm.Open(postgres.New(postgres.Config{DriverName: name, DSN: dsn}))    // not known
	gorm.Open(postgres.New(postgres.Config{Conn: db}))                      // the handle is judged
	gorm.Open(postgres.Open(dsn))                                           //docex:admin reports
	config := postgres.Config{DSN: dsn}
	gorm.Open(postgres.New(config)) // want `^unguarded: postgres.New`
}

func forked(ctx context.Context, db *sqlx.DB) {
	sqlx.Open("postgres", "")                             // want `^unguarded: sqlx.Open`
	db.Select(nil, "SELECT name FROM document")           // want `^context: db.Select passes no context`
	db.NamedExecContext(ctx, "DELETE FROM pg_class", nil) // want `^sql: system-catalog`
	db.NamedExecContext(ctx, "DELETE FROM document WHERE name = :name", nil)
}

func handler(c *gin.Context, db *sql.DB) {
	db.QueryContext(c, "SELECT name FROM document") // want `^context: db.QueryContext gets a \*gin.Context, which holds no UserContext unless Engine.ContextWithFallback is set; pass the Request.Context\(\) of it$`
	db.QueryContext(c.Request.Context(), "SELECT name FROM document")
}
