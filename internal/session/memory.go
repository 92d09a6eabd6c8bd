package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/docex/docex/internal/pgerr"
	"github.com/docex/docex/internal/preparing"
	"github.com/jackc/pgx/v5"
)

const (
	// UntilMeasured is the bound of tenants as long as nothing is known: see driver.DefaultMaxTenants.
	UntilMeasured = 120
	// measureTime bounds how long a measurement may take. With 55 MB of contexts it takes 14 to 54 ms.
	measureTime = time.Second
)

// MostTenants is how many tenants a session may serve.
func (s *Shared) MostTenants() int {
	return cmp.Or(s.MaxTenants, int(s.most.Load()))
}

// Measure is called at the end of a checkout of a session that is fit, with the number of tenants that it has served.
// It asks the server for its memory where that number calls for it, and learns from it how many tenants fit, and how
// many prepared statements they need. Whatever fails leaves the bounds as they are. It reports false for a session that
// is to be closed: one that is gone, or one that keeps fewer statements than are needed. Nobody asks again where the
// server refuses: an older system schema has no such function, or its owner may not read such things.
func (s *Session) Measure(tenants int) (alive bool) {
	if s.shared.MaxTenants > 0 || s.conn == nil || s.pins.local || s.shared.unmeasured.Load() || !s.gauge.Due(tenants) {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), measureTime)
	defer cancel()
	s.state = s.state.forgotten()
	used, total, err := s.askMemory(ctx)
	switch {
	case pgerr.Is(err, "42883", "42501", "3F000"): // no such function, or not for this login: others get the same
		s.shared.unmeasured.Store(true)
	case err != nil:
		return s.Fit() == nil
	default:
		most, known := s.gauge.Most(tenants, used, total, s.shared.SessionMemory)
		s.shared.statements.CompareAndSwap(0, int64(s.prepared.Needed(tenants, most)))
		if known {
			s.shared.most.Store(int64(most))
		}
	}
	needed := preparing.Capacity(s.conn.Config(), s.shared.StatementsSized, int(s.shared.statements.Load()))
	if needed > s.prepared.Capacity {
		s.retire(s.state.Owner.Tenant, errFewStatements)
		return false
	}
	return true
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
