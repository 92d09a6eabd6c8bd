package session

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Words for states.
var (
	acmes       = Target{"acme", "u"}
	heldByAcme  = Target{"acme", "u"}
	heldByOther = Target{"globex", "u"}
	unknownUser = Target{Tenant: "acme"}
)

// armedBy is the event of a plan, for a session that has a filter and is proved direct.
func armedBy(p plan, change ...func(*facts)) func(State) State {
	f := facts{Target: acmes, filtered: true}
	for _, c := range change {
		c(&f)
	}
	return func(s State) State { return s.armed(p, f) }
}

func local(f *facts)      { f.local = true }
func inTx(f *facts)       { f.inTx = true }
func unfiltered(f *facts) { f.filtered = false }

// What each event makes of a state.
func TestState(t *testing.T) {
	for _, tt := range []struct {
		event string
		from  State
		do    func(State) State
		want  State
	}{
		{"a pin of everything is on its way: nobody holds the session until it has committed",
			State{Owner: acmes, Held: heldByOther, Dirty: true, Asked: true}, armedBy(plan{what: byRole}),
			State{Owner: acmes, Sent: heldByAcme}},
		{"a pin that asks the registry is on its way: so the registry has said it",
			State{Held: heldByOther}, armedBy(plan{what: byRegistry}),
			State{Sent: heldByAcme, Asked: true}},
		{"without a filter a pin has been answered before the statement",
			State{}, armedBy(plan{what: byRegistry, now: true}, unfiltered),
			State{Sent: heldByAcme, Asked: true}},
		{"the session goes on as it was pinned: a later checkout inherits it",
			State{Owner: acmes, Held: heldByAcme, Asked: true}, armedBy(plan{kept: true}),
			State{Owner: acmes, Pinned: true, Held: heldByAcme}},
		{"the role is taken on again: what holds the session goes on whatever becomes of that",
			State{Held: heldByAcme}, armedBy(plan{what: roleOnly, kept: true}),
			State{Pinned: true, Held: heldByAcme, Sent: heldByAcme}},
		{"another user is on its way: which one holds is not known",
			State{Pinned: true, Held: Target{"acme", "v"}}, armedBy(plan{what: userOnly, kept: true}),
			State{Pinned: true, Held: unknownUser, Sent: heldByAcme}},
		{"so it is when the role is taken on with the user",
			State{Held: Target{"acme", "v"}}, armedBy(plan{what: roleAndUser, kept: true}),
			State{Pinned: true, Held: unknownUser, Sent: heldByAcme}},
		{"a statement of a transaction changes nothing",
			State{Pinned: true, Held: heldByAcme, Asked: true}, armedBy(plan{}, inTx),
			State{Pinned: true, Held: heldByAcme, Asked: true}},
		{"where transactions are pinned, a statement outside of one leaves nothing",
			State{Pinned: true, Held: heldByAcme, Sent: heldByAcme}, armedBy(plan{what: byRole}, local),
			State{Sent: heldByAcme}},
		{"nor does a BEGIN as text, until it is pinned",
			State{Pinned: true, Held: heldByAcme}, armedBy(plan{}, local), State{}},
		{"there a transaction goes on as it was pinned",
			State{Pinned: true, Held: Target{User: "u"}}, armedBy(plan{}, local, inTx),
			State{Pinned: true, Held: Target{User: "u"}}},

		{"the pin has committed",
			State{Owner: acmes, Sent: heldByAcme}, State.committed,
			State{Owner: acmes, Pinned: true, Held: heldByAcme, Sent: heldByAcme}},
		{"the transaction is pinned, for a user",
			State{Owner: acmes}, func(s State) State { return s.pinnedTx("u") },
			State{Owner: acmes, Pinned: true, Held: Target{User: "u"}}},
		{"the pin was refused: nothing is known",
			State{Owner: acmes, Pinned: true, Held: heldByAcme, Sent: heldByAcme, Dirty: true}, State.forgotten,
			State{Owner: acmes, Dirty: true}},
		{"a right was missing in a transaction: this checkout goes on, the next one pins anew",
			State{Owner: acmes, Pinned: true, Held: heldByAcme}, State.repin,
			State{Owner: acmes, Pinned: true, Held: Target{User: "u"}}},
		{"a driver below that reports no transactions has begun one",
			State{Pinned: true}, State.opened, State{Pinned: true, TextTx: true}},
		{"and ended it",
			State{Pinned: true, Held: heldByAcme, TextTx: true}, State.ended, State{Pinned: true, Held: heldByAcme}},
		{"a user was set, for good",
			State{Held: unknownUser}, func(s State) State { return s.userSet("u", false) }, State{Held: heldByAcme}},
		{"a user was set in a transaction, which may be rolled back",
			State{Held: heldByAcme}, func(s State) State { return s.userSet("v", true) }, State{Held: unknownUser}},
		{"the checkout is over: what holds the session, and what the tenant has set in it, stay known",
			State{Owner: acmes, Pinned: true, Held: heldByAcme, Sent: heldByAcme, Asked: true, Dirty: true}, State.released,
			State{Held: heldByAcme, Sent: heldByAcme, Dirty: true}},
	} {
		if diff := cmp.Diff(tt.want, tt.do(tt.from)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.event, diff)
		}
	}
}
