// Package policy is judged by the docex.yaml beside it.
package policy

import (
	"context"
	"database/sql"
)

func queries(ctx context.Context, db *sql.DB, text string) {
	db.QueryContext(ctx, "SELECT * FROM pg_class, ref.country, tenant_acme.document")
	db.QueryContext(ctx, "UPDATE ref.country SET name = $1") // want `^sql: shared-read-only: `
	db.QueryContext(ctx, "SELECT levenshtein(a, b) FROM x")  // want `^sql: unknown-function: `
	db.QueryContext(ctx, text)                               // want `^dynamic: `
}
