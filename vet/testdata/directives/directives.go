// Package directives has comments that accept findings, and some that do not.
package directives

import (
	"context"
	"database/sql"
)

func accepted(ctx context.Context, db *sql.DB) {
	db.Exec("LISTEN x") //docex:ignore until the switch
	//docex:ignore until the switch
	db.Exec("LISTEN x")
	//docex:ignore until the switch
	db.QueryContext(ctx, `
		SELECT *
		FROM pg_class`)
	db.QueryContext(ctx,
		`SELECT *
		FROM pg_class`, //docex:ignore in the line of the place
	)
	db.QueryContext(
		ctx,
		`SELECT *
		FROM pg_class
		WHERE true`,
	) //docex:ignore in the line of the end
}

func notAccepted(ctx context.Context, db *sql.DB) {
	//docex:ignore a comment is about the next line only

	db.ExecContext(ctx, "LISTEN x") // want `^sql: statement-kind`
	_ = 1                           //docex:ignore a comment behind code is about its own line only
	db.ExecContext(ctx, "LISTEN x") // want `^sql: statement-kind`
	// docex:ignore is no directive with a space
	db.ExecContext(ctx, "LISTEN x") // want `^sql: statement-kind`
	//docex:ignore // want `^directive: docex:ignore gives no reason, and has no effect; say on the same line why`
	db.ExecContext(ctx, "LISTEN x") // want `^sql: statement-kind`
	//docex:nolint because // want `^directive: docex:nolint is unknown; write docex:admin, docex:bound or docex:ignore`
	db.ExecContext(ctx, "LISTEN x") // want `^sql: statement-kind`
}
