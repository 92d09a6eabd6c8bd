package guard_test

import (
	"errors"
	"testing"

	"github.com/docex/docex/guard"
)

// verdictTest lets a test read as a column of allow and deny lines.
type verdictTest struct {
	t    *testing.T
	g    *guard.Guard
	rule guard.Rule // what deny expects
}

func verdicts(t *testing.T, p guard.Policy) *verdictTest {
	return &verdictTest{t: t, g: mustNew(t, p)}
}

func (v *verdictTest) allow(sql string) {
	v.t.Helper()
	if err := v.g.Check("tenant_acme", sql); err != nil {
		v.t.Errorf("refused: %s\n%v", sql, err)
	}
}

func (v *verdictTest) deny(sql string) {
	v.t.Helper()
	err := v.g.Check("tenant_acme", sql)
	var d *guard.Denial
	switch {
	case !errors.As(err, &d):
		v.t.Errorf("allowed: %s (%v)", sql, err)
	case d.Rule != v.rule:
		v.t.Errorf("refused by %v, want %v: %s\n%v", d.Rule, v.rule, sql, err)
	}
}
