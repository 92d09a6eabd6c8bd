package session

import (
	"context"
	"strings"

	"github.com/docex/docex/guard"
)

// lower reports why a statement may not set the timeouts that it sets with SET LOCAL. The server is asked once how long
// they are for the session. SHOW takes no snapshot, so a SET TRANSACTION may still follow.
func (s *Session) lower(ctx context.Context, op *Operation, t guard.Timeouts) error {
	switch {
	case t == guard.Timeouts{}:
		return nil
	case s.conn == nil:
		return t.Lower(guard.Timeouts{}) // nothing is known, so all is longer
	case s.conn.PgConn().TxStatus() == 'E':
		return nil // the server refuses the statement
	case s.timeouts == guard.Timeouts{}:
		if err := s.askTimeouts(ctx); err != nil {
			return s.unasked(ctx, op, err)
		}
	}
	return t.Lower(s.timeouts)
}

func (s *Session) askTimeouts(ctx context.Context) error {
	rows, err := s.runText(ctx, "SHOW "+strings.Join(guard.TimeoutSettings[:], "; SHOW "))
	if err != nil {
		return err
	}
	for i, row := range rows {
		if !s.timeouts.Set(guard.TimeoutSettings[i], string(row[0])) {
			s.timeouts = guard.Timeouts{}
			return errNoTimeouts
		}
	}
	return nil
}
