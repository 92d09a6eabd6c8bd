package files

import "database/sql"

func later(db *sql.DB) {
	db.Exec("CREATE SCHEMA ext") // want `^sql: statement-kind` `^context: `
}
