package driver_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
)

// ledger remembers what was written for whom. Each write is a row with a name of its own and, as its description, the
// tenant it is for. Safe for concurrent use.
type ledger struct {
	mu     sync.Mutex
	writes map[string]write // by name; guarded by mu
}

// write is what is known of a row.
type write struct {
	tenant  string
	outcome outcome
	detail  string // what happened, for messages
}

// outcome is how often a row may be there.
type outcome int

const (
	doubtful  outcome = iota // none or one: the commit may or may not have got through
	committed                // one
	undone                   // none
)

// newName returns a name for a row. All are of the same length.
func (l *ledger) newName() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writes == nil {
		l.writes = map[string]write{}
	}
	name := fmt.Sprintf("new-%08d", len(l.writes))
	l.writes[name] = write{outcome: undone, detail: "not even tried"}
	return name
}

func (l *ledger) note(name string, w write) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes[name] = w
}

// wantKept fails the test unless each tenant holds exactly its own rows, each as often as it may be there.
func (l *ledger) wantKept(t *testing.T, w *world) {
	t.Helper()
	found := map[string]int{}
	for _, tenant := range tenants {
		rows, err := w.admin.Query("SELECT name, description FROM tenant_" + tenant + ".docbasket WHERE name LIKE 'new-%'")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var name, owner string
			if err := rows.Scan(&name, &owner); err != nil {
				t.Fatal(err)
			}
			found[name]++
			if known := l.writes[name]; owner != tenant || known.tenant != tenant {
				t.Errorf("%s holds %s of %q, which was written for %q: %s", tenant, name, owner, known.tenant, known.detail)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	var counts [3]int
	wrong := 0
	for _, name := range slices.Sorted(maps.Keys(l.writes)) {
		known, n := l.writes[name], found[name]
		counts[known.outcome]++
		if n > 1 || known.outcome == committed && n != 1 || known.outcome == undone && n != 0 {
			if wrong++; wrong <= 20 {
				t.Errorf("%s: %d rows in %s: %s", name, n, known.tenant, known.detail)
			}
		}
	}
	if wrong > 20 {
		t.Errorf("and %d others", wrong-20)
	}
	t.Logf("%d writes committed, %d undone, %d in doubt", counts[committed], counts[undone], counts[doubtful])
}

// newFaultWorld is a world in which a row that is written twice is there twice.
func newFaultWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.admin.SetMaxIdleConns(-1) // pgx may keep a goroutine for an idle connection, and they are counted
	for _, tenant := range tenants {
		mustExec(t, w.admin, "ALTER TABLE tenant_"+tenant+".docbasket DROP CONSTRAINT docbasket_name_key")
	}
	return w
}
