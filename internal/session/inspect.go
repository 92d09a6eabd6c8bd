package session

import (
	"context"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/asked"
)

// inspect is the guard's verdict, with what the server is asked for it, in a round trip each: about the tenant's
// functions and about timeouts. Nothing of the operation has run then, so a lost connection can be replaced.
func (s *Session) inspect(ctx context.Context, op *Operation, text string) (guard.Effects, error) {
	effects, err := s.shared.Guard.Inspect(op.Schema, text)
	if s.conn != nil && s.conn.PgConn().TxStatus() == 'E' {
		return effects, err // the server takes no question, and no such statement
	}
	for i := 0; i < 2 && s.conn != nil; i++ {
		left := !s.inTransaction() && !s.pins.local && s.state.Held.Tenant != op.Tenant
		q := asked.About(op.Schema, effects, err, s.shared.Functions, &s.timeouts, left)
		if q == nil {
			break
		}
		rows, askErr := s.runText(ctx, q.Text)
		if askErr != nil && s.conn.PgConn().IsClosed() && ctx.Err() == nil {
			return guard.Effects{}, ErrGone
		}
		if askErr != nil {
			return guard.Effects{}, s.wrap(op, askErr)
		}
		q.Learn(rows)
		effects, err = s.shared.Guard.Inspect(op.Schema, text)
	}
	if err == nil {
		err = effects.Timeouts.Lower(s.timeouts.Timeouts)
	}
	return effects, err
}
