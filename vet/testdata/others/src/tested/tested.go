// Package tested is for PostgreSQL, and its tests use another database.
package tested

import "database/sql"

func prune(db *sql.DB) {
	db.Exec("DELETE FROM session") // want `context: `
}
