package session

import (
	"context"
	"errors"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
)

// Kind says what was decided.
type Kind int

// The kinds, in the order of package driver's.
const (
	Denied Kind = iota + 1
	NoTenant
	Pinned
	PinRefused
	Retired
	WeakLogin
)

// Event is one decision.
type Event struct {
	Kind Kind
	Op   string
	Target
	Text string // the statement, or ""
	Err  error
}

// refused reports an error of Begin that is about who asks, or the guard's.
func (s *Shared) refused(ctx context.Context, op *Operation, err error) {
	e := op.event(NoTenant, err)
	e.Text = op.Text
	switch {
	case errors.Is(err, guard.ErrDenied):
		e.Kind = Denied
		if op.Batch != nil {
			e.Text = op.Batch[op.Index]
		}
	case !errors.Is(err, scope.ErrNoUserContext) && !errors.Is(err, scope.ErrInvalidUserContext) &&
		!errors.Is(err, scope.ErrTenantMismatch):
		return // a connection that cannot be used now, or a refusal by the server, which was reported
	}
	s.Report(ctx, e)
}

// pinRefused reports that the server refused a pin, and returns the error.
func (s *Shared) pinRefused(ctx context.Context, op *Operation, err error) error {
	s.Report(ctx, op.event(PinRefused, err))
	return err
}

func (op *Operation) event(k Kind, err error) Event {
	return Event{Kind: k, Op: op.Op, Target: op.Target, Err: err}
}
