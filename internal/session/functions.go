package session

import (
	"context"
	"errors"

	"github.com/docex/docex/guard"
)

// inspect is the guard's verdict. What the guard does not know it asks package owned, which learns it from the server
// here, in a round trip of its own: when a statement calls a function that nobody knows, and when the answer about one
// that it calls is old.
func (s *Session) inspect(ctx context.Context, op *Operation, text string) (guard.Effects, error) {
	effects, err := s.shared.Guard.Inspect(op.Schema, text)
	if s.mustAsk(op, effects, err) {
		if err := s.askFunctions(ctx, op); err != nil {
			return guard.Effects{}, err
		}
		effects, err = s.shared.Guard.Inspect(op.Schema, text)
	}
	if err == nil {
		err = s.lower(ctx, op, effects.Timeouts)
	}
	return effects, err
}

// mustAsk reports whether the server must be asked about the tenant's functions. A failed transaction takes no
// question.
func (s *Session) mustAsk(op *Operation, e guard.Effects, err error) bool {
	f := s.shared.Functions
	if f == nil || s.conn == nil || s.conn.PgConn().TxStatus() == 'E' {
		return false
	}
	if err == nil {
		return e.Owns && f.Expired(op.Schema)
	}
	denial, denied := errors.AsType[*guard.Denial](err) // as an extension's, or nobody's
	return denied && (denial.Rule == guard.RuleUnknownFunction || denial.Rule == guard.RuleFunction) && f.Due(op.Schema)
}

// askFunctions asks the server about the tenant's functions. The question needs no pin: it reads catalogs that are open
// to all, and names everything in full.
func (s *Session) askFunctions(ctx context.Context, op *Operation) error {
	rows, err := s.runText(ctx, s.shared.Functions.Query(op.Schema))
	if err != nil {
		return s.unasked(ctx, op, err)
	}
	s.shared.Functions.Learn(op.Schema, rows)
	return nil
}

// unasked is the error of an operation of which nothing has run, since a question to the server failed. A lost
// connection can be replaced then.
func (s *Session) unasked(ctx context.Context, op *Operation, err error) error {
	if s.conn.PgConn().IsClosed() && ctx.Err() == nil {
		return ErrGone
	}
	return s.wrap(op, err)
}
