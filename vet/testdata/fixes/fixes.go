// Package fixes has what can be mended by rote.
package fixes

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

const dup = "23505"

func open(dsn string) {
	sql.Open("postgres", dsn)                            // want `^unguarded: `
	sqlx.Connect("pgx", dsn)                             // want `^unguarded: `
	sqlx.ConnectContext(context.Background(), "pq", dsn) // want `^unguarded: `
}

func duplicate(err error) string {
	if e, ok := err.(*pq.Error); ok && e.Code == "23505" { // want `^libpq: `
		return e.Constraint + e.Table + e.Detail
	}
	if e, ok := err.(*pq.Error); ok { // want `^libpq: `
		switch e.Code {
		case "23505", "23503":
			return string(e.Code) + e.Schema + e.Column
		}
	}
	if _, ok := err.(*pq.Error); ok { // want `^libpq: `
		return ""
	}
	return ""
}

func notByRote(err error, other any) string {
	if e, ok := err.(*pq.Error); ok { // want `^libpq: `
		return e.Code.Name()
	}
	if e, ok := err.(*pq.Error); ok && e.Code == pq.ErrorCode(dup) { // want `^libpq: `
		return e.Position
	}
	if e, ok := other.(*pq.Error); ok { // want `^libpq: `
		return e.Message
	}
	if e, ok := err.(*pq.Error); ok { // want `^libpq: `
		return e.Error()
	}
	return pq.QuoteLiteral("")
}

func contexts(ctx context.Context, db *sqlx.DB, stmt *sql.Stmt) {
	var names []string
	db.Query("SELECT name FROM document", 1)             // want `^context: `
	db.Select(&names, "SELECT name FROM document")       // want `^context: `
	tx, _ := db.Begin()                                  // want `^context: `
	stmt.Query()                                         // want `^context: `
	tx.Stmt(stmt).Exec(1)                                // want `^context: ` `^context: `
	db.MustBegin()                                       // want `^context: `
	sqlx.Select(db, &names, "SELECT name FROM document") // want `^context: `
	_ = func(c context.Context) {
		db.Exec("DELETE FROM document") // want `^context: `
	}
}

func noContext(db *sql.DB) {
	db.Exec("DELETE FROM document") // want `^context: `
	ctx := context.Background()
	db.Exec("DELETE FROM document") // want `^context: `
	_ = ctx
}
