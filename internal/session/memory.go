package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/docex/docex/internal/pgerr"
	"github.com/jackc/pgx/v5"
)

// A backend keeps catalog caches for every tenant that it has served, and never gives them up. How much that is depends
// on the tenants' DDL and on what is asked of them, so it is measured: the slope between two counts of tenants, and
// what the backend takes in all, tell how many fit into the budget.

const (
	// firstMeasure is how many tenants a session has served when it is first measured. Each later measurement comes at
	// twice as many.
	firstMeasure = 20
	// UntilMeasured is the bound as long as nothing is known: see driver.DefaultMaxTenants.
	UntilMeasured = 120
	// measureTime bounds how long a measurement may take. With 55 MB of contexts it takes 14 to 54 ms.
	measureTime = time.Second
)

// MostTenants is how many tenants a session may serve.
func (s *Shared) MostTenants() int {
	if s.MaxTenants > 0 {
		return s.MaxTenants
	}
	return int(s.most.Load())
}

// gauge is what is known of the memory of one session.
type gauge struct {
	tenants int // at its first measurement
	used    int64
	next    int // tenants at the next one
}

// Measure is called at the end of a checkout of a session that is fit, with the number of tenants that it has served.
// It asks the server for its memory where that number calls for it, and learns the bound from it. Whatever fails leaves
// the bound as it is. It reports whether the session is still there. Nobody asks again where the server refuses: an
// older system schema has no such function, or its owner may not read such things.
func (s *Session) Measure(tenants int) (alive bool) {
	if s.shared.MaxTenants > 0 || s.conn == nil || s.pins.local || tenants < max(s.gauge.next, firstMeasure) ||
		s.shared.unmeasured.Load() {
		return true
	}
	s.gauge.next = 2 * tenants
	ctx, cancel := context.WithTimeout(context.Background(), measureTime)
	defer cancel()
	s.state = s.state.forgotten()
	used, total, err := s.askMemory(ctx)
	switch {
	case pgerr.Is(err, "42883", "42501", "3F000"): // no such function, or not for this login: others get the same
		s.shared.unmeasured.Store(true)
	case err != nil:
		return !s.conn.PgConn().IsClosed()
	case s.gauge.tenants == 0:
		s.gauge.tenants, s.gauge.used = tenants, used
	default:
		if most, ok := s.gauge.most(tenants, used, total, s.shared.SessionMemory); ok {
			s.shared.most.Store(int64(most))
		}
	}
	return true
}

// most returns how many tenants fit into a budget of bytes. What contexts use grows evenly. What they take grows in
// steps, so it is no measure for the slope.
func (g gauge) most(tenants int, used, total, budget int64) (int, bool) {
	slope := (used - g.used) / int64(max(tenants-g.tenants, 1))
	if slope <= 0 {
		return 0, false
	}
	return max(tenants+int((budget-total)/slope), firstMeasure), true
}

func (s *Session) askMemory(ctx context.Context) (used, total int64, err error) {
	rows, err := s.runText(ctx, "SELECT "+s.pins.set("role", "'none'")+"; SELECT used, total FROM "+
		pgx.Identifier{s.shared.SystemSchema, "session_memory"}.Sanitize()+"()")
	if err != nil {
		return 0, 0, err
	}
	row := rows[len(rows)-1]
	if len(row) != 2 {
		return 0, 0, errors.New("no answer")
	}
	_, err = fmt.Sscan(string(row[0])+" "+string(row[1]), &used, &total)
	return used, total, err
}
