package soak

import (
	"context"
	"fmt"
)

// found is what the tables hold of one operation.
type found struct {
	rows     int
	sum      int64
	foreign  int // rows that say that they are another tenant's
	mistaken int // rows of which the trigger saw somebody else
}

// audit compares a tenant's tables with what callers were told before.
func (s *soak) audit(ctx context.Context, t *tenant) error {
	known := s.of(t)
	rows, err := s.admin.QueryContext(ctx, fmt.Sprintf(`SELECT op, count(*), sum(amount), count(*) FILTER (WHERE tenant <> $1),
		count(*) FILTER (WHERE seen IS DISTINCT FROM $1 || '/' || said) FROM %q.entry GROUP BY op`, t.schema), t.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	there := map[int64]found{}
	for rows.Next() {
		var op int64
		var f found
		if err := rows.Scan(&op, &f.rows, &f.sum, &f.foreign, &f.mistaken); err != nil {
			return err
		}
		there[op] = f
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for op, f := range there {
		s.auditFound(t, op, f)
	}
	for op, w := range known {
		s.auditKnown(op, w, there[op].rows)
	}
	return s.auditSums(ctx, t)
}

func (s *soak) auditFound(t *tenant, op int64, f found) {
	if f.foreign > 0 {
		s.violated(foreignWrite, "%s holds %d rows of others, of operation %d", t.id, f.foreign, op)
	}
	if f.mistaken > 0 && !s.naive {
		s.violated(wrongUser, "%s, operation %d: %d rows", t.id, op, f.mistaken)
	}
	if f.sum != 0 {
		s.violated(wrongSum, "%s, operation %d: %d", t.id, op, f.sum)
	}
}

func (s *soak) auditKnown(op int64, w write, rows int) {
	switch {
	case w.outcome == pending:
	case w.outcome == done && rows == 0 && w.rows > 0:
		s.violated(lost, "%s, operation %d", w.tenant.id, op)
	case w.outcome == undone && rows > 0:
		s.violated(ghost, "%s, operation %d: %d rows; %s", w.tenant.id, op, rows, w.detail)
	case rows != 0 && rows != w.rows:
		s.violated(twice, "%s, operation %d: %d rows, want %d; %s", w.tenant.id, op, rows, w.rows, w.detail)
	}
}

func (s *soak) auditSums(ctx context.Context, t *tenant) error {
	var sum, never int
	var owner string
	err := s.admin.QueryRowContext(ctx, fmt.Sprintf(`SELECT (SELECT sum(balance) FROM %[1]q.account),
		(SELECT count(*) FROM %[1]q.never), (SELECT string_agg(tenant, ',') FROM %[1]q.owner)`, t.schema)).Scan(&sum, &never, &owner)
	if err == nil && (sum != total || never != 0 || owner != t.id) {
		s.violated(wrongSum, "%s: balances add up to %d, %d rows that violate a constraint, owner %s", t.id, sum, never, owner)
	}
	return err
}
