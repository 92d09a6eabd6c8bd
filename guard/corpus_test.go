package guard_test

import (
	"errors"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/corpus"
)

// corpusPolicy is the policy of the corpus: the strictest, but for the shared schema and the functions that the
// tenant's own DDL creates.
var corpusPolicy = guard.Policy{
	SharedSchemas:   []string{"ref"},
	TenantFunctions: corpus.TenantFunctions,
}

func loadCorpus(t testing.TB) []corpus.Vector {
	t.Helper()
	return corpus.Load(t, "../testdata/guard/corpus.jsonl")
}

func mustNew(t testing.TB, p guard.Policy) *guard.Guard {
	t.Helper()
	g, err := guard.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestCorpus(t *testing.T) {
	g := mustNew(t, corpusPolicy)
	right := 0
	vectors := loadCorpus(t)
	for _, v := range vectors {
		err := g.Check("tenant_acme", v.SQL)
		allowed := err == nil
		if !allowed && !errors.Is(err, guard.ErrDenied) {
			t.Errorf("%s: error is no denial: %v", v.ID, err)
		}
		if allowed == (v.Expect == "allow") {
			right++
			continue
		}
		t.Errorf("%s: allowed=%v, want %s (%s)\n%s\n%v", v.ID, allowed, v.Expect, v.Why, v.SQL, err)
	}
	t.Logf("%d of %d statements got their verdict", right, len(vectors))
}
