package doctor

import (
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgpooler"
)

// What the driver pins is judged by what was seen, and told with the driver's own reason.
func TestPinningBehindPoolers(t *testing.T) {
	const session, unseenSays = true, "no pooler seen between app_dsn and the server; "
	for _, tt := range []struct {
		session bool
		seen    pooling
		status  Status
		says    string
		proved  bool // with scratch tenants
	}{
		{session, unseen, OK, unseenSays + "sessions are pinned (because)", true},
		{session, unknown, Warning, "cannot be seen whether a pooler shares sessions; sessions are pinned (because)", true},
		{session, unsure, Warning, "a pooler, and sessions are pinned (because): right only when", true},
		{session, transaction, Failure, "sessions are pinned (because): statements read and write other", false},
		{session, statement, Failure, "a pooler in statement mode", false},
		{!session, unseen, OK, unseenSays + "each transaction is pinned (because)", true},
		{!session, unknown, OK, unseenSays + "each transaction is pinned (because)", true},
		{!session, unsure, OK, "a pooler, perhaps in session mode; each transaction is pinned (because)", true},
		{!session, transaction, OK, "a pooler in transaction mode; each transaction is pinned (because)", true},
		{!session, statement, Failure, "a pooler in statement mode", false},
	} {
		p := pinning{session: tt.session, why: "because"}
		f := p.behind(tt.seen)
		if f.Status != tt.status || !strings.Contains(f.Detail, tt.says) || (f.Remedy == "") != (tt.status == OK) {
			t.Errorf("session %v, seen %d: %+v", tt.session, tt.seen, f)
		}
		if unfit := p.unfit(tt.seen); (unfit == "") != tt.proved {
			t.Errorf("session %v, seen %d: no proof because %q", tt.session, tt.seen, unfit)
		}
	}
}

type fakePins [2]string

func (f fakePins) Pinning() (mode, why string) { return f[0], f[1] }

func TestPinningOfConnections(t *testing.T) {
	for mode, session := range map[string]bool{"session": true, "transaction": false} {
		want := pinning{session: session, why: "because"}
		if got, err := pinningOf(fakePins{mode, "because"}); err != nil || got != want {
			t.Errorf("%s: %+v, %v", mode, got, err)
		}
	}
	for _, c := range []any{nil, 1, fakePins{"statement", "because"}, fakePins{}} {
		if got, err := pinningOf(c); err == nil {
			t.Errorf("%v: %+v", c, got)
		}
	}
}

// Behind a pooler that passes key data on, sessions that are pinned on the operator's word are a failure, also
// without the proof. What the driver chooses by itself is proved to be right there.
func TestPoolerThatPassesKeysOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options.NoDrift = true
	w.options.AppDSN = pgpooler.Start(t, w.options.AppDSN, pgpooler.Options{Sessions: 5, ReplayKeys: true}).DSN
	if bad := w.run(t); len(bad) != 1 || bad["drift"].Status != Skipped {
		t.Errorf("with default settings: %+v", bad)
	}
	w.options.AppDSN += "&docex_pin=session"
	bad := w.run(t)
	if f := bad["app-pooler"]; f.Status != Failure || f.Remedy != "docex_pin=transaction in app_dsn" {
		t.Errorf("with pins of sessions: %+v", f)
	}
	if f := bad["isolation"]; f.Status != Skipped || !strings.Contains(f.Detail, "not safe") {
		t.Errorf("with pins of sessions: %+v", f)
	}
	w.options.NoProof = true
	if f := w.run(t)["app-pooler"]; f.Status != Failure {
		t.Errorf("without the proof: %+v", f)
	}
}
