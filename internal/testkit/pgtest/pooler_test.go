package pgtest

import "testing"

// The way through a pooler is the same after a restart, whether it was killed or had ended by itself.
func TestPoolerRestarts(t *testing.T) {
	p := NewDB(t).StartPooler(t, "transaction", 1)
	for _, ends := range []func(){func() {}, p.kill} {
		db := open(t, p.DSN)
		if got := current(t, db, "'answered'"); got != "answered" {
			t.Errorf("got %q", got)
		}
		if last, ended := p.Ended(); ended {
			t.Errorf("it has ended: %s", last)
		}
		ends()
		if err := p.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	if got := current(t, open(t, p.DSN), "'answered'"); got != "answered" {
		t.Errorf("got %q", got)
	}
	p.kill()
	if _, ended := p.Ended(); !ended {
		t.Error("it has not ended")
	}
}
