package files

import "database/sql"

// later is only ever called with the administrator's handle.
func later(db *sql.DB) { db.Exec("CREATE SCHEMA ext") }

func either(db *sql.DB) {
	db.Exec("CREATE SCHEMA ext") // want `^sql: statement-kind` `^context: `
}

func app(db *sql.DB) { either(db) }
