package owned

import (
	"strconv"
	"testing"
	"time"
)

func rows(names ...string) (rows [][][]byte) { return aged(0, names...) }

// aged is an answer from a snapshot of that age.
func aged(age time.Duration, names ...string) [][][]byte {
	rows := [][][]byte{{strconv.AppendInt(nil, age.Microseconds(), 10)}}
	for _, n := range names {
		rows = append(rows, [][]byte{[]byte(n)})
	}
	return rows
}

// Nothing is known of a schema until the server was asked. What it said is known then, whatever else is learnt.
func TestHas(t *testing.T) {
	f := New(nil)
	if f.Has("tenant_acme", "who") || f.Has("tenant_acme", "") {
		t.Error("a function is known that nobody has learnt")
	}
	f.Learn("tenant_acme", rows("who", "what"))
	f.Learn("tenant_globex", rows())
	f.Learn("tenant_initech", rows("what", "who"))
	for _, tt := range []struct {
		schema, name string
		want         bool
	}{
		{"tenant_acme", "who", true}, {"tenant_acme", "what", true}, {"tenant_acme", "Who", false},
		{"tenant_acme", "what\x00who", false}, {"tenant_globex", "who", false}, {"tenant_initech", "who", true},
	} {
		if got := f.Has(tt.schema, tt.name); got != tt.want {
			t.Errorf("%s has %q: %t, want %t", tt.schema, tt.name, got, tt.want)
		}
	}
	f.Learn("tenant_acme", rows("what")) // who was dropped
	if f.Has("tenant_acme", "who") || !f.Has("tenant_initech", "who") {
		t.Error("a dropped function is known still, or another tenant has lost its own")
	}
}

// The server is asked again about unknown names after a second, and about known ones after ten minutes.
func TestAge(t *testing.T) {
	now := time.Now()
	f := New(nil)
	f.now = func() time.Time { return now }
	if !f.Due("tenant_acme") || !f.Expired("tenant_acme") {
		t.Error("nobody would ask about a schema of which nothing is known")
	}
	f.Learn("tenant_acme", rows("who"))
	for _, tt := range []struct {
		age          time.Duration
		due, expired bool
	}{
		{0, false, false}, {again - 1, false, false}, {again, true, false}, {trusted - 1, true, false}, {trusted, true, true},
	} {
		f.now = func() time.Time { return now.Add(tt.age) }
		if due, expired := f.Due("tenant_acme"), f.Expired("tenant_acme"); due != tt.due || expired != tt.expired {
			t.Errorf("after %s: due %t, expired %t, want %t, %t", tt.age, due, expired, tt.due, tt.expired)
		}
		if !f.Has("tenant_acme", "who") {
			t.Errorf("after %s a statement under way would lose its function", tt.age)
		}
	}
}

// Tenants of one DDL share what is remembered.
func TestSetsAreShared(t *testing.T) {
	f := New(nil)
	f.Learn("tenant_acme", rows("a", "b"))
	f.Learn("tenant_globex", rows("b", "a"))
	sets := 0
	f.sets.Range(func(any, any) bool { sets++; return true })
	if sets != 1 {
		t.Errorf("%d sets for two tenants with the same functions, want 1", sets)
	}
}

// A transaction that began before what is known was learnt takes nothing back, and is not asked each time.
func TestOldSnapshots(t *testing.T) {
	now := time.Now()
	f := New(nil)
	f.now = func() time.Time { return now }
	f.Learn("tenant_acme", aged(time.Hour, "who"))
	if !f.Has("tenant_acme", "who") || f.Due("tenant_acme") || f.Expired("tenant_acme") {
		t.Error("the first answer does not count")
	}
	now = now.Add(again)
	if !f.Expired("tenant_acme") {
		t.Error("an hour's old answer is trusted")
	}
	f.Learn("tenant_acme", rows("what")) // who has got an overload elsewhere
	now = now.Add(again)
	f.Learn("tenant_acme", aged(time.Hour, "who"))
	if f.Has("tenant_acme", "who") || !f.Has("tenant_acme", "what") || f.Due("tenant_acme") {
		t.Error("an older answer has replaced a newer one")
	}
}
