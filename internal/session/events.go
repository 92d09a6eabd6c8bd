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
	e := Event{Kind: NoTenant, Op: op.Op, Target: op.Target, Text: op.Text, Err: err}
	var denial *guard.Denial
	switch {
	case errors.As(err, &denial):
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

// pinned reports a pin that is on its way.
func (s *Shared) pinned(ctx context.Context, op *Operation) {
	s.Report(ctx, Event{Kind: Pinned, Op: op.Op, Target: op.Target})
}

// pinRefused reports that the server refused a pin, and returns the error.
func (s *Shared) pinRefused(ctx context.Context, op *Operation, err error) error {
	s.Report(ctx, Event{Kind: PinRefused, Op: op.Op, Target: op.Target, Err: err})
	return err
}
