package session

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
	"github.com/google/go-cmp/cmp"
)

// notes is a backend that keeps what it is asked to run, and the events.
type notes struct {
	ran    []string // "pin acme", "user"
	fails  error
	events []string // kind, operation, tenant
}

func (n *notes) Pin(_ context.Context, t Target, _ string) error {
	if t.Tenant == "" {
		n.ran = append(n.ran, "user")
	} else {
		n.ran = append(n.ran, "pin "+t.Tenant)
	}
	return n.fails
}

var kindNames = map[Kind]string{
	Denied: "denied", NoTenant: "no tenant", Pinned: "pinned", PinRefused: "refused", Retired: "retired", WeakLogin: "weak",
}

func (n *notes) report(_ context.Context, e Event) {
	n.events = append(n.events, strings.TrimSpace(kindNames[e.Kind]+" "+e.Op+" "+e.Tenant))
}

// take returns what was noted since the last call, and forgets it.
func (n *notes) take() (ran, events []string) {
	ran, events = n.ran, n.events
	n.ran, n.events = nil, nil
	return ran, events
}

// noted returns a session of another driver's, whose backend takes notes.
func noted(t *testing.T) (*Session, *notes) {
	t.Helper()
	n := &notes{}
	s := NewShared(Config{SystemSchema: "docex_system", MaxTenants: 2, Guard: testGuard(t), Report: n.report})
	return s.Over(n), n
}

// asUser returns a context for a user of the tenant.
func asUser(tenant, user string) context.Context {
	return scope.With(context.Background(), scope.UserContext{UserID: user, TenantID: tenant})
}

// run begins an operation and ends it with an error of the server's, or nil.
func run(s *Session, ctx context.Context, r Request, err error) error {
	op, beginErr := s.Begin(ctx, r)
	if beginErr != nil {
		return beginErr
	}
	return s.End(ctx, op, err)
}

// Every refusal of Begin is reported once, says of what operation and tenant it is, and reaches no server.
func TestBeginRefuses(t *testing.T) {
	acme, query := asUser("acme", "u"), Request{Op: "query", Text: "SELECT text FROM note"}
	for _, tt := range []struct {
		name    string
		ctx     context.Context
		request Request
		want    error
		events  []string
	}{
		{"no tenant", context.Background(), query, scope.ErrNoUserContext, []string{"no tenant query"}},
		{"no user", asUser("acme", ""), query, scope.ErrInvalidUserContext, []string{"no tenant query"}},
		{"no tenant's id", asUser("Acme!", "u"), query, scope.ErrInvalidUserContext, []string{"no tenant query"}},
		{"the system tenant", asUser(scope.SystemTenantID, "u"), query, scope.ErrInvalidUserContext, []string{"no tenant query"}},
		{"a switch inside a context", scope.With(acme, scope.UserContext{UserID: "u", TenantID: "globex"}), query,
			scope.ErrTenantMismatch, []string{"no tenant query"}},
		{"another tenant's checkout", asUser("globex", "u"), query, scope.ErrTenantMismatch, []string{"no tenant query globex"}},
		{"another tenant's checkout, with nothing to send", asUser("globex", "u"), Request{Op: "batch", Nothing: true},
			scope.ErrTenantMismatch, []string{"no tenant batch globex"}},
		{"another tenant's prepared statement", acme, Request{Op: "exec", Text: "SELECT 1", PreparedFor: "globex"},
			scope.ErrTenantMismatch, []string{"no tenant exec acme"}},
		{"what the guard denies", acme, Request{Op: "exec", Text: "TABLE tenant_globex.note"}, guard.ErrDenied,
			[]string{"denied exec acme"}},
		{"what the guard denies in a batch", acme, Request{Op: "batch", Batch: []string{"SELECT 1", "TABLE tenant_globex.note"}},
			guard.ErrDenied, []string{"denied batch acme"}},
		{"what does not fit into a batch", acme, Request{Op: "batch", Batch: []string{"SELECT 1", "COMMIT"}}, ErrNotInBatch, nil},
		{"what is composed", acme, Request{Op: "copy", Compose: func(schema string) (string, string) {
			return "INSERT INTO docex_system.tenant SELECT", "COPY"
		}}, guard.ErrDenied, []string{"denied copy acme"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n := noted(t)
			if err := run(s, acme, query, nil); err != nil {
				t.Fatal(err)
			}
			n.take()
			op, err := s.Begin(tt.ctx, tt.request)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if ran, events := n.take(); len(ran) > 0 || !cmp.Equal(events, tt.events) {
				t.Errorf("ran %q, reported %q, want %q", ran, events, tt.events)
			}
			if tt.request.Batch != nil && op.Index != 1 {
				t.Errorf("statement %d is refused, want 1", op.Index)
			}
			if err := run(s, acme, query, nil); err != nil { // a refusal costs nothing
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// An operation that is not ended leaves a session that nobody uses again.
func TestBeginWithoutEnd(t *testing.T) {
	s, _ := noted(t)
	if _, err := s.Begin(as("acme"), Request{Op: "exec", Text: "SELECT 1"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Fit(); !s.Unsure() || err == nil {
		t.Errorf("unsure %t, fit %v", s.Unsure(), err)
	}
	if _, err := s.Begin(as("acme"), Request{Op: "exec", Text: "SELECT 1"}); err != ErrGone {
		t.Errorf("got %v, want %v", err, ErrGone)
	}
}

// Over another driver each checkout is pinned once, in front; and again when that may be lost.
func TestPinsOverAnotherDriver(t *testing.T) {
	s, n := noted(t)
	do := func(ctx context.Context, text string, err error) {
		t.Helper()
		if got := run(s, ctx, Request{Op: "exec", Text: text}, err); !errors.Is(got, err) {
			t.Errorf("%s: got %v, want %v", text, got, err)
		}
	}
	want := func(step string, want ...string) {
		t.Helper()
		if ran, _ := n.take(); !cmp.Equal(ran, want) {
			t.Errorf("%s: ran %q, want %q", step, ran, want)
		}
	}
	ann, bob := asUser("acme", "ann"), asUser("acme", "bob")
	failed := errors.New("failed")
	do(ann, "SELECT 1", nil)
	want("the first statement", "pin acme")
	do(ann, "UPDATE note SET text = ''", nil)
	do(ann, "SELECT 1", failed)
	do(ann, "SELECT 1", nil)
	want("what follows")
	do(bob, "SELECT 1", nil)
	do(bob, "SELECT 1", nil)
	want("another user", "user")
	s.Release()
	do(bob, "SELECT 1", nil)
	want("the next checkout", "pin acme")
	s.Release()
	do(asUser("globex", "ann"), "BEGIN", nil)
	want("the next tenant's", "pin globex")
	do(asUser("globex", "bob"), "SELECT 1", nil)
	do(asUser("globex", "bob"), "SELECT 1", nil)
	want("another user in a transaction, which may be rolled back", "user", "user")
	if err := s.Fit(); err == nil {
		t.Error("a session in a transaction is fit for the next one")
	}
	do(asUser("globex", "bob"), "ROLLBACK", nil)
	do(asUser("globex", "bob"), "SELECT 1", nil)
	want("the same behind it", "user")
	if err := s.Fit(); err != nil {
		t.Errorf("in the end: %v", err)
	}
	if served, again := s.TakeServed(), s.TakeServed(); served != "globex" || again != "" {
		t.Errorf("served %q, then %q", served, again)
	}
}

// A pin that fails is the operation's error, and the next one pins anew.
func TestFailedPinOverAnotherDriver(t *testing.T) {
	s, n := noted(t)
	n.fails = errors.New("no")
	if err := run(s, as("acme"), Request{Op: "exec", Text: "SELECT 1"}, nil); !errors.Is(err, n.fails) {
		t.Errorf("got %v, want %v", err, n.fails)
	}
	n.fails = nil
	n.take()
	if err := run(s, as("acme"), Request{Op: "exec", Text: "SELECT 1"}, nil); err != nil {
		t.Error(err)
	}
	if ran, events := n.take(); !cmp.Equal(ran, []string{"pin acme"}) || !cmp.Equal(events, []string{"pinned exec acme"}) {
		t.Errorf("ran %q, reported %q", ran, events)
	}
}
