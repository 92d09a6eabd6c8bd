package session

import (
	"maps"
	"slices"
	"testing"

	"github.com/docex/docex/internal/wire"
	"pgregory.net/rapid"
)

// simulation is one server session, as far as pins go: what the server does, and what State makes of it. A statement
// that arrives while the server's session is another one's, or another user's, is the failure to find.
type simulation struct {
	state   State
	local   bool
	decides bool // once the registry has named the role, and the login was looked at
	pending bool // the filter has seen the pin commit, and nobody has asked yet
	owner   string

	base   Target // whom the server's session works for
	tx     txState
	now    Target // and whom inside the transaction
	marked Target // and at its savepoint
}

type txState int

const (
	none txState = iota
	open
	failed
)

// outcome is how an operation goes.
type outcome int

const (
	succeeds outcome = iota
	fails            // the statement
	lacks            // the statement, for want of a right
	refused          // the pin
)

// statements are the effects that matter.
var statements = map[string]func(*Request){
	"select":      func(*Request) {},
	"select 1":    func(r *Request) { r.Effects.Rightless = true },
	"begin":       func(r *Request) { r.BeginTx, r.Effects.Begins, r.Effects.Rightless = true, true, true },
	"BEGIN":       func(r *Request) { r.Effects.Begins, r.Effects.Rightless = true, true },
	"COMMIT":      func(r *Request) { r.Effects.Ends, r.Effects.Commits = true, true },
	"ROLLBACK":    func(r *Request) { r.Effects.Ends = true },
	"SAVEPOINT":   func(r *Request) { r.Effects.Savepoint = true },
	"ROLLBACK TO": func(r *Request) { r.Effects.Savepoint = true },
	"SET":         func(r *Request) { r.Effects.SetsSession = true },
	"CALL":        func(r *Request) { r.Effects.Calls = true },
	"batch past":  func(r *Request) { r.CannotCarryPin = true },
}

func TestStateHoldsTheTenant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &simulation{local: rapid.Bool().Draw(t, "local"), decides: rapid.Bool().Draw(t, "decides")}
		t.Repeat(map[string]func(*rapid.T){
			"": s.invariants,
			"statement": func(t *rapid.T) {
				s.operate(t, rapid.SampledFrom(slices.Sorted(maps.Keys(statements))).Draw(t, "statement"),
					rapid.SampledFrom([]string{"u", "v"}).Draw(t, "user"),
					rapid.SampledFrom([]outcome{succeeds, succeeds, fails, lacks, refused}).Draw(t, "outcome"))
			},
			"Tx.Commit": func(t *rapid.T) {
				if s.tx != none {
					s.end(s.tx == open)
					s.state = s.state.ended()
				}
			},
			"Tx.Rollback": func(t *rapid.T) {
				if s.tx != none {
					s.end(false)
					s.state = s.state.ended()
				}
			},
			"next checkout": func(t *rapid.T) { s.release(rapid.SampledFrom(tenants).Draw(t, "tenant")) },
		})
	})
}

// invariants hold between operations.
func (s *simulation) invariants(t *rapid.T) {
	settled := s.state
	if s.pending && !s.local {
		settled = settled.committed()
	}
	switch {
	case settled.Pinned && settled.Held.Tenant != "" && settled.Owner.Tenant != settled.Held.Tenant:
		t.Fatalf("pinned for %v, held by %v", settled.Owner, settled.Held)
	case s.local && s.tx == none && settled.Held.Tenant != "":
		t.Fatalf("a session whose transactions are pinned is held by %v", settled.Held)
	case !s.local && s.tx == none && settled.Held.Tenant != "" && settled.Held.Tenant != s.base.Tenant:
		t.Fatalf("held by %v, and the server works for %v", settled.Held, s.base)
	case !s.local && s.tx == none && settled.Held.User != "" && settled.Held.Tenant != "" && settled.Held != s.base:
		t.Fatalf("held by %v, and the server works for %v", settled.Held, s.base)
	case settled.released().Pinned || settled.released().Owner != (Target{}):
		t.Fatal("pinned for nobody")
	}
}

// release ends a checkout, of a session that is fit; another one takes the place of one that is not.
func (s *simulation) release(next string) {
	s.settle()
	if s.owner = next; s.tx != none || s.state.Unsure {
		s.discard()
		return
	}
	s.state = s.state.released()
	s.pending = false
}

// discard is a new connection.
func (s *simulation) discard() {
	*s = simulation{local: s.local, decides: s.decides, owner: s.owner}
}

func (s *simulation) settle() {
	if s.pending && !s.local {
		s.state = s.state.committed()
	}
	s.pending = false
}

// operate is Session.Begin, the server, and Session.End.
func (s *simulation) operate(t *rapid.T, statement, user string, how outcome) {
	if s.owner == "" {
		s.owner = tenants[0]
	}
	if s.local && s.tx == none {
		s.base = Target{rapid.SampledFrom(tenants).Draw(t, "another session's"), "u"}
	}
	r := Request{}
	statements[statement](&r)
	if r.CannotCarryPin && s.local && s.tx == none {
		return // BatchNeedsTx
	}
	f := facts{Target: Target{Tenant: s.owner, User: user}, Request: r, filtered: true, onPath: true,
		local: s.local, decides: s.decides, inTx: s.tx != none, failedTx: s.tx == failed}
	s.settle()
	s.state.Owner = f.Target
	p, err := s.state.plan(f)
	if err == ErrGone {
		t.Fatalf("%s: an open transaction is not pinned: %+v", statement, s.state)
	}
	if err != nil {
		return
	}
	s.state = s.state.armed(p, f)
	if p.what == nothing {
		how = min(how, lacks)
	}
	switch {
	case p.now && !s.pinNow(p, f, how):
		return
	case p.now:
		s.run(t, statement, f, s.current(), how)
	case how == refused:
		s.refuse(p)
	case p.what == nothing:
		s.run(t, statement, f, s.current(), how)
	default:
		s.runPinned(t, statement, p, f, how)
	}
	if r.Effects.SetsSession {
		s.state.Dirty = true
	}
}

// current is whom the server works for.
func (s *simulation) current() Target {
	if s.tx != none {
		return s.now
	}
	return s.base
}

// applied is whom the server works for behind a pin.
func (s *simulation) applied(p plan, f facts) Target {
	h := s.current()
	switch p.what {
	case byRole, byRegistry:
		return f.Target
	case userOnly, roleAndUser:
		h.User = f.User
	}
	return h
}

// pinNow is Session.pinNow.
func (s *simulation) pinNow(p plan, f facts, how outcome) bool {
	if how == refused {
		if p.what != userOnly {
			s.state = s.state.forgotten()
		}
		return false
	}
	pinned := s.applied(p, f)
	if s.tx != none {
		s.now = pinned
	} else {
		s.base = pinned
	}
	if p.what == userOnly {
		s.state = s.state.userSet(f.User, s.tx != none)
		return true
	}
	s.state = s.state.committed()
	return true
}

// refuse is what Session.refusal makes of a pin that did not get through.
func (s *simulation) refuse(p plan) {
	if s.state = s.state.forgotten(); p.place != wire.Before && p.place != wire.BeforeEachTx || s.tx != none {
		s.discard()
	}
}

// runPinned runs a statement that a pin travels with.
func (s *simulation) runPinned(t *rapid.T, statement string, p plan, f facts, how outcome) {
	pinned := s.applied(p, f)
	switch {
	case p.place == wire.OwnSync:
		s.base, s.pending = pinned, true
		s.run(t, statement, f, s.base, how)
	case p.place == wire.AfterBegin:
		if how == succeeds {
			s.tx, s.now = open, pinned
			s.state = s.state.pinnedTx(f.User)
		}
	case s.tx != none:
		if s.now = pinned; how != succeeds {
			s.now = s.marked // until the end of the transaction nothing is looked at
		}
		s.run(t, statement, f, pinned, how)
	default:
		s.run(t, statement, f, pinned, how)
		if how == succeeds && !s.local && statement != "ROLLBACK" {
			s.base, s.pending = pinned, true
		}
	}
}

// run runs a statement, for whom the server works then.
func (s *simulation) run(t *rapid.T, statement string, f facts, works Target, how outcome) {
	ends := f.Effects.Ends || f.Effects.Savepoint || f.failedTx || s.local && f.Effects.Begins && !f.BeginTx && s.tx == none
	if !ends && works != f.Target {
		t.Fatalf("%s of %s's %s runs for %v; %+v", statement, f.Tenant, f.User, works, s.state)
	}
	if s.tx == failed && !f.Effects.Ends && statement != "ROLLBACK TO" {
		return
	}
	if how != succeeds {
		s.fail(f, how)
		return
	}
	switch {
	case f.Effects.Begins && s.tx == none && s.local:
		s.tx, s.now, s.marked = open, f.Target, Target{} // Session.pinOpened
		s.state = s.state.pinnedTx(f.User)
	case f.Effects.Begins && s.tx == none:
		s.tx, s.now, s.marked = open, s.base, s.base
	case f.Effects.Ends && s.tx != none:
		s.end(f.Effects.Commits && s.tx == open)
	case statement == "SAVEPOINT" && s.tx == open:
		s.marked = s.now
	case statement == "ROLLBACK TO" && s.tx != none && s.marked != (Target{}):
		s.tx, s.now = open, s.marked
	}
}

// fail is a statement that fails, and what Session.recheck makes of one that lacks a right.
func (s *simulation) fail(f facts, how outcome) {
	if s.tx != none {
		if s.tx = failed; how == lacks && !s.state.Asked {
			s.state = s.state.repin()
		}
		return
	}
	if how == lacks && !s.state.Asked {
		before := s.state
		s.settle()
		s.pending = false
		s.state = s.state.forgotten()
		if before.Pinned && s.base.Tenant == f.Tenant {
			s.state.Pinned, s.state.Held = true, before.Held
		}
	}
}

// end ends the transaction. What was set for the session in it stays when it commits.
func (s *simulation) end(commits bool) {
	if commits && !s.local {
		s.base = s.now
	}
	s.tx = none
}
