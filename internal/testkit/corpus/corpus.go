// Package corpus reads testdata/guard/corpus.jsonl, statements with the verdict that the guard owes them, for tests of
// several packages. The entry point is [Load].
//
// Promise: each statement was run on a real server. Not promised: that numbers from 990001 to 990099 in them are those
// of objects there; they stand for such.
package corpus

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

// Vector is one statement.
type Vector struct {
	ID, Class string
	SQL       string
	Bytes     []byte `json:"sql_b64"` // in the file instead of SQL, where JSON cannot hold the text
	Expect    string // allow or deny
	Why       string
	Args      []any
	MinPG     int // the oldest major version that knows it; 0: all
}

// TenantFunctions are the functions that the tenant's own DDL creates, for guard.Policy.
var TenantFunctions = []string{
	"doc_count", "doc_label", "get_secret", "docs_in", "loud", "plus_secret", "agg_sfn", "join_names",
	"tenant_sampler", "archive_old", "purge_all", "add_note",
}

// Load reads the corpus, whose path is relative to the test's folder.
func Load(t testing.TB, path string) []Vector {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []Vector
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v Vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		v.SQL += string(v.Bytes)
		all = append(all, v)
	}
	if err := lines.Err(); err != nil || len(all) < 1000 {
		t.Fatalf("the corpus has %d statements, want at least 1000 (%v)", len(all), err)
	}
	return all
}
