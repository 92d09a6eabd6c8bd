package guard_test

import (
	"errors"
	"testing"

	"github.com/docex/docex/guard"
)

// FuzzCheck holds for every text: no panic, denials are complete, a refused text stays refused with a statement before or
// behind it, and effects come with allowed texts only.
func FuzzCheck(f *testing.F) {
	for _, v := range loadCorpus(f) {
		f.Add(v.text())
	}
	p := corpusPolicy
	p.MultiStatement = true
	g := mustNew(f, p)
	f.Fuzz(func(t *testing.T, sql string) {
		effects, err := g.Inspect("tenant_acme", sql)
		if err == nil {
			return
		}
		var d *guard.Denial
		if !errors.As(err, &d) || d.Rule == guard.RuleNone || d.Rule == guard.RuleInternal || effects != (guard.Effects{}) {
			t.Fatalf("incomplete denial: %v %+v", err, effects)
		}
		if d.Rule == guard.RuleSyntax || d.Rule == guard.RuleEncoding { // more text can repair these
			return
		}
		if g.Check("tenant_acme", "SELECT 1;"+sql) == nil {
			t.Error("allowed behind a statement")
		}
		if g.Check("tenant_acme", sql+"\n;SELECT 1") == nil && d.Rule != guard.RuleLimit {
			t.Error("allowed before a statement")
		}
	})
}
