package guard_test

import (
	"errors"
	"testing"
	"time"

	"github.com/docex/docex/guard"
)

// SET LOCAL of the three timeouts needs no policy, and the verdict says how long they are.
func TestTimeouts(t *testing.T) {
	g := mustNew(t, guard.Policy{AllowSettings: []string{"work_mem"}, MultiStatement: true})
	listed := mustNew(t, guard.Policy{AllowSettings: []string{"statement_timeout"}})
	for sql, want := range map[string]guard.Timeouts{
		`SET LOCAL statement_timeout = 5000`:                               {Statement: 5 * time.Second},
		`SET LOCAL "Statement_Timeout" TO ' 5 s '`:                         {Statement: 5 * time.Second},
		`SET LOCAL lock_timeout = '2min'`:                                  {Lock: 2 * time.Minute},
		`SET LOCAL idle_in_transaction_session_timeout = '1d'`:             {IdleInTransaction: 24 * time.Hour},
		`SET LOCAL statement_timeout = 0`:                                  {Statement: guard.NoTimeout},
		`SET LOCAL statement_timeout = '2147483647'`:                       {Statement: 2147483647 * time.Millisecond},
		`SET LOCAL lock_timeout = 1; SET LOCAL lock_timeout = 3; SELECT 1`: {Lock: 3 * time.Millisecond},
		`SET LOCAL work_mem = '1MB'`:                                       {},
	} {
		for range 2 {
			if got, err := g.Inspect("tenant_acme", sql); err != nil || got.Timeouts != want {
				t.Errorf("%s: %+v, %v, want %+v", sql, got.Timeouts, err, want)
			}
		}
	}
	if got, err := listed.Inspect("tenant_acme", `SET LOCAL statement_timeout = 0`); err != nil ||
		got.Timeouts != (guard.Timeouts{}) {
		t.Errorf("with the policy's word: %+v, %v, want nothing to ask", got, err)
	}
	v := verdicts(t, guard.Policy{})
	v.rule = guard.RuleSetting
	for _, sql := range []string{
		`SET statement_timeout = 5000`, `RESET statement_timeout`, `SET SESSION lock_timeout = 1`,
		`SET LOCAL statement_timeout = -1`, `SET LOCAL statement_timeout = 1.5`, `SET LOCAL statement_timeout = '1us'`,
		`SET LOCAL statement_timeout = '010'`, `SET LOCAL statement_timeout = '0x10'`, `SET LOCAL statement_timeout = 'x'`,
		`SET LOCAL statement_timeout = '2147483648'`, `SET LOCAL statement_timeout = '25d'`,
		`SET LOCAL statement_timeout = 1, 2`, `SET LOCAL transaction_timeout = 1`, `SET LOCAL work_mem = '1GB'`,
		`SET LOCAL search_path TO DEFAULT`, `SET LOCAL statement_timeout TO DEFAULT`,
	} {
		v.deny(sql)
	}
}

func TestTimeoutsLower(t *testing.T) {
	session := guard.Timeouts{Statement: 30 * time.Second, Lock: guard.NoTimeout, IdleInTransaction: time.Minute}
	for _, tt := range []struct {
		set    guard.Timeouts
		denied string
	}{
		{guard.Timeouts{}, ""},
		{guard.Timeouts{Statement: 30 * time.Second, Lock: guard.NoTimeout}, ""},
		{guard.Timeouts{Statement: 30*time.Second + 1}, "statement_timeout"},
		{guard.Timeouts{Statement: guard.NoTimeout}, "statement_timeout"},
		{guard.Timeouts{Lock: time.Hour, IdleInTransaction: time.Hour}, "idle_in_transaction_session_timeout"},
	} {
		var d *guard.Denial
		switch err := tt.set.Lower(session); {
		case tt.denied == "" && err != nil:
			t.Errorf("%+v: %v", tt.set, err)
		case tt.denied != "" && (!errors.As(err, &d) || d.Object != tt.denied):
			t.Errorf("%+v: %v, want %s refused", tt.set, err, tt.denied)
		}
	}
}
