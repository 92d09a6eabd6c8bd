package soak

import (
	"bytes"
	"database/sql"
	"encoding/csv"
	"regexp"

	"github.com/docex/docex/driver"
)

var tenantID = regexp.MustCompile(`^t\d+$`)

// saw reports a row that is not the tenant's. The last row of a torn answer may hold anything.
func (a *attempt) saw(tenant string) {
	if tenantID.MatchString(tenant) && tenant != a.tenant.id {
		a.violated(foreignRead, "%s: %s saw a row of %s", a.h.name, a.tenant.id, tenant)
	}
}

func (a *attempt) readEntries() (phase, error) {
	rows, err := a.h.db.QueryContext(a.ctx, "SELECT tenant, said, seen FROM entry ORDER BY op DESC LIMIT $1", a.r.IntN(100))
	if err != nil {
		return before, err
	}
	defer rows.Close()
	for rows.Next() {
		var tenant, said string
		var seen sql.NullString
		if err := rows.Scan(&tenant, &said, &seen); err != nil {
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
	if err == nil {
		a.saw(owner)
	}
	if err == nil && sum != total {
		a.violated(wrongSum, "%s: %s read %d", a.h.name, a.tenant.id, sum)
	}
	return before, err
}

func (a *attempt) readOne() (phase, error) {
	rows, err := a.h.db.QueryContext(a.ctx, "SELECT tenant FROM owner, generate_series(1, 500)")
	if err != nil {
		return before, err
	}
	defer rows.Close()
	var tenant string
	if rows.Next() {
		if err := rows.Scan(&tenant); err != nil {
			return before, err
		}
		a.saw(tenant)
	}
	return before, rows.Err()
}

func (a *attempt) readNothing() (phase, error) {
	var one int
	return before, a.h.db.QueryRowContext(a.ctx, "SELECT 1").Scan(&one)
}

// readSetting looks for what another checkout has set.
func (a *attempt) readSetting() (phase, error) {
	got, err := a.timeout(a.h.db)
	if err == nil && got != "0" {
		a.violated(left, "%s: %s found statement_timeout %s", a.h.name, a.tenant.id, got)
	}
	return before, err
}

func (a *attempt) timeout(q execer) (got string, err error) {
	err = q.QueryRowContext(a.ctx, "SHOW statement_timeout").Scan(&got)
	return got, err
}

func (a *attempt) copyTo() (phase, error) {
	return a.onConn(func(c *sql.Conn) (phase, error) {
		var text bytes.Buffer
		if _, err := driver.CopyTo(a.ctx, c, &text, "owner", []string{"tenant"}); err != nil {
			return before, err
		}
		records, err := csv.NewReader(&text).ReadAll()
		for _, r := range records {
			a.saw(r[0])
		}
		return before, err
	})
}
