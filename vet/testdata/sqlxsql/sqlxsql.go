// Package sqlxsql has SQL with the placeholders of sqlx.
package sqlxsql

import (
	"context"

	"github.com/jmoiron/sqlx"
)

type document struct{ Name string }

func allowed(ctx context.Context, db *sqlx.DB, tx *sqlx.Tx, d document, ids []int) error {
	db.NamedExecContext(ctx, `INSERT INTO document (name, at) VALUES (:name, now()::::timestamptz)`, d)
	tx.NamedQuery(`SELECT name FROM document WHERE name = :name`, d) // want `^context: tx.NamedQuery passes no context.*use sqlx.NamedQueryContext, or`
	db.GetContext(ctx, &d, db.Rebind("SELECT name FROM document WHERE id = ? LIMIT ?"), 1, 2)

	query, args, err := sqlx.In("SELECT name FROM document WHERE id IN (?)", ids)
	if err != nil {
		return err
	}
	query = db.Rebind(query)
	if err := db.SelectContext(ctx, &d, query, args...); err != nil {
		return err
	}

	named := "SELECT name FROM document WHERE name = :name AND id IN (:ids)"
	named, args, _ = sqlx.Named(named, d)
	named, args, _ = sqlx.In(named, args...)
	return db.SelectContext(ctx, &d, tx.Rebind(named), args...)
}

func refused(ctx context.Context, db *sqlx.DB, tx *sqlx.Tx, conn *sqlx.Conn, d document) {
	db.GetContext(ctx, &d, "SELECT name FROM tenant_globex.document")                    // want `^sql: foreign-schema: `
	tx.SelectContext(ctx, &d, `SELECT name FROM document WHERE id = ?`)                  // want `^sql: syntax: `
	conn.QueryxContext(ctx, "VACUUM")                                                    // want `^sql: statement-kind: `
	db.MustExecContext(ctx, "TRUNCATE document")                                         // want `^sql: statement-kind: `
	db.PreparexContext(ctx, "SELECT * FROM other.x")                                     // want `^sql: foreign-schema: other.x`
	db.PrepareNamedContext(ctx, "SELECT * FROM other.x WHERE a = :a")                    // want `^sql: foreign-schema: other.x`
	db.NamedExecContext(ctx, "UPDATE x SET a = :a, b = other.f(:b) WHERE c = :c", d)     // want `^sql: foreign-schema: other.f`
	db.NamedExecContext(ctx, "UPDATE x SET a = :a:b", d)                                 // want `^sql: named-parameter: sqlx: unexpected : in a named parameter at byte 19; write ::`
	sqlx.GetContext(ctx, db, &d, "SELECT * FROM other.x")                                // want `^sql: foreign-schema: other.x`
	sqlx.SelectContext(ctx, db, &d, db.Rebind("SELECT * FROM x, other.x WHERE a = ?"))   // want `^sql: foreign-schema: other.x`
	sqlx.NamedExecContext(ctx, db, "DELETE FROM other.x WHERE a = :a", d)                // want `^sql: foreign-schema: other.x`
	sqlx.Named("DELETE FROM other.x WHERE a = :a AND b = ?", d)                          // want `^sql: foreign-schema: other.x`
	query, _, _ := sqlx.In("SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM other.x", "abc") // want `^sql: foreign-schema: other.x`
	db.SelectContext(ctx, &d, query)
}
