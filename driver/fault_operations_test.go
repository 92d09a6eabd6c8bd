package driver_test

import (
	"database/sql"
	"fmt"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
)

// cutOperation is an operation of cutTenant, on the connection that cutOther has used before.
type cutOperation struct {
	name   string
	run    func(a *attempt)
	dies   bool // what it writes is never committed
	simple bool // other messages in pgx's simple protocol mode
}

const cutTenant, cutOther = "acme", "globex"

var cutOperations = []cutOperation{
	{name: "query", dies: true, simple: true, run: func(a *attempt) {
		a.cut(func() error {
			got, err := seen(a.ctx, a.db)
			if err == nil && got != cutTenant {
				a.Errorf("saw the data of %q", got)
			}
			return err
		})
	}},
	{name: "exec", simple: true, run: func(a *attempt) { // prepares first, in the modes that do
		a.cut(func() error { return a.insert(a.db) })
	}},
	{name: "exec without arguments", run: func(a *attempt) {
		a.cut(func() error {
			_, err := a.db.ExecContext(a.ctx, fmt.Sprintf(
				"INSERT INTO docbasket (name, description) VALUES ('%s', '%s')", a.row, cutTenant))
			return err
		})
	}},
	{name: "prepared exec", run: func(a *attempt) {
		s, err := a.db.PrepareContext(a.ctx, insertOwn)
		a.must(err)
		defer s.Close()
		a.other()
		a.cut(func() error {
			_, err := s.ExecContext(a.ctx, a.row, cutTenant)
			return err
		})
	}},
	{name: "copy", run: func(a *attempt) {
		conn, err := a.db.Conn(a.ctx)
		a.must(err)
		defer conn.Close()
		a.cut(func() error {
			_, err := driver.CopyFrom(a.ctx, conn, "docbasket", []string{"name", "description"},
				pgx.CopyFromRows([][]any{{a.row, cutTenant}}))
			return err
		})
	}},
	{name: "begin", dies: true, run: func(a *attempt) {
		var tx *sql.Tx
		a.cut(func() (err error) {
			tx, err = a.db.BeginTx(a.ctx, nil)
			return err
		})
		if a.err == nil {
			_ = a.insert(tx)  // it may be cut behind the answer
			_ = tx.Rollback() // the same
		}
	}},
	{name: "exec in a transaction", dies: true, run: func(a *attempt) {
		tx := a.begin()
		a.cut(func() error { return a.insert(tx) })
		_ = tx.Rollback() // it is cut
	}},
	{name: "commit", run: func(a *attempt) {
		tx := a.begin()
		a.must(a.insert(tx))
		a.cut(tx.Commit)
	}},
	{name: "rollback", dies: true, run: func(a *attempt) {
		tx := a.begin()
		a.must(a.insert(tx))
		a.cut(tx.Rollback)
	}},
}
