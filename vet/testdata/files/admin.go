//docex:admin sets the database up before tenants are there

// Package files has a file that is an administrator's.
package files

import "database/sql"

func setUp(dsn string) {
	db, _ := sql.Open("pgx", dsn)
	db.Exec("CREATE SCHEMA ext")
	later(db)
	either(db)
}
