// Package interfaces reaches databases through interfaces, as the code that sqlc makes does.
package interfaces

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jmoiron/sqlx"
)

type DBTX interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	PrepareContext(context.Context, string) (*sql.Stmt, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

type PGX interface {
	Exec(context.Context, string, ...any) (pgconn.CommandTag, error)
	QueryRow(context.Context, string, ...any) pgx.Row
}

type cache interface {
	Get(context.Context, string) (string, error)
	Exec(string) error
	Query(context.Context, string) (sql.NullString, error)
}

type store struct{ *sql.DB }

func queries(ctx context.Context, db DBTX, p PGX, c cache, ext sqlx.ExtContext, old sqlx.Ext, s store) {
	db.ExecContext(ctx, "LISTEN x")               // want `^sql: statement-kind`
	db.PrepareContext(ctx, "LISTEN x")            // want `^sql: statement-kind`
	db.QueryRowContext(context.TODO(), "TABLE x") // want `^context: `
	p.Exec(ctx, "LISTEN x")                       // want `^sql: statement-kind`
	p.QueryRow(ctx, "LISTEN x")                   // want `^sql: statement-kind`
	c.Get(context.TODO(), "LISTEN x")
	c.Exec("LISTEN x")
	c.Query(ctx, "LISTEN x")
	ext.QueryxContext(ctx, "LISTEN x") // want `^sql: statement-kind`
	old.Queryx("LISTEN x")             // want `^sql: statement-kind` `^context: `
	s.ExecContext(ctx, "LISTEN x")     // want `^sql: statement-kind`
}
