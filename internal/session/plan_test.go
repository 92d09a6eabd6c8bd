package session

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/internal/wire"
)

// A situation is written down in words. It is acme's, whose user is u, on a session that a filter serves and whose pins
// last, where taking on the tenant's role proves nothing; but for what the words say.
//
//	decides      taking on the role proves that the tenant may work
//	local        transactions are pinned, not the session
//	unfiltered   no pin can travel with a statement
//	pinned       this checkout is pinned already
//	held         an earlier checkout of acme's has pinned the session
//	other        an earlier checkout of globex's has
//	dirty        the tenant has changed a setting of the session
//	moved        the server reports another search_path than was pinned
//	tx           a transaction is open that is pinned; failed: it takes nothing but its end; lost: it is not pinned
//	newuser      another user of acme's asks now
//	beginTx      pgx's BEGIN is to run; begins: BEGIN as text; ends: COMMIT or ROLLBACK
//	savepoint    SAVEPOINT and the like; setsTx: SET TRANSACTION; sets: SET; calls: CALL
//	rightless    the statement may need no right of the tenant's
//	alone        no pin can travel with what pgx sends
func situation(t testing.TB, words string) (s State, f facts) {
	t.Helper()
	f = facts{Target: Target{"acme", "u"}, filtered: true, onPath: true}
	for _, word := range strings.Fields(words) {
		set, ok := situationWords[word]
		if !ok {
			t.Fatalf("no word %q", word)
		}
		set(&s, &f)
	}
	return s, f
}

var situationWords = map[string]func(s *State, f *facts){
	"decides":    func(_ *State, f *facts) { f.decides = true },
	"local":      func(_ *State, f *facts) { f.local = true },
	"unfiltered": func(_ *State, f *facts) { f.filtered = false },
	"pinned":     func(s *State, _ *facts) { s.Pinned, s.Held = true, Target{"acme", "u"} },
	"held":       func(s *State, _ *facts) { s.Held = Target{"acme", "u"} },
	"other":      func(s *State, _ *facts) { s.Held = Target{"globex", "u"} },
	"dirty":      func(s *State, _ *facts) { s.Dirty = true },
	"moved":      func(_ *State, f *facts) { f.onPath = false },
	"tx":         func(s *State, f *facts) { f.inTx, s.Pinned, s.Held = true, true, Target{"acme", "u"} },
	"failed": func(s *State, f *facts) {
		f.inTx, f.failedTx, s.Pinned, s.Held = true, true, true, Target{"acme", "u"}
	},
	"lost":      func(_ *State, f *facts) { f.inTx = true },
	"newuser":   func(_ *State, f *facts) { f.User = "v" },
	"beginTx":   func(_ *State, f *facts) { f.BeginTx, f.Effects.Begins, f.Effects.Rightless = true, true, true },
	"begins":    func(_ *State, f *facts) { f.Effects.Begins, f.Effects.Rightless = true, true },
	"ends":      func(_ *State, f *facts) { f.Effects.Ends = true },
	"savepoint": func(_ *State, f *facts) { f.Effects.Savepoint = true },
	"setsTx":    func(_ *State, f *facts) { f.Effects.SetsTx = true },
	"sets":      func(_ *State, f *facts) { f.Effects.SetsSession = true },
	"calls":     func(_ *State, f *facts) { f.Effects.Calls = true },
	"rightless": func(_ *State, f *facts) { f.Effects.Rightless = true },
	"alone":     func(_ *State, f *facts) { f.CannotCarryPin = true },
}

var whatWords = map[what]string{
	nothing: "nothing", userOnly: "user", roleOnly: "role", roleAndUser: "role+user", byRole: "pin", byRegistry: "pin",
}

var placeWords = map[wire.Place]string{
	wire.Before: "", wire.OwnSync: "own-sync", wire.BeforeEachTx: "each-tx", wire.AfterBegin: "after-begin",
}

// String writes a plan down in words: what is sent, "asks" the registry, "clear"s the session; "own-sync",
// "each-tx", "after-begin" are places, and "now" is a round trip of its own; "kept" says that the session goes on as it
// was pinned.
func (p plan) String() string {
	words := []string{whatWords[p.what]}
	for _, w := range []struct {
		is   bool
		word string
	}{
		{p.what == byRegistry, "asks"}, {p.clear, "clear"},
		{placeWords[p.place] != "", placeWords[p.place]}, {p.now, "now"}, {p.kept, "kept"},
	} {
		if w.is {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, " ")
}

// planned returns the plan of a situation in words, or why there is none.
func planned(t testing.TB, words string) string {
	t.Helper()
	s, f := situation(t, words)
	p, err := s.plan(f)
	switch {
	case err == ErrGone:
		return "gone"
	case errors.Is(err, errSessionSetting):
		return "refused"
	case err != nil:
		t.Fatalf("%s: %v", words, err)
	}
	return p.String()
}

// What pins each operation, and where.
func TestPlan(t *testing.T) {
	for _, group := range []struct {
		subject string
		rows    [][2]string
	}{
		{"A session's first statement for a tenant pins it. The registry is asked until it has named the role.", [][2]string{
			{"", "pin asks clear"},
			{"decides", "pin clear"},
			{"other", "pin asks clear"},
			{"other decides", "pin clear"},
			{"other rightless", "pin asks clear"},
			{"other decides rightless", "pin clear"},
			{"other decides dirty", "pin clear"},
		}},
		{"What follows goes as it is. Where the role decides, it is taken on again for what may need no right.", [][2]string{
			{"pinned", "nothing kept"},
			{"pinned decides", "nothing kept"},
			{"pinned rightless", "nothing kept"},
			{"pinned decides rightless", "role kept"},
			{"pinned decides dirty", "nothing kept"},
			{"pinned decides moved", "nothing kept"}, // usable has refused it
			{"pinned decides sets", "nothing kept"},
		}},
		{"Where the role decides, a later checkout of the same tenant inherits the pin.", [][2]string{
			{"held", "pin asks"},
			{"held decides", "nothing kept"},
			{"held rightless", "pin asks"},
			{"held decides rightless", "role kept"},
			{"held dirty", "pin asks clear"},
			{"held decides dirty", "pin clear"},
			{"held moved", "pin asks"},
			{"held decides moved", "pin clear"},
		}},
		{"Another user of the tenant is told to the server with the statement.", [][2]string{
			{"pinned newuser", "user kept"},
			{"pinned decides newuser", "user kept"},
			{"pinned decides newuser rightless", "role+user kept"},
			{"pinned newuser rightless", "user kept"},
			{"held newuser", "pin asks"},
			{"held decides newuser", "user kept"},
			{"held decides newuser rightless", "role+user kept"},
		}},
		{"In front of BEGIN the pin has a Sync of its own, since ROLLBACK would undo it.", [][2]string{
			{"beginTx", "pin asks clear own-sync"},
			{"begins", "pin asks clear own-sync"},
			{"decides begins", "pin clear own-sync"},
			{"pinned beginTx", "nothing kept"},
			{"pinned newuser beginTx", "user own-sync kept"},
			{"pinned decides beginTx", "role own-sync kept"},
			{"held beginTx", "pin asks own-sync"},
			{"held decides beginTx", "role own-sync kept"},
			{"held decides newuser beginTx", "role+user own-sync kept"},
		}},
		{"So it has in front of what would find itself in a transaction.", [][2]string{
			{"savepoint", "pin asks clear own-sync"},
			{"decides setsTx", "pin clear own-sync"},
			{"pinned savepoint", "nothing kept"},
			{"pinned newuser setsTx", "user own-sync kept"},
			{"pinned decides setsTx rightless", "role own-sync kept"},
		}},
		{"The end of a transaction that is not open is a statement like others.", [][2]string{
			{"ends", "pin asks clear"},
			{"decides ends", "pin clear"},
			{"pinned ends", "nothing kept"},
			{"pinned newuser ends", "nothing kept"},
		}},
		{"A procedure may commit, so its pin goes in front in a round trip.", [][2]string{
			{"calls", "pin asks clear now"},
			{"decides calls", "pin clear now"},
			{"pinned calls", "nothing kept"},
			{"held decides calls", "nothing kept"},
			{"pinned newuser calls", "user now kept"},
			{"pinned decides calls rightless", "role now kept"},
			{"tx newuser calls", "user"},
		}},
		{"What goes past the filter carries no pin. The role alone can stand in the batch itself.", [][2]string{
			{"alone", "pin asks clear now"},
			{"decides alone", "pin clear now"},
			{"pinned alone", "nothing kept"},
			{"pinned newuser alone", "user now kept"},
			{"pinned decides alone rightless", "role kept"},
			{"pinned decides newuser alone rightless", "role+user now kept"},
			{"tx alone", "nothing"},
			{"tx newuser alone", "user now"},
		}},
		{"Without a filter every pin is a round trip of its own, and the role decides nothing.", [][2]string{
			{"unfiltered", "pin asks clear now"},
			{"unfiltered beginTx", "pin asks clear own-sync now"},
			{"unfiltered pinned", "nothing kept"},
			{"unfiltered held", "pin asks now"},
			{"unfiltered pinned newuser", "user now kept"},
			{"unfiltered tx newuser", "user now"},
		}},
		{"In a transaction nothing but the user can change. One that is not pinned is not gone on with.", [][2]string{
			{"tx", "nothing"},
			{"tx decides rightless", "nothing"},
			{"tx decides dirty moved", "nothing"},
			{"tx newuser", "user"},
			{"tx newuser ends", "nothing"},
			{"tx newuser setsTx", "nothing"},
			{"tx savepoint", "nothing"},
			{"tx begins", "nothing"},
			{"failed", "nothing"},
			{"failed newuser", "nothing"},
			{"failed newuser ends", "nothing"},
			{"lost", "gone"},
			{"lost ends", "gone"},
			{"lost decides", "gone"},
		}},
		{"Where transactions are pinned, each is, whatever the session holds.", [][2]string{
			{"local", "pin asks clear each-tx"},
			{"local decides", "pin clear each-tx"},
			{"local decides rightless", "pin clear each-tx"},
			{"local pinned", "pin asks clear each-tx"},
			{"local held decides", "pin clear each-tx"},
			{"local other decides", "pin clear each-tx"},
			{"local decides calls", "pin clear each-tx"},
			{"local decides savepoint", "pin clear each-tx"},
			{"local decides ends", "pin clear each-tx"},
		}},
		{"There pgx's BEGIN is pinned behind it in one write, and BEGIN as text when it has run.", [][2]string{
			{"local beginTx", "pin asks clear after-begin"},
			{"local decides beginTx", "pin clear after-begin"},
			{"local begins", "nothing"},
			{"local decides begins", "nothing"},
		}},
		{"There the transaction is gone on with like elsewhere, and a user lasts as long.", [][2]string{
			{"local tx", "nothing"},
			{"local tx decides rightless", "nothing"},
			{"local tx newuser", "user"},
			{"local tx newuser calls", "user"},
			{"local tx newuser alone", "user now"},
			{"local failed newuser", "nothing"},
			{"local lost", "gone"},
		}},
		{"There a setting of the session would be the pooler's.", [][2]string{
			{"local sets", "refused"},
			{"local tx sets", "refused"},
			{"local lost sets", "refused"},
		}},
	} {
		for _, row := range group.rows {
			if got := planned(t, row[0]); got != row[1] {
				t.Errorf("%s\n\t%q: %q, want %q", group.subject, row[0], got, row[1])
			}
		}
	}
}
