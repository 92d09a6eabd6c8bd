package session

import (
	"context"
	"errors"

	"github.com/docex/docex/internal/pgerr"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// End is the one way out: it settles what Begin opened, that is, what the session is now known to be. err is what
// running the operation gave, with [ErrGone] for what the pool may run on another connection. It returns the caller's
// error.
func (s *Session) End(ctx context.Context, op Operation, err error) error {
	s.state.Unsure = false
	if s.filter != nil {
		s.filter.End()
		if pgerr.IsUnparsed(err) {
			s.filter.ForgetParsed()
		}
	}
	err = s.outcome(&op, err)
	// A trusted function may have dropped the session's prepared statements. Nothing has run then.
	gone := pgerr.Is(err, pgerr.NoStatement) && !s.inTransaction() && !op.Effects.Calls
	if op.Effects.SetsSession {
		s.state.Dirty = true
	}
	s.track(&op, err)
	if op.armed {
		if refusal := s.endPin(ctx, &op, err); refusal != nil {
			return refusal
		}
	}
	s.served = op.Tenant
	switch {
	case gone:
		s.state.Unsure = true
		return ErrGone
	case err != nil && !s.state.Asked && pgerr.IsRevoked(err):
		return s.recheck(ctx, &op, err)
	case err == nil && s.pins.local && op.Effects.Begins && !op.BeginTx && !op.Prepare:
		return s.pinOpened(ctx, &op)
	}
	return err
}

// outcome words what pgx says when a connection was lost. pgx says of some losses that the statement may be repeated
// though it was sent; the pool, or the program, would run it again.
func (s *Session) outcome(op *Operation, err error) error {
	switch {
	case err == nil:
		return nil
	case s.filter != nil && s.filter.Refusal() != nil:
		s.state.Unsure = true
		return s.wrap(op, s.filter.Refusal())
	case !s.neverSent() && (op.Effects.Commits && s.commitLost(err) || s.filter != nil && repeatable(err)):
		return s.unknown(op, err)
	case pgconn.SafeToRetry(err):
		return ErrGone // nothing was sent, or nobody sees what was
	}
	return err
}

// neverSent reports that nothing of the operation has left. Without a filter that is not known.
func (s *Session) neverSent() bool { return s.filter != nil && !s.filter.Ran() }

// repeatable reports that an error says: the operation may be repeated.
func repeatable(err error) bool { return err == ErrGone || pgconn.SafeToRetry(err) }

// commitLost reports that the error of a COMMIT is not the server's answer to it, as ROLLBACK is: it has happened or
// not. Of the errors of other drivers than pgx nothing is known.
func (s *Session) commitLost(err error) bool {
	return repeatable(err) || s.conn != nil && !s.shared.citus.answers(err) && !errors.Is(err, pgx.ErrTxCommitRollback)
}

// unknown is the error of an operation that may have happened.
func (s *Session) unknown(op *Operation, err error) error {
	if err == ErrGone {
		err = nil
	}
	return &Error{Op: op.Op, TenantID: op.Tenant, Err: ErrOutcomeUnknown, Cause: err}
}

// Committed settles a COMMIT that pgx has sent by itself, for which there is no context.
func (s *Session) Committed(err error) error {
	s.state = s.state.ended()
	if err == nil || s.neverSent() || !s.commitLost(err) {
		return err
	}
	return s.unknown(&Operation{Target: s.state.Owner, Request: Request{Op: "commit"}}, err)
}

// RolledBack settles a ROLLBACK that pgx has sent by itself.
func (s *Session) RolledBack() { s.state = s.state.ended() }

// endPin settles the pin that travelled with the operation. It returns why it was refused, if it was.
func (s *Session) endPin(ctx context.Context, op *Operation, err error) (refusal error) {
	switch {
	case s.filter.Refused():
		return s.refusal(ctx, op, err)
	case err != nil, op.Prepare && s.filter.Bypassed(): // the latter was prepared already
		return nil
	case s.filter.Bypassed():
		return s.refusal(ctx, op, nil) // pgx has run it without the pin
	}
	if op.plan.what == byRegistry {
		if err := s.learn(ctx, op, s.filter.Answer()); err != nil {
			return err
		}
	}
	if op.BeginTx && s.pins.local {
		s.state = s.state.pinnedTx(op.User)
	}
	return nil
}

// settle learns from the filter whether the pin that it carried last has committed. That may be known only after the
// rows of the statement behind it were read, so it is asked when the answer is needed.
func (s *Session) settle() {
	if s.filter != nil && s.filter.TakeCommitted() && !s.pins.local {
		s.state = s.state.committed()
	}
}

// track follows transactions that are opened by text, for drivers that do not report the status. A BEGIN that failed
// may have begun, and a COMMIT that failed may not have ended anything.
func (s *Session) track(op *Operation, err error) {
	switch {
	case s.conn != nil || op.Prepare:
	case op.Effects.Begins:
		s.state = s.state.opened()
	case op.Effects.Ends && err == nil:
		s.state = s.state.ended()
	}
}

// pinOpened pins the transaction that a BEGIN as text has opened.
func (s *Session) pinOpened(ctx context.Context, op *Operation) error {
	f := s.facts(op)
	f.Effects.Begins = false
	op.plan = planTransaction(f)
	err := s.pinNow(ctx, op)
	if err != nil {
		s.state.Unsure = true
	}
	return err
}
