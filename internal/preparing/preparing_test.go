package preparing

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"
)

func newChoice(prepared, described int) *Choice {
	return New(&pgx.ConnConfig{StatementCacheCapacity: prepared, DescriptionCacheCapacity: described})
}

// prepares counts how often pgx, which throws out the oldest of its cache, prepares while texts are used in turn.
type prepares struct {
	*Choice
	cache *simplelru.LRU[string, bool]
	count int
}

func newPrepares(prepared, described int) *prepares {
	cache, err := simplelru.NewLRU[string, bool](prepared, nil)
	if err != nil {
		panic(err) // a capacity below 1
	}
	return &prepares{Choice: newChoice(prepared, described), cache: cache}
}

// use reports whether the text is prepared.
func (p *prepares) use(sql string) bool {
	if !p.Takes(sql) {
		return false
	}
	if _, has := p.cache.Get(sql); !has {
		p.cache.Add(sql, true)
		p.count++
	}
	return true
}

func texts(from, to int) (all []string) {
	for i := from; i < to; i++ {
		all = append(all, strconv.Itoa(i))
	}
	return all
}

// A program that goes round more texts than fit keeps those prepared that came first, and prepares nothing again.
func TestGoingRoundMoreTextsThanFit(t *testing.T) {
	for _, n := range []int{9, 10, 16, 100} {
		p := newPrepares(8, 50)
		for range 20 {
			for _, sql := range texts(0, n) {
				p.use(sql)
			}
		}
		if p.count != 8 {
			t.Errorf("%d texts: prepared %d times, want 8", n, p.count)
		}
	}
}

// A text that was used again takes the place of the oldest, if that was not used in between.
func TestReturningText(t *testing.T) {
	p := newPrepares(2, 10)
	for i, step := range []struct {
		sql      string
		prepared bool
	}{
		{"a", true}, {"b", true},
		{"c", false}, // new
		{"a", true},  // the oldest is b now, which is older than c
		{"c", true},
		{"b", false}, // it was thrown out, and is like new
		{"a", true}, {"c", true},
		{"b", false}, // both were used since
		{"b", true},  // a was not
		{"c", true}, {"b", true},
		{"a", false},
	} {
		if got := p.use(step.sql); got != step.prepared {
			t.Errorf("step %d, %s: prepared %t", i, step.sql, got)
		}
	}
}

// A program that turns to other texts gets them prepared when they come for the third time at the latest.
func TestTurningToOtherTexts(t *testing.T) {
	p := newPrepares(8, 50)
	for round := range 6 {
		first := 8 * (round / 3)
		for _, sql := range texts(first, first+8) {
			if prepared := p.use(sql); !prepared && round%3 == 2 {
				t.Errorf("round %d: %s is not prepared", round, sql)
			}
		}
	}
}

// What is said to be prepared is what pgx has prepared, whatever is used.
func TestPreparationIsPgxs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPrepares(rapid.IntRange(1, 5).Draw(t, "statements"), rapid.IntRange(1, 5).Draw(t, "descriptions"))
		for _, n := range rapid.SliceOf(rapid.IntRange(0, 12)).Draw(t, "texts") {
			p.use(strconv.Itoa(n))
			if diff := cmp.Diff(p.cache.Keys(), p.prepared.Keys()); diff != "" {
				t.Fatalf("(-pgx +docex):\n%s", diff)
			}
		}
	})
}

// Without one of the two caches there is nothing to choose.
func TestPreparationWithoutCaches(t *testing.T) {
	for _, p := range []*Choice{newChoice(0, 0), newChoice(2, 0), newChoice(0, 2)} {
		for _, sql := range texts(0, 9) {
			if !p.Takes(sql) {
				t.Error("not prepared")
			}
		}
	}
}

// A number that was given stays. pgx's own is raised to what the tenants need, within bounds.
func TestCapacity(t *testing.T) {
	for _, tt := range []struct {
		set    int
		given  bool
		needed int
		want   int
	}{
		{512, false, 0, 512}, {512, false, 2000, 2000}, {512, false, 100_000, 4096}, {512, true, 2000, 512},
		{100, false, 2000, 100}, {0, false, 2000, 0}, {0, true, 2000, 0},
	} {
		if got := Capacity(&pgx.ConnConfig{StatementCacheCapacity: tt.set}, tt.given, tt.needed); got != tt.want {
			t.Errorf("%+v: %d", tt, got)
		}
	}
	c, err := pgx.ParseConfig("")
	if err != nil || c.StatementCacheCapacity != pgxCapacity {
		t.Errorf("pgx's own number is %d, %v", c.StatementCacheCapacity, err)
	}
}

// Each tenant needs as many as the tenants so far.
func TestNeeded(t *testing.T) {
	p := New(&pgx.ConnConfig{StatementCacheCapacity: 9, DescriptionCacheCapacity: 9})
	for _, sql := range texts(0, 8) {
		p.Takes(sql)
	}
	if got := p.Needed(4, 1000); got != 2000 {
		t.Errorf("two texts each: %d, want 2000", got)
	}
	for _, sql := range texts(8, 20) {
		p.Takes(sql)
	}
	if got := p.Needed(10, 1000); got != 2000 {
		t.Errorf("when they did not fit any more: %d, want 2000", got)
	}
	full := newChoice(4, 9)
	for _, sql := range texts(0, 20) {
		full.Takes(sql)
	}
	if got := full.Needed(4, 1000); got != 0 {
		t.Errorf("more texts than fit: %d, want 0", got)
	}
	if got := p.Needed(4, 100); got != 0 {
		t.Errorf("what pgx keeps anyway: %d, want 0", got)
	}
	none := New(&pgx.ConnConfig{StatementCacheCapacity: 9})
	if got := none.Needed(4, 1000); got != 0 {
		t.Errorf("nothing is counted: %d, want 0", got)
	}
}
