// Package constants holds SQL in every form that a constant has.
package constants

import (
	"context"
	"database/sql"
	"fmt"
)

const (
	other  = "tenant_globex"
	shared = `SELECT name
FROM tenant_globex.document` // want `^sql: foreign-schema: tenant_globex.document: it is outside the tenant's schema; leave the schema out`
	typed query = "SET search_path = x" // want `^sql: setting: search_path: `
)

type query string

var (
	own      = "DROP TABLE document" // want `^sql: statement-kind: drop table: `
	Exported = "DROP TABLE document"
)

func allowed(ctx context.Context, db *sql.DB) {
	db.ExecContext(ctx, "UPDATE document SET name = $1 WHERE id = $2", "a", 1)
	db.QueryContext(ctx, "SELECT "+"name "+`FROM document`)
	db.ExecContext(ctx, Exported) // who knows what it is by now
	db.ExecContext(ctx, "")
	db.ExecContext(ctx, "DELETE FROM document WHERE id = $1", sql.Named("not SQL", 1))
}

func refused(ctx context.Context, db *sql.DB, tx *sql.Tx, conn *sql.Conn) {
	db.QueryRowContext(ctx, "SELECT * FROM tenant_globex.document").Scan() // want `^sql: foreign-schema: tenant_globex.document: `
	db.QueryContext(ctx, "SELECT 1;\n\tSELECT 2")                          // want `^sql: multi-statement: `
	tx.ExecContext(ctx, ("LISTEN x"))                                      // want `^sql: statement-kind: `
	conn.PrepareContext(ctx, "SELCT")                                      // want `^sql: syntax: the statement does not parse; correct the syntax`
	db.ExecContext(ctx, "SELECT a FROM b WHERE c = ?")                     // want `^sql: syntax: .*write \$1, \$2 and so on, as sqlx does for the driver name docex`
	db.ExecContext(ctx, "SELECT 'é\xe9'")                                  // want `^sql: encoding: `
	db.QueryContext(ctx, "SELECT name "+"FROM "+other+".document")         // want `^sql: foreign-schema: tenant_globex.document: `
	db.QueryContext(ctx, shared)
	tx.QueryContext(ctx, shared) // found once
	db.QueryContext(ctx, string(typed))
	db.ExecContext(ctx, own)
	(*sql.DB).ExecContext(db, ctx, "COPY document TO STDOUT") // want `^sql: statement-kind: `
	db.QueryContext(ctx, `
		SELECT name
		FROM pg_class -- catalogs`, // want `^sql: system-catalog: pg_class: `
	)
}

func variables(ctx context.Context, db *sql.DB, some bool, given string) {
	query := "SELECT name FROM document"
	if some {
		query = "SELECT relname FROM pg_class" // want `^sql: system-catalog: pg_class: `
	}
	db.QueryContext(ctx, query)

	built := "SELECT name FROM"
	built += " document"
	db.QueryContext(ctx, built)

	through := "SELECT name FROM"
	extend(&through)
	db.QueryContext(ctx, through)

	given = "SELECT name FROM"
	db.QueryContext(ctx, given)
	for _, one := range []string{"DROP TABLE a"} {
		db.ExecContext(ctx, one)
	}
	db.ExecContext(ctx, fmt.Sprintf("DROP TABLE %s", given))
}

func extend(s *string) { *s += " document" }
