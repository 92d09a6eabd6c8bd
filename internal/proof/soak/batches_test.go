package soak

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// threeRows is a batch that writes three rows and reads one, in a callback that dresses up whatever fails.
func (a *attempt) threeRows() *pgx.Batch {
	b := &pgx.Batch{}
	amount := a.r.Int64N(100)
	for _, part := range []int64{amount, -amount, 0} {
		b.Queue(insertEntry, a.row(part)...)
	}
	b.Queue("SELECT tenant FROM owner").QueryRow(func(row pgx.Row) error {
		var tenant string
		if err := row.Scan(&tenant); err != nil {
			return fmt.Errorf("the callback: %w", err)
		}
		a.saw(tenant)
		return nil
	})
	return b
}

var errCallback = errors.New("a callback's own error")

func failing(pgconn.CommandTag) error { return errCallback }

// batchCallback: the error is the callback's and nothing else when the batch is done.
func (a *attempt) batchCallback(c *sql.Conn) (phase, error) {
	b := a.threeRows()
	b.QueuedQueries[a.r.IntN(3)].Exec(failing)
	return alone, a.want(driver.SendBatch(a.ctx, c, b), func(err error) bool { return err == errCallback })
}

// batchDeferred fails when it commits, which no callback can see.
func (a *attempt) batchDeferred(c *sql.Conn) (phase, error) {
	b := &pgx.Batch{}
	b.Queue("INSERT INTO never VALUES ($1, $2)", a.op, accounts)
	b.Queue(insertEntry, a.row(0)...)
	if a.r.IntN(2) == 0 {
		b.QueuedQueries[a.r.IntN(2)].Exec(failing)
	}
	return before, a.want(driver.SendBatch(a.ctx, c, b), code("23503"))
}

func (a *attempt) batchInTx(c *sql.Conn) (phase, error) {
	tx, err := c.BeginTx(a.ctx, nil)
	if err != nil {
		return before, err
	}
	if err := driver.SendBatch(a.ctx, c, a.threeRows()); err != nil {
		_ = tx.Rollback() // the connection may be lost
		return inside, err
	}
	return commit, tx.Commit()
}

func (a *attempt) copyFrom(c *sql.Conn) (phase, error) {
	amount := a.r.Int64N(100)
	n, err := driver.CopyFrom(a.ctx, c, "entry", []string{"op", "tenant", "said", "amount"}, pgx.CopyFromRows([][]any{
		{a.op, a.tenant.id, a.user, amount}, {a.op, a.tenant.id, a.user, -amount}, {a.op, a.tenant.id, a.user, int64(0)},
	}))
	if err == nil && n != 3 {
		a.violated(broken, "%s: CopyFrom wrote %d rows", a.h.name, n)
	}
	return alone, err
}
