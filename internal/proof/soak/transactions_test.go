package soak

import (
	"database/sql"
)

// inTx runs f in a transaction and commits it.
func (a *attempt) inTx(opts *sql.TxOptions, f func(tx *sql.Tx) error) (phase, error) {
	tx, err := a.h.db.BeginTx(a.ctx, opts)
	if err != nil {
		return before, err
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback() // the connection may be lost
		return inside, err
	}
	return commit, tx.Commit()
}

// insertBoth writes two rows of which the amounts add up to zero.
func (a *attempt) insertBoth(q execer) error {
	amount := a.r.Int64N(100) + 1
	if err := a.insert(q, amount); err != nil {
		return err
	}
	return a.insert(q, -amount)
}

func (a *attempt) tx() (phase, error) {
	return a.inTx(nil, func(tx *sql.Tx) error { return a.insertBoth(tx) })
}

func (a *attempt) rollback() (phase, error) {
	tx, err := a.h.db.BeginTx(a.ctx, nil)
	if err != nil {
		return before, err
	}
	if err := a.insertBoth(tx); err != nil {
		_ = tx.Rollback() // the same
		return inside, err
	}
	return inside, tx.Rollback()
}

// transfer moves something from one account to another.
func (a *attempt) transfer() (phase, error) {
	return a.inTx(&sql.TxOptions{Isolation: sql.LevelSerializable}, func(tx *sql.Tx) error {
		from, to, amount := a.r.IntN(accounts), a.r.IntN(accounts), a.r.Int64N(10)
		var balance int64
		if err := tx.QueryRowContext(a.ctx, "SELECT balance FROM account WHERE id = $1", from).Scan(&balance); err != nil {
			return err
		}
		if _, err := tx.ExecContext(a.ctx, "UPDATE account SET balance = $2 WHERE id = $1", from, balance-amount); err != nil {
			return err
		}
		if _, err := tx.ExecContext(a.ctx, "UPDATE account SET balance = balance + $2 WHERE id = $1", to, amount); err != nil {
			return err
		}
		return a.insertBoth(tx)
	})
}

// textTx leaves a transaction that has failed open, now and then.
func (a *attempt) textTx() (phase, error) {
	return a.onConn(func(c *sql.Conn) (phase, error) {
		if _, err := c.ExecContext(a.ctx, "BEGIN"); err != nil {
			return before, err
		}
		if err := a.insertBoth(c); err != nil {
			if a.r.IntN(2) == 0 {
				_, _ = c.ExecContext(a.ctx, "ROLLBACK") // the connection may be lost
			}
			return inside, err
		}
		_, err := c.ExecContext(a.ctx, "COMMIT")
		return commit, err
	})
}

// setting sets something for the session where that is allowed, for the transaction otherwise.
func (a *attempt) setting() (phase, error) {
	return a.onConn(func(c *sql.Conn) (phase, error) {
		var mode string
		err := c.Raw(func(dc any) error {
			mode, _ = dc.(interface{ Pinning() (mode, why string) }).Pinning()
			return nil
		})
		if err != nil {
			return before, err
		}
		if mode == "session" {
			return before, a.set(c, "SET statement_timeout = '77s'")
		}
		tx, err := c.BeginTx(a.ctx, nil)
		if err != nil {
			return before, err
		}
		err = a.set(tx, "SET LOCAL statement_timeout = '77s'")
		if err != nil {
			_ = tx.Rollback() // the connection may be lost
			return inside, err
		}
		return inside, tx.Commit()
	})
}

func (a *attempt) set(q execer, text string) error {
	if _, err := q.ExecContext(a.ctx, text); err != nil {
		return err
	}
	got, err := a.timeout(q)
	if err == nil && got != "77s" {
		a.violated(broken, "%s: statement_timeout is %s", a.h.name, got)
	}
	return err
}
