package session

import (
	"strings"
	"testing"

	"github.com/docex/docex/internal/wire"
)

// planRules hold in every situation. Each says when it is broken by a plan.
var planRules = []struct {
	rule   string
	broken func(s State, f facts, p plan) bool
}{
	{"outside a transaction nothing is sent only where the session is the tenant's, or with a BEGIN that is pinned behind",
		func(s State, f facts, p plan) bool {
			mine := !f.local && (s.Pinned || s.Held.Tenant == f.Tenant)
			return p.what == nothing && !f.inTx && !mine && !(f.local && f.Effects.Begins && !f.BeginTx)
		}},
	{"a part of a pin is sent only where the session is the tenant's",
		func(s State, f facts, p plan) bool {
			return (p.what == userOnly || p.what == roleOnly || p.what == roleAndUser) && !s.Pinned && s.Held.Tenant != f.Tenant
		}},
	{"where transactions are pinned, one gets a whole pin, or is a BEGIN as text",
		func(_ State, f facts, p plan) bool {
			return f.local && !f.inTx && !p.whole() && !(f.Effects.Begins && !f.BeginTx)
		}},
	{"where the role decides, what may need no right has it taken on",
		func(_ State, f facts, p plan) bool {
			return f.Effects.Rightless && f.decides && !f.inTx && (p.what == nothing || p.what == userOnly) &&
				!(f.local && f.Effects.Begins && !f.BeginTx)
		}},
	{"the role is relied on only where it decides",
		func(_ State, f facts, p plan) bool {
			return !f.decides && (p.what == byRole || p.what == roleOnly || p.what == roleAndUser)
		}},
	{"what another tenant left is cleared, and what the tenant has set, before the next checkout",
		func(s State, f facts, p plan) bool {
			return p.whole() && !p.clear && (s.Held.Tenant != f.Tenant || s.Dirty)
		}},
	{"a transaction that is open is pinned already",
		func(_ State, f facts, p plan) bool { return f.inTx && p.what != nothing && p.what != userOnly }},
	{"a transaction's end, and one that failed, get nothing in front",
		func(_ State, f facts, p plan) bool {
			return f.inTx && (f.Effects.Ends || f.failedTx) && p.what != nothing
		}},
	{"SET TRANSACTION stays in front of what reads",
		func(_ State, f facts, p plan) bool {
			return f.Effects.SetsTx && !f.local && p.what != nothing && (f.inTx || p.place != wire.OwnSync && !p.now)
		}},
	{"a pin travels with the statement only through the filter; past it, only the role can",
		func(_ State, f facts, p plan) bool {
			travels := p.what != nothing && !p.now && !f.local
			return travels && (!f.filtered || f.CannotCarryPin && p.what != roleOnly)
		}},
	{"a pin lasts where sessions are pinned, and nowhere else",
		func(s State, f facts, p plan) bool {
			return p.what != nothing && (s.armed(p, f).Sent == f.Target) == f.local
		}},
	{"the session's pin is not rolled back with the transaction that is begun behind it",
		func(_ State, f facts, p plan) bool {
			return f.Effects.Begins && !f.inTx && !f.local && p.what != nothing && p.place != wire.OwnSync && !p.now
		}},
	{"a Sync of its own is for pins that last",
		func(_ State, f facts, p plan) bool { return p.place == wire.OwnSync && (f.local || f.inTx) }},
	{"a pin behind BEGIN is the transaction's, and pgx's BEGIN is what it is behind",
		func(_ State, f facts, p plan) bool {
			return p.place == wire.AfterBegin && (!f.local || !f.BeginTx || f.inTx)
		}},
	{"a procedure that may commit shares no implicit transaction with the session's pin",
		func(_ State, f facts, p plan) bool {
			return f.Effects.Calls && !f.inTx && !f.local && p.what != nothing && !p.now
		}},
	{"the session goes on as it was pinned only where it was",
		func(s State, f facts, p plan) bool {
			return p.kept && (f.local || !s.Pinned && s.Held.Tenant != f.Tenant)
		}},
}

// Every situation that can be, by its words, keeps the rules.
func TestPlanRules(t *testing.T) {
	seen := 0
	eachSituation(func(words string) {
		s, f := situation(t, words)
		p, err := s.plan(f)
		switch {
		case f.local && f.Effects.SetsSession:
			if err != errSessionSetting {
				t.Errorf("%q: %v, %v", words, p, err)
			}
			return
		case f.inTx && !s.Pinned:
			if err != ErrGone {
				t.Errorf("%q: %v, %v", words, p, err)
			}
			return
		case err != nil:
			t.Errorf("%q: %v", words, err)
			return
		}
		seen++
		for _, r := range planRules {
			if r.broken(s, f, p) {
				t.Errorf("%s\n\t%q: %q", r.rule, words, p)
			}
		}
	})
	if seen < 5000 {
		t.Errorf("%d situations", seen)
	}
}

// eachSituation yields the situations that can be. A session without a filter is pinned as a whole, and by the
// registry.
func eachSituation(yield func(words string)) {
	flags := []string{"decides", "local", "unfiltered", "dirty", "moved", "newuser", "rightless", "alone"}
	for _, session := range []string{"", "pinned", "held", "other", "tx", "failed", "lost"} {
		for _, statement := range []string{"", "beginTx", "begins", "ends", "savepoint", "setsTx", "sets", "calls"} {
			for bits := range 1 << len(flags) {
				words := []string{session, statement}
				for i, flag := range flags {
					if bits&(1<<i) != 0 {
						words = append(words, flag)
					}
				}
				all := strings.Join(words, " ")
				if strings.Contains(all, "unfiltered") && (strings.Contains(all, "local") || strings.Contains(all, "decides")) {
					continue
				}
				yield(all)
			}
		}
	}
}
