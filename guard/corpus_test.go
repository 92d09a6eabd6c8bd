package guard_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/docex/docex/guard"
)

// vector is one statement of testdata/guard/corpus.jsonl, each of which was run on a real server. Numbers from 990001 to
// 990099 in it stand for numbers of objects of that server.
type vector struct {
	ID     string `json:"id"`
	Class  string `json:"class"`
	SQL    string `json:"sql"`
	Bytes  []byte `json:"sql_b64"` // instead of SQL, where JSON cannot hold the text
	Expect string `json:"expect"`
	Why    string `json:"why"`
}

func (v vector) text() string {
	if v.Bytes != nil {
		return string(v.Bytes)
	}
	return v.SQL
}

// corpusPolicy is the policy of the corpus: the strictest, but for the shared schema and the functions that the tenant's
// own DDL creates.
var corpusPolicy = guard.Policy{
	SharedSchemas: []string{"ref"},
	TenantFunctions: []string{
		"doc_count", "doc_label", "get_secret", "docs_in", "loud", "plus_secret", "agg_sfn", "join_names",
		"tenant_sampler", "archive_old", "purge_all", "add_note",
	},
}

func loadCorpus(t testing.TB) []vector {
	t.Helper()
	f, err := os.Open("../testdata/guard/corpus.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []vector
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if len(all) < 1000 {
		t.Fatalf("corpus has %d entries, want at least 1000", len(all))
	}
	return all
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
		err := g.Check("tenant_acme", v.text())
		allowed := err == nil
		if !allowed && !errors.Is(err, guard.ErrDenied) {
			t.Errorf("%s: error is no denial: %v", v.ID, err)
		}
		if allowed == (v.Expect == "allow") {
			right++
			continue
		}
		t.Errorf("%s: allowed=%v, want %s (%s)\n%s\n%v", v.ID, allowed, v.Expect, v.Why, v.text(), err)
	}
	t.Logf("%d of %d statements got their verdict", right, len(vectors))
}
