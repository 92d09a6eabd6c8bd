package guard_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/google/go-cmp/cmp"
)

// sameAnew fails the test unless the guard, with whatever its cache holds, and a parse of its own agree.
func sameAnew(t testing.TB, g *guard.Guard, tenant, sql string) {
	t.Helper()
	got, err := g.Inspect(tenant, sql)
	want, wantErr := g.InspectAnew(tenant, sql)
	if got != want || (err == nil) != (wantErr == nil) {
		t.Errorf("%s: %q: from the cache %+v, %v; anew %+v, %v", tenant, sql, got, err, want, wantErr)
	}
	var d, wantD *guard.Denial
	if errors.As(err, &d) && errors.As(wantErr, &wantD) && !cmp.Equal(*d, *wantD) {
		t.Errorf("%s: %q: from the cache %v; anew %v", tenant, sql, d, wantD)
	}
}

// One guard is asked about every text of the corpus, for two tenants and again, with other constants and with each
// other text's neighbours in the cache: a verdict never depends on what was asked before.
func TestCachedEqualsUncached(t *testing.T) {
	corpus := loadCorpus(t)
	g := mustNew(t, corpusPolicy)
	for range 2 {
		for _, v := range corpus {
			for _, tenant := range []string{"tenant_acme", "tenant_globex", "tenant_acme"} {
				sameAnew(t, g, tenant, v.SQL)
			}
		}
	}
	for _, v := range corpus {
		for _, value := range []string{"'tenant_globex.documents'", "'documents'", "'990001'", "''", "'!'", "7",
			"99999999999", "'/*+ Set(a 1) */'"} {
			for _, sql := range withConstants(v.SQL, value) {
				sameAnew(t, g, "tenant_acme", sql)
			}
		}
	}
}

// withConstants puts value in the place of each plain constant of the text, and of all of them.
func withConstants(sql, value string) []string {
	shape, ok := text.Shape(sql)
	if !ok {
		return nil
	}
	is := func(b byte) bool { return b == '\x01' || b == '\x02' }
	var all strings.Builder
	for i := 1; i < len(shape); i++ {
		if is(shape[i]) {
			all.WriteString(value)
		} else {
			all.WriteByte(shape[i])
		}
	}
	return []string{all.String()}
}

func TestShapesAreShared(t *testing.T) {
	g := mustNew(t, corpusPolicy)
	tests := []struct {
		first, second string
		shared        bool
	}{
		{"SELECT name FROM documents WHERE id = 1", "SELECT name FROM documents WHERE id = 234", true},
		{"SELECT date_trunc('day', created_at) FROM documents", "SELECT date_trunc('month', created_at) FROM documents",
			true},
		{"INSERT INTO counters VALUES ('a', 1)", "INSERT INTO counters VALUES ('xyz', 99)", true},
		{"SELECT nextval('doc_number_seq')", "SELECT nextval('tenant_globex.doc_number_seq')", false},
		{"SELECT nextval('doc_number_seq')", "SELECT nextval('990001')", false},
		{"SELECT to_tsvector('english', name) FROM documents", "SELECT to_tsvector('tenant_globex.cfg', name) FROM documents",
			false},
		{`SELECT * FROM U&"doc!0075ments" UESCAPE '!'`, `SELECT * FROM U&"doc!0075ments" UESCAPE '#'`, false},
		{"SELECT 1 -- 'a'", "SELECT 1 -- 'b'", true},
	}
	for _, tt := range tests {
		if err := g.Check("tenant_acme", tt.first); err != nil {
			t.Errorf("%q: %v", tt.first, err)
		}
		exact, alike := g.Remembered("tenant_acme", tt.second)
		if exact || alike != tt.shared {
			t.Errorf("%q after %q: exact %t, alike %t, want alike %t", tt.second, tt.first, exact, alike, tt.shared)
		}
		sameAnew(t, g, "tenant_acme", tt.second)
	}
}

// A text that names its tenant's schema is remembered for that tenant only; one that does not, for all.
func TestCacheKeepsTenantsApart(t *testing.T) {
	g := mustNew(t, corpusPolicy)
	for sql, shared := range map[string]bool{
		"SELECT name FROM documents":                         true,
		"SELECT name FROM ref.countries":                     true,
		"SELECT name FROM tenant_acme.documents":             false,
		"SELECT nextval('tenant_acme.doc_number_seq')":       false,
		"SELECT nextval('doc_number_seq')":                   true,
		"SELECT 'x'::tenant_acme.doc_status":                 false,
		"SELECT tenant_acme.doc_count()":                     false,
		"SELECT 1 OPERATOR(tenant_acme.@+) 2":                false,
		"SELECT tenant_acme.documents.id FROM documents":     false,
		"SELECT name COLLATE tenant_acme.c FROM documents":   false,
		"SELECT (tenant_acme.documents).name FROM documents": true, // an alias, or nothing
	} {
		if err := g.Check("tenant_acme", sql); err != nil {
			t.Errorf("%q: %v", sql, err)
			continue
		}
		if exact, _ := g.Remembered("tenant_acme", sql); !exact {
			t.Errorf("%q is not remembered", sql)
		}
		if exact, _ := g.Remembered("tenant_globex", sql); exact != shared {
			t.Errorf("%q: remembered for the other tenant: %t, want %t", sql, exact, shared)
		}
		sameAnew(t, g, "tenant_globex", sql)
		sameAnew(t, g, "tenant_acme", sql)
	}
}

// A text that looks like the cache's own keys is no key.
func TestCacheKeysCannotBeForged(t *testing.T) {
	g := mustNew(t, corpusPolicy)
	if err := g.Check("tenant_acme", "SELECT name FROM documents WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"\x00SELECT name FROM documents WHERE id = \x02", "SELECT name FROM documents WHERE id = \x02",
		"SELECT name FROM documents WHERE id = '\x00'", "SELECT name FROM documents WHERE id = '\xff'",
	} {
		if err := g.Check("tenant_acme", sql); !errors.Is(err, guard.ErrDenied) {
			t.Errorf("%q: got %v", sql, err)
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	g := mustNew(t, guard.Policy{})
	long := strings.Repeat("x", 60_000)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 200 {
				for _, sql := range []string{
					fmt.Sprintf("SELECT a%d_%d FROM t", w, i), fmt.Sprintf("SELECT a%d_%d AS \"%s\" FROM t", w, i, long),
				} {
					if err := g.Check("tenant_acme", sql); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if got := g.CacheWeight(); got == 0 || got > guard.MaxCacheWeight {
		t.Errorf("the cache holds %d bytes, the most is %d", got, guard.MaxCacheWeight)
	}
	huge := "SELECT '" + strings.Repeat("x", 1<<20) + "'"
	if err := g.Check("tenant_acme", huge); err != nil {
		t.Fatal(err)
	}
	if exact, alike := g.Remembered("tenant_acme", huge); exact || alike {
		t.Error("a text of 1 MB is remembered")
	}
}

// What the cache keeps takes the memory that its bound says, not the memory of the texts that it was made from.
func TestCacheKeepsNoLongTexts(t *testing.T) {
	g := mustNew(t, guard.Policy{})
	long := strings.Repeat("x", 60_000)
	before := heap()
	for i := range 2000 {
		if err := g.Check("tenant_acme", fmt.Sprintf("SELECT '%s' AS a%d", long, i)); err != nil {
			t.Fatal(err)
		}
	}
	g.CacheWeight() // drops what is over the bound
	if got := heap() - before; got > 2*guard.MaxCacheWeight {
		t.Errorf("the heap grew by %d bytes, the cache may hold %d", got, guard.MaxCacheWeight)
	}
	runtime.KeepAlive(g)
}

// heap returns the bytes in use, in whole collections.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// The policy's limit holds for texts whose shape is known, too.
func TestCacheKeepsLimits(t *testing.T) {
	g := mustNew(t, guard.Policy{Limits: guard.Limits{MaxBytes: 100}})
	if err := g.Check("tenant_acme", "SELECT 'x'"); err != nil {
		t.Fatal(err)
	}
	if err := g.Check("tenant_acme", "SELECT '"+strings.Repeat("x", 100)+"'"); !errors.Is(err, guard.ErrDenied) {
		t.Errorf("got %v", err)
	}
}

func TestCachedAllocatesNothing(t *testing.T) {
	g := mustNew(t, guard.Policy{})
	const sql = "SELECT id, name FROM documents WHERE basket_id = $1 LIMIT 20"
	if err := g.Check("tenant_acme", sql); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _ = g.Check("tenant_acme", sql) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
