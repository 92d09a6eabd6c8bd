// Package sqlite is for another database, as its import says.
package sqlite

import (
	"database/sql"

	_ "github.com/mattn/go-sqlite3"
)

func prune(db *sql.DB) {
	db.Exec("DELETE FROM session WHERE expiry < julianday('now')")
	sql.Open("postgres", "") // want `goes around docex`
}
