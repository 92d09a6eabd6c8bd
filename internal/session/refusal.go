package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/docex/docex/internal/pgerr"
	"github.com/docex/docex/internal/wire"
	"github.com/docex/docex/scope"
)

// refusal turns the failure of a pin into the error for the caller. err is what pgx made of it.
func (s *Session) refusal(ctx context.Context, op *Operation, err error) error {
	s.state = s.state.forgotten()
	if pgerr.Is(err, pgerr.NoStatement) && op.plan.place == wire.Before {
		// A trusted function has deallocated what clears the session. The statement has not run.
		s.state.Unsure = true
		return ErrGone
	}
	if err == nil || op.plan.place == wire.OwnSync || op.plan.place == wire.AfterBegin {
		s.state.Unsure = true // the statement ran behind the failed pin, or a transaction is open
	}
	if err == nil {
		return s.wrap(op, errPinRefused)
	}
	return s.explain(ctx, op, err)
}

// explain finds the reason why a pin failed. Where the role could not be taken on, it asks the registry. The tenant may
// have changed since, or the server session may be wrong about the role: then another session may serve the tenant.
func (s *Session) explain(ctx context.Context, op *Operation, err error) error {
	reason := s.pinError(op, err)
	if s.conn != nil && pgerr.IsRevoked(err) {
		s.shared.names.Delete(op.Tenant) // so the next pin asks the registry
		askErr := s.askRegistry(ctx, op)
		switch refusal := s.refusalOf(op, askErr); {
		case refusal != nil:
			reason = refusal
		case pgerr.Is(askErr, pgerr.Terminated), askErr != nil && op.plan.what == byRegistry:
			// The session has ended itself, or the registry has just said that the tenant may work.
			s.state.Unsure = true
			return ErrGone
		case askErr != nil:
			reason = s.unexplained(op, err, askErr)
		}
	}
	return s.shared.pinRefused(ctx, op, s.misdirected(ctx, reason))
}

// unexplained is the refusal of a role when the registry cannot be asked any more, because the context is over or the
// connection lost. Provisioning takes the login's membership away when it suspends a tenant, and drops the role with
// the tenant.
func (s *Session) unexplained(op *Operation, err, askErr error) error {
	sentinel := scope.ErrTenantSuspended
	if pgerr.Is(err, pgerr.NoRole) {
		sentinel = scope.ErrTenantNotProvisioned
	}
	return &Error{Op: op.Op, TenantID: op.Tenant, Cause: fmt.Errorf("%w; %w", err, askErr),
		Err: fmt.Errorf("%w, as far as the server's refusal of its role tells; the registry could not be asked", sentinel)}
}

// Explain finds out whether a transaction that docex itself has begun failed because the tenant was suspended or
// dropped meanwhile. It is rolled back by now. Inside a transaction of the program's own nobody can be asked.
func (s *Session) Explain(ctx context.Context, r Request, err error) error {
	if !pgerr.IsRevoked(err) {
		return err
	}
	op := Operation{Target: s.state.Owner, Request: r}
	op.names, _ = s.shared.namesOf(op.Tenant) // which it had when the transaction began
	s.state = s.state.forgotten()
	return s.recheck(ctx, &op, err)
}

// recheck finds out why a statement behind a pin without the registry's word has failed as it does when the tenant's
// role has lost its rights: the tenant was suspended or dropped, or a function of its own has changed role or
// search_path for the session. Any other failure is the statement's own.
func (s *Session) recheck(ctx context.Context, op *Operation, err error) error {
	if s.inTransaction() {
		s.state = s.state.repin()
		return err
	}
	before := s.state // or rolled back with the statement, and the session is as it was before
	s.state = s.state.forgotten()
	moved, restored, askErr := s.askSession(ctx, op)
	reason := s.refusalOf(op, askErr)
	switch {
	case reason != nil:
		return s.shared.pinRefused(ctx, op, reason)
	case askErr != nil:
		return &Error{Op: op.Op, TenantID: op.Tenant, Err: errUnasked, Cause: fmt.Errorf("%w; %w", err, askErr)}
	case before.Pinned && restored:
		s.state.Pinned, s.state.Held = true, before.Held // another pin would clear what the tenant has set in this checkout
	case moved && before.Pinned && !op.Effects.Calls: // which may have committed something
		s.state.Unsure = true
		return ErrGone // nothing of the statement has stayed, so the pool may run it on another connection
	}
	return err
}

// askSession is askRegistry, and reports whether role and search_path are other than they were pinned; or whether they
// are the same and the session has the role again, with which it was asked.
func (s *Session) askSession(ctx context.Context, op *Operation) (moved, restored bool, err error) {
	ask := "SHOW role; SHOW search_path; " + s.pins.askFor("SELECT", op)
	if op.hasRole() {
		ask += "; " + s.pin(plan{what: roleOnly}, op).Text()
	}
	rows, err := s.runText(ctx, ask)
	seen := len(rows) >= 2
	same := seen && string(rows[0][0]) == op.role && string(rows[1][0]) == op.path
	return seen && !same, err == nil && same, err
}

// askRegistry asks without a pin, and leaves the session unpinned. The error is the registry's refusal, see refusalOf,
// or why it could not be asked, which may be that the session has ended itself: see askRefused.
func (s *Session) askRegistry(ctx context.Context, op *Operation) error {
	if s.inTransaction() {
		if _, err := s.runText(ctx, "ROLLBACK"); err != nil {
			return err
		}
	}
	_, err := s.runText(ctx, s.pins.askRefused(op))
	return err
}

// refusalOf returns the refusal that a failed pin function means, or nil when the error is another one.
func (s *Session) refusalOf(op *Operation, err error) error {
	if refused, ok := errors.AsType[*Error](s.pinError(op, err)); ok {
		return refused
	}
	return nil
}

// pinError explains why the pin of a tenant failed. err is what pgx or another base driver returned.
func (s *Session) pinError(op *Operation, err error) error {
	if weak := asWeakLogin(err); weak != nil && op.plan.what == byRegistry {
		s.shared.Report(context.Background(), op.event(WeakLogin, weak))
		return s.wrap(op, weak)
	}
	var state interface{ SQLState() string }
	if errors.As(err, &state) && pinSentinels[state.SQLState()] != nil {
		refusal := &Error{Op: op.Op, TenantID: op.Tenant, Err: pinSentinels[state.SQLState()], Cause: err}
		if refusal.Err == scope.ErrTenantNotProvisioned {
			refusal.Err = fmt.Errorf("%w: docex tenant create %s makes it", refusal.Err, op.Tenant)
		}
		return refusal
	}
	return err // nothing to do with the tenant: a shutdown, a time-out, a cancelled context, a broken connection
}

// pinSentinels maps the SQLSTATE of a failed pin to what it means. DX… are raised by the pin function itself; the
// others come from PostgreSQL when there is no such function (appendix A of its manual).
var pinSentinels = map[string]error{
	"DX001":      scope.ErrTenantNotProvisioned,
	"DX002":      scope.ErrTenantSuspended,
	"DX003":      scope.ErrSystemTenant,
	"DX004":      errSchemaDiffer,
	"3F000":      scope.ErrNotInitialized,  // invalid_schema_name
	"42883":      scope.ErrNotInitialized,  // undefined_function
	"42P01":      scope.ErrNotInitialized,  // undefined_table
	"42703":      scope.ErrUpgradeRequired, // undefined_column: the pin function answers less
	"42501":      errPinNotGranted,         // insufficient_privilege
	pgerr.NoRole: errPinNotGranted,
}
