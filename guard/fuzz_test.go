package guard_test

import (
	"errors"
	"testing"

	"github.com/docex/docex/guard"
)

// FuzzCheck holds for every text: no panic, denials are complete, a refused text stays refused with a statement before
// or behind it, and effects come with allowed texts only.
func FuzzCheck(f *testing.F) {
	for _, v := range loadCorpus(f) {
		f.Add(v.SQL)
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

// FuzzCached holds for every pair of texts: whatever the first left in the cache, the second gets the verdict that it
// gets anew, and so does the first with the second's bytes for its constants, for its own tenant and another one.
func FuzzCached(f *testing.F) {
	vectors := loadCorpus(f)
	for i, v := range vectors {
		f.Add(v.SQL, vectors[(i+1)%len(vectors)].SQL)
	}
	f.Add("SELECT nextval('doc_number_seq')", "'tenant_globex.doc_number_seq'")
	f.Add("SELECT * FROM documents WHERE name = 'x'", "'; SET search_path = tenant_globex --'")
	f.Add("SELECT 1 FROM tenant_acme.documents", "1")
	f.Fuzz(func(t *testing.T, first, second string) {
		g := mustNew(t, corpusPolicy)
		_ = g.Check("tenant_acme", first)
		for _, sql := range append(withConstants(first, second), withConstants(first, "'"+second+"'")...) {
			sameAnew(t, g, "tenant_acme", sql)
		}
		for _, tenant := range []string{"tenant_acme", "tenant_globex", "tenant_acme"} {
			sameAnew(t, g, tenant, first)
			sameAnew(t, g, tenant, second)
		}
	})
}
