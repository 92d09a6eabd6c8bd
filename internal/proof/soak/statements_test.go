package soak

import (
	"database/sql"
	"regexp"
)

var tenantID = regexp.MustCompile(`^t\d+$`)

// saw reports a row that is not the tenant's. The last row of a torn answer may hold anything.
func (a *attempt) saw(tenant string) {
	if tenantID.MatchString(tenant) && tenant != a.tenant.id {
		a.violated(foreignRead, "%s: %s saw a row of %s", a.h.name, a.tenant.id, tenant)
	}
}

// readEntries leaves a part of the rows unread, now and then.
func (a *attempt) readEntries() (phase, error) {
	rows, err := a.h.db.QueryContext(a.ctx, "SELECT tenant FROM entry ORDER BY op DESC LIMIT $1", a.r.IntN(200))
	if err != nil {
		return before, err
	}
	defer rows.Close()
	for most := a.r.IntN(400); most > 0 && rows.Next(); most-- {
		var tenant string
		if err := rows.Scan(&tenant); err != nil {
			return before, err
		}
		a.saw(tenant)
	}
	return before, rows.Err()
}

func (a *attempt) readSums() (phase, error) {
	var owner string
	var sum int
	err := a.h.db.QueryRowContext(a.ctx, "SELECT (SELECT tenant FROM owner), sum(balance) FROM account").Scan(&owner, &sum)
	if err != nil {
		return before, err
	}
	a.saw(owner)
	if sum != total {
		a.violated(wrongSum, "%s: %s read %d", a.h.name, a.tenant.id, sum)
	}
	return before, nil
}

// readSetting looks for what another checkout has set.
func (a *attempt) readSetting() (phase, error) { return before, a.wantTimeout(a.h.db, "0") }

func (a *attempt) wantTimeout(q querier, want string) error {
	var got string
	err := q.QueryRowContext(a.ctx, "SHOW statement_timeout").Scan(&got)
	if err == nil && got != want {
		a.violated(left, "%s: %s found statement_timeout %s, want %s", a.h.name, a.tenant.id, got, want)
	}
	return err
}

// setting sets something, for the session where that is allowed.
func (a *attempt) setting(c *sql.Conn) (phase, error) {
	set := func(q querier, text string) error {
		if _, err := q.ExecContext(a.ctx, text); err != nil {
			return err
		}
		return a.wantTimeout(q, "77s")
	}
	if a.h.session {
		return before, set(c, "SET statement_timeout = '77s'")
	}
	return a.inTx(nil, func(tx *sql.Tx) error { return set(tx, "SET LOCAL statement_timeout = '77s'") })
}

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
func (a *attempt) insertBoth(q querier) error {
	amount := a.r.Int64N(100) + 1
	if err := a.insert(q, amount); err != nil {
		return err
	}
	return a.insert(q, -amount)
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
func (a *attempt) transfer(tx *sql.Tx) error {
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
}

// textTx leaves a transaction that has failed open, now and then.
func (a *attempt) textTx(c *sql.Conn) (phase, error) {
	if _, err := c.ExecContext(a.ctx, "BEGIN"); err != nil {
		return before, err
	}
	if err := a.insertBoth(c); err != nil {
		if a.r.IntN(2) == 0 {
			_, _ = c.ExecContext(a.ctx, "ROLLBACK") // the same
		}
		return inside, err
	}
	_, err := c.ExecContext(a.ctx, "COMMIT")
	return commit, err
}
