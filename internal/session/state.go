package session

import "github.com/docex/docex/internal/wire"

// Target is whom a session works for, or is pinned to.
type Target struct{ Tenant, User string }

// State is all that a session remembers of the server's side and of the checkout that it serves. What is not certain is
// not in it. The methods below change it. They and plan are pure. Owner, Unsure and Dirty are also set in place.
//
//	                armed              committed
//	not pinned ───────────────▶ sent ───────────────▶ pinned, and held beyond the checkout
//	    ▲                         │ refused, undone       │ released: a later checkout of the same tenant may inherit it
//	    └─────────────────────────┴───────────────────────┘ suspected
type State struct {
	Owner  Target // whose checkout it is; zero until its first operation
	Pinned bool   // what the checkout runs next is pinned: the session, or the open transaction
	Held   Target // whom the session is pinned to for good
	Sent   Target // what Held becomes when the pin under way has committed
	Asked  bool   // the registry itself has said for the last operation that the tenant may work
	Dirty  bool   // the tenant changed a setting of the session
	TextTx bool   // a transaction is open, for drivers that do not report it
	Unsure bool   // an operation is under way, or how it ended is not known
}

// armed: the operation is about to begin, with what plan says on its way. Until a pin is known to have committed, the
// session may hold anybody's state.
func (s State) armed(p plan, f facts) State {
	if f.local && !f.inTx {
		s.Pinned, s.Held = false, Target{}
	}
	s.Pinned = s.Pinned || p.kept
	if p.whole() || p.kept {
		s.Asked = p.what == byRegistry || !f.filtered
	}
	if p.what != nothing && !f.local { // it lasts beyond the transaction
		s.Sent = f.Target
	}
	switch p.what {
	case byRole, byRegistry:
		s.Held, s.Dirty = Target{}, false
	case userOnly, roleAndUser:
		s.Held.User = ""
	}
	return s
}

// committed: the pin that was armed last is there for good.
func (s State) committed() State {
	s.Pinned, s.Held = true, s.Sent
	return s
}

// pinnedTx: the open transaction is pinned, until it ends.
func (s State) pinnedTx(user string) State {
	s.Pinned, s.Held.User = true, user
	return s
}

// forgotten: nothing is known of the session's pin.
func (s State) forgotten() State {
	s.Pinned, s.Held, s.Sent = false, Target{}, Target{}
	return s
}

// repin: the checkout goes on as it is, and the next one is pinned anew.
func (s State) repin() State {
	s.Held.Tenant = ""
	return s
}

// opened and ended: BEGIN and the end of a transaction, for drivers that do not report it.
func (s State) opened() State { s.TextTx = true; return s }
func (s State) ended() State  { s.TextTx = false; return s }

// userSet: another user of the tenant was set, for good unless inside a transaction, which a rollback takes it back
// with.
func (s State) userSet(user string, inTx bool) State {
	if s.Held.User = user; inTx {
		s.Held.User = ""
	}
	return s
}

func (s State) released() State {
	s.Owner, s.Pinned, s.Asked = Target{}, false, false
	return s
}

// facts are what plan needs to know beside the state.
type facts struct {
	Target
	Request
	filtered bool // a pin can travel with the statement
	local    bool // transactions are pinned, not the session
	inTx     bool // a transaction is open
	failedTx bool // it takes nothing but its end
	onPath   bool // search_path is, as far as the server reports it, as it was pinned
	askCitus bool // a batch, and whether its pipeline is one transaction is not known
	decides  bool // taking on the role proves that the tenant may work; never without a filter
}

// plan is what pins an operation.
type plan struct {
	what  what
	place wire.Place
	clear bool // what the session holds must go
	now   bool // in a round trip of its own
	kept  bool // the session goes on as it was pinned before
}

// what says how much of a pin is sent.
type what uint8

const (
	nothing what = iota
	userOnly
	roleOnly // the part in which the server decides
	roleAndUser
	byRole     // everything, relying on the role
	byRegistry // everything, asking the registry, which names the role
)

func (p plan) whole() bool { return p.what == byRole || p.what == byRegistry }

// plan decides what pins an operation, and where.
func (s State) plan(f facts) (plan, error) {
	switch {
	case f.local && f.Effects.SetsSession:
		return plan{}, errSessionSetting
	case f.inTx && !s.Pinned:
		return plan{}, ErrGone
	case f.inTx:
		return s.planUser(f), nil // it was pinned before, or when it began
	case f.local:
		return planTransaction(f), nil
	}
	return s.planSession(f), nil
}

// planSession pins the session, or leaves it as it is.
//
// A later checkout of the same tenant inherits the pin. Nothing tells docex that the tenant was suspended since: the
// role has lost its rights, so the server stops what needs them. What may need none takes on the role again, which the
// server refuses then. Where the role decides nothing, the registry is asked in each checkout.
func (s State) planSession(f facts) plan {
	clear := s.Held.Tenant != f.Tenant || s.Dirty
	kept := s.Pinned || f.decides && !clear && f.onPath
	p := s.planUser(f)
	p.kept = kept
	switch {
	case !kept && f.decides:
		p = plan{what: byRole, clear: true}
	case !kept:
		p = plan{what: byRegistry, clear: clear}
	case f.decides && f.Effects.Rightless && p.what == userOnly:
		p.what = roleAndUser
	case f.decides && f.Effects.Rightless:
		p.what = roleOnly
	case p.what == nothing:
		return p
	}
	// A procedure may commit, which it may not do inside the implicit transaction that a pin and it would share. SET
	// TRANSACTION comes first in its transaction, and what follows it in one text must not run behind a pin that failed.
	p.now = !f.filtered || f.CannotCarryPin && p.what != roleOnly || f.Effects.Calls || f.askCitus ||
		f.Effects.SetsTx && f.Effects.Statements > 1
	if f.Effects.Begins || f.Effects.SetsTx || f.Effects.Savepoint {
		p.place = wire.OwnSync // the latter two mean nothing outside a transaction, and would find themselves in one
	}
	return p
}

// planTransaction pins each transaction of an operation. A BEGIN as text is pinned when it has run.
func planTransaction(f facts) plan {
	p := plan{what: byRole, clear: true, place: wire.BeforeEachTx}
	if !f.decides {
		p.what = byRegistry
	}
	switch {
	case f.BeginTx:
		p.place = wire.AfterBegin
	case f.Effects.Begins:
		return plan{}
	}
	return p
}

// planUser tells the server's triggers of another user of the tenant that the session is pinned to. In a transaction,
// what moves between savepoints fires none, and may be all that a failed one takes; SET TRANSACTION fires none, and
// fails behind a query.
func (s State) planUser(f facts) plan {
	e := f.Effects
	firesNone := e.Ends || f.failedTx || f.inTx && (e.Savepoint || e.SetsTx && e.Statements <= 1)
	if s.Held.User == f.User || firesNone {
		return plan{}
	}
	return plan{what: userOnly, now: !f.filtered || f.CannotCarryPin || e.Calls && !f.inTx}
}
