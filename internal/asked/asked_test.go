package asked

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/owned"
)

func rows(values ...string) (all [][][]byte) {
	for _, v := range values {
		all = append(all, [][]byte{[]byte(v)})
	}
	return all
}

// The server is asked about timeouts once for a session, and about functions as long as they are not known.
func TestAbout(t *testing.T) {
	functions, session := owned.New(nil), Timeouts{}
	own := guard.Effects{Owns: true}
	sets := guard.Effects{Timeouts: guard.Timeouts{Lock: time.Second}}
	nobodys := &guard.Denial{Rule: guard.RuleUnknownFunction}
	for _, tt := range []struct {
		name    string
		effects guard.Effects
		err     error
		answer  [][][]byte // nil: nothing is asked
	}{
		{"a statement that needs nothing", guard.Effects{}, nil, nil},
		{"another refusal", guard.Effects{}, &guard.Denial{Rule: guard.RuleSchema}, nil},
		{"another error", guard.Effects{}, errors.New("x"), nil},
		{"a function that nobody knows", guard.Effects{}, nobodys, rows("0", "who")},
		{"another one, at once", guard.Effects{}, nobodys, nil},
		{"a known one", own, nil, nil},
		{"a timeout, and no answer", sets, nil, rows("nonsense", "0", "0")},
		{"a timeout, and half an answer", sets, nil, rows("30s", "0")},
		{"a timeout", sets, nil, rows("30s", "0", "5min")},
		{"another timeout", sets, nil, nil},
	} {
		q := About("tenant_acme", tt.effects, tt.err, functions, &session, false)
		if (q != nil) != (tt.answer != nil) {
			t.Errorf("%s: asked %v", tt.name, q)
		}
		if q != nil {
			q.Learn(tt.answer)
		}
	}
	want := guard.Timeouts{Statement: 30 * time.Second, Lock: guard.NoTimeout, IdleInTransaction: 5 * time.Minute}
	if session.Timeouts != want || !functions.Has("tenant_acme", "who") {
		t.Errorf("learnt %+v", session)
	}
	if q := About("tenant_acme", guard.Effects{}, nobodys, nil, &session, false); q != nil {
		t.Errorf("without functions: asked %v", q)
	}
	// Another tenant has what the first one's functions may have set.
	q := About("tenant_globex", sets, nil, functions, &session, true)
	if q == nil || !strings.HasPrefix(q.Text, "RESET ") {
		t.Errorf("for another tenant: asked %v", q)
	}
}
