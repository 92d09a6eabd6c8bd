package app

import (
	"context"
	"database/sql"
)

func countries(ctx context.Context, db *sql.DB, more string) {
	db.QueryContext(ctx, "SELECT name FROM ref.country")
	db.QueryContext(ctx, "SELECT name FROM tenant_acme.country")
	db.QueryContext(ctx, "SELECT name FROM tenant_globex.country") // want `sql: foreign-schema: tenant_globex.country`
	db.QueryContext(ctx, "SELECT name FROM country "+more)         // want `dynamic: `
	db.Query("SELECT name FROM country")                           // want `context: `
}
