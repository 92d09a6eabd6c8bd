package soak

import (
	"context"
	"fmt"
	"sync"
)

// outcome is how often an operation may have happened.
type outcome int

const (
	pending  outcome = iota // it is under way
	done                    // once
	undone                  // not at all
	doubtful                // once or not at all
)

// write is what is known of an operation.
type write struct {
	tenant  *tenant
	rows    int // that it leaves in entry when it happens
	outcome outcome
	detail  string // what happened
}

// ledger remembers every operation by its number. Safe for concurrent use.
type ledger struct {
	mu     sync.Mutex
	writes []write // guarded by mu
}

func (l *ledger) begin() (op int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes = append(l.writes, write{})
	return int64(len(l.writes) - 1)
}

func (l *ledger) end(op int64, w write) {
	if w.outcome == done {
		w.detail = "" // there are many
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes[op] = w
}

// of returns what is known of a tenant's operations now, by their numbers.
func (l *ledger) of(t *tenant) map[int64]write {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := map[int64]write{}
	for op, w := range l.writes {
		if w.tenant == t {
			known[int64(op)] = w
		}
	}
	return known
}

// audit compares a tenant's tables with what callers were told before.
func (s *soak) audit(ctx context.Context, t *tenant) error {
	known := s.of(t)
	rows, err := s.admin.QueryContext(ctx, fmt.Sprintf(`SELECT op, count(*), sum(amount),
		count(*) FILTER (WHERE tenant <> $1), count(*) FILTER (WHERE seen IS DISTINCT FROM $1 || '/' || said)
		FROM %q.entry GROUP BY op`, t.schema), t.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	there := map[int64]int{}
	for rows.Next() {
		var op int64
		var n, sum, foreign, mistaken int
		if err := rows.Scan(&op, &n, &sum, &foreign, &mistaken); err != nil {
			return err
		}
		there[op] = n
		s.expect(foreign == 0, foreignWrite, "%s, operation %d: %d rows of others", t.id, op, foreign)
		s.expect(mistaken == 0 || s.naive, wrongUser, "%s, operation %d: %d rows", t.id, op, mistaken)
		s.expect(sum == 0, wrongSum, "%s, operation %d: %d", t.id, op, sum)
	}
	for op, w := range known {
		n := there[op]
		s.expect(w.outcome != done || n > 0 || w.rows == 0, lost, "%s, operation %d", t.id, op)
		s.expect(w.outcome != undone || n == 0, ghost, "%s, operation %d: %d rows; %s", t.id, op, n, w.detail)
		s.expect(n == 0 || n == w.rows, twice, "%s, operation %d: %d rows, want %d; %s", t.id, op, n, w.rows, w.detail)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return s.auditSums(ctx, t)
}

func (s *soak) auditSums(ctx context.Context, t *tenant) error {
	var sum, never int
	var owner string
	err := s.admin.QueryRowContext(ctx, fmt.Sprintf(`SELECT (SELECT sum(balance) FROM %[1]q.account), (SELECT count(*) FROM
		%[1]q.never), (SELECT string_agg(tenant, ',') FROM %[1]q.owner)`, t.schema)).Scan(&sum, &never, &owner)
	s.expect(err != nil || sum == total && owner == t.id, wrongSum, "%s: the balances of %s add up to %d", t.id, owner,
		sum)
	s.expect(never == 0, ghost, "%s: %d rows that violate a constraint", t.id, never)
	return err
}
