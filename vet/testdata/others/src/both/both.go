// Package both is for PostgreSQL as well.
package both

import (
	"database/sql"

	"github.com/lib/pq"
	_ "github.com/mattn/go-sqlite3"
)

func prune(db *sql.DB) error {
	_, err := db.Exec("DELETE FROM session WHERE expiry < julianday('now')") // want `context: ` `sql: unknown-function: julianday`
	if _, ok := err.(*pq.Error); ok {                                        // want `libpq: `
		return nil
	}
	return err
}
