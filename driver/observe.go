package driver

import (
	"context"
	"errors"
	"log/slog"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/affinity"
	"github.com/docex/docex/internal/session"
)

// Observer is told what docex decides, for audit logs and metrics. It is called on the goroutine of the statement, so
// it should be quick, and by many at once, so it must be safe for concurrent use. It cannot change a decision.
type Observer interface {
	// Observe is told of one decision. ctx is that of the call which it is about.
	Observe(ctx context.Context, e Event)
}

// Event is one decision. It never holds arguments, nor the text of a statement.
type Event struct {
	Kind EventKind // what was decided
	// Op is what was asked for: query, exec, prepare, begin, copy, batch; "" when a connection is retired.
	Op string
	// UserID and TenantID are those of the UserContext, as far as there is one.
	UserID, TenantID string
	// Rule is the guard's, for EventDenied; 0 otherwise.
	Rule guard.Rule
	// Fingerprint is the guard's fingerprint of the statement (see [guard.Fingerprint]); "" where there is no statement.
	Fingerprint string
	// Err is the error that the caller gets, and for EventRetired the reason.
	Err error
}

// EventKind says what was decided.
type EventKind int

const (
	// EventDenied: the guard refused a statement. Rule says why.
	EventDenied EventKind = iota + 1
	// EventNoTenant: there was no valid UserContext, or its tenant is not that of the connection or the statement.
	EventNoTenant
	// EventPinned: a session or transaction was pinned to a tenant.
	EventPinned
	// EventPinRefused: the server refused to pin, for a tenant that is unknown, suspended or the system's.
	EventPinRefused
	// EventRetired: a connection was closed, because of what is in Err.
	EventRetired
	// EventWeakLogin: the login role walks past the second wall, see [ErrWeakLogin]. It is told of once for a login that
	// is allowed, and at each refusal of one that is not.
	EventWeakLogin
)

var eventNames = map[EventKind]string{
	EventDenied: "denied", EventNoTenant: "no-tenant", EventPinned: "pinned", EventPinRefused: "pin-refused",
	EventRetired: "retired", EventWeakLogin: "weak-login",
}

// String returns a stable name in lower case.
func (k EventKind) String() string { return eventNames[k] }

// Stats counts what a connector's connections did since it was made.
type Stats struct {
	Denied     uint64 // statements that the guard refused
	NoTenant   uint64 // calls without a valid UserContext, or with that of another tenant
	Pins       uint64 // pins sent; statements minus pins ran on a session that was pinned already
	PinRefused uint64 // pins that the server refused
	Retired    uint64 // connections closed by docex: full, with too few statements, or in a state that is not certain
	WeakLogin  uint64 // logins that walk past the second wall: refused pins, or 1 where they are allowed

	// How reused connections came to the session that served the checkout, see [Affinity]:
	Own     uint64 // it was their own, or none may be traded
	Swapped uint64 // it was another's, which was idle
	Waited  uint64 // it was another's, which was at work
	InVain  uint64 // it was another's, which stayed at work, so one that had not served the tenant took it
	Cold    uint64 // no session had served the tenant
}

// Stats returns the counters. Safe for concurrent use; the counters are read one after the other.
func (c *Connector) Stats() Stats {
	n := func(k EventKind) uint64 { return c.counts[k].Load() }
	how := c.index.Counts()
	return Stats{
		Denied: n(EventDenied), NoTenant: n(EventNoTenant), Pins: n(EventPinned), PinRefused: n(EventPinRefused),
		Retired: n(EventRetired), WeakLogin: n(EventWeakLogin),
		Own: how[affinity.Own], Swapped: how[affinity.Swapped], Waited: how[affinity.Waited], InVain: how[affinity.InVain],
		Cold: how[affinity.Cold],
	}
}

// report is called by the sessions. It counts events and passes them on.
func (c *Connector) report(ctx context.Context, s session.Event) {
	kind := EventKind(s.Kind)
	c.counts[kind].Add(1)
	if c.observer == nil {
		return
	}
	e := Event{Kind: kind, Op: s.Op, UserID: s.User, TenantID: s.Tenant, Err: s.Err}
	var denial *guard.Denial
	if errors.As(s.Err, &denial) {
		e.Rule = denial.Rule
	}
	if s.Text != "" {
		e.Fingerprint = guard.Fingerprint(s.Text)
	}
	c.observer.Observe(ctx, e)
}

// NewSlogObserver returns an Observer that writes each event as one record: denials, missing tenants and refused pins
// as warnings, the others at debug level.
func NewSlogObserver(logger *slog.Logger) Observer { return slogObserver{logger} }

type slogObserver struct{ logger *slog.Logger }

func (s slogObserver) Observe(ctx context.Context, e Event) {
	level := slog.LevelWarn
	if e.Kind == EventPinned || e.Kind == EventRetired {
		level = slog.LevelDebug
	}
	if !s.logger.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{slog.String("event", e.Kind.String())}
	add := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	add("op", e.Op)
	add("tenant_id", e.TenantID)
	add("user_id", e.UserID)
	if e.Rule != guard.RuleNone {
		add("rule", e.Rule.String())
	}
	add("fingerprint", e.Fingerprint)
	if e.Err != nil {
		add("error", e.Err.Error())
	}
	s.logger.LogAttrs(ctx, level, "docex", attrs...)
}
