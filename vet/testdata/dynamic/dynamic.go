// Package dynamic has SQL that is not known before it runs.
package dynamic

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

func queries(ctx context.Context, db *sqlx.DB, given string, some bool, ids []int) {
	db.QueryContext(ctx, given)                              // want `^dynamic: SQL that is no constant cannot be checked before it runs; make it a constant`
	db.QueryContext(ctx, fmt.Sprintf("SELECT %s", given))    // want `^dynamic: `
	db.QueryContext(ctx, "SELECT name FROM document"+given)  // want `^dynamic: `
	db.QueryContext(ctx, db.Rebind("SELECT name = ?"+given)) // want `^dynamic: `

	db.QueryContext(ctx, db.Rebind("SELECT name FROM document WHERE id = ?"))
	query, args, _ := sqlx.In("SELECT name FROM document WHERE id IN (?)", ids)
	query = db.Rebind(query)
	db.SelectContext(ctx, nil, query, args...)
	one := "SELECT 1"
	if some {
		one = "SELECT 2"
	}
	db.QueryContext(ctx, one)
	one2 := "SELECT 1"
	if some {
		one2 = given
	}
	db.QueryContext(ctx, one2) // want `^dynamic: `
}
