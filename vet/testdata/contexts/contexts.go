// Package contexts has calls with and without somebody who asks.
package contexts

import (
	"context"
	"database/sql"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
	"github.com/jmoiron/sqlx"
)

const q = "SELECT name FROM document"

func standard(ctx context.Context, db *sql.DB, tx *sql.Tx, stmt *sql.Stmt, conn *sql.Conn) {
	db.Query(q)    // want `^context: db.Query passes no context, which gives scope.ErrNoUserContext; use QueryContext, or a handle of driver.Bind`
	db.QueryRow(q) // want `use QueryRowContext`
	db.Exec(q)     // want `use ExecContext`
	db.Prepare(q)  // want `use PrepareContext`
	db.Begin()     // want `use BeginTx`
	tx.Exec(q)     // want `use ExecContext`
	tx.Stmt(stmt)  // want `use StmtContext`
	stmt.Query()   // want `use QueryContext`
	stmt.Exec(1)   // want `use ExecContext`
	db.Ping()
	db.PingContext(context.Background())
	db.Conn(context.Background())
	tx.Commit()
	tx.Rollback()

	db.QueryContext(context.Background(), q) // want `^context: db.QueryContext gets context.Background\(\), which gives scope.ErrNoUserContext; pass the context of the request`
	db.BeginTx(context.TODO(), nil)          // want `gets context.TODO\(\)`
	conn.ExecContext((context.TODO()), q)    // want `gets context.TODO\(\)`
	db.QueryContext(ctx, q)
	db.QueryContext(scope.With(context.Background(), scope.UserContext{}), q)
}

func variables(db *sql.DB) {
	empty := context.Background()
	db.QueryContext(empty, q) // want `gets context.Background\(\)`
	filled := context.Background()
	filled = scope.With(filled, scope.UserContext{})
	db.QueryContext(filled, q)
}

func extended(db *sqlx.DB, tx *sqlx.Tx, stmt *sqlx.NamedStmt) {
	var names []string
	db.Get(&names, q)          // want `use GetContext`
	db.Select(&names, q)       // want `use SelectContext`
	db.Queryx(q)               // want `use QueryxContext`
	db.Query(q)                // want `use QueryContext`
	db.MustExec(q)             // want `use MustExecContext`
	db.NamedExec(q, names)     // want `use NamedExecContext`
	db.Beginx()                // want `use BeginTxx`
	db.MustBegin()             // want `use MustBeginTx`
	tx.Preparex(q)             // want `use PreparexContext`
	stmt.Get(&names, 1)        // want `use GetContext`
	sqlx.Get(db, &names, q)    // want `sqlx.Get passes no context.*use GetContext`
	sqlx.Select(db, &names, q) // want `use SelectContext`
	sqlx.NamedExec(db, q, "")  // want `use NamedExecContext`
	db.Rebind(q)
	sqlx.GetContext(context.TODO(), db, &names, q) // want `gets context.TODO\(\)`
}

func boundHandles(db *sql.DB, uc scope.UserContext) error {
	own := driver.Bind(db, uc)
	own.Query(q)
	tx, err := own.Begin()
	if err != nil {
		return err
	}
	tx.Exec(q)
	stmt, _ := tx.Prepare(q)
	stmt.Query()
	func() { own.QueryContext(context.Background(), q) }()
	x := sqlx.NewDb(own, driver.Name)
	x.Get(&uc, q)
	x.DB.Query(q)
	sqlx.Get(x, &uc, q)
	conn, _ := own.Conn(context.Background())
	conn.ExecContext(context.Background(), q)
	driver.SendBatch(context.Background(), conn, nil)
	driver.Bind(db, uc).Exec(q)
	db = driver.Bind(db, uc)
	db.Exec(q)
	own.Exec("DROP TABLE x") // want `^sql: statement-kind: `
	return nil
}
