package driver_test

import (
	"maps"
	"slices"
	"testing"
)

// ddlLanes are the set-ups in which a table may change under a statement.
var ddlLanes = []lane{
	direct, described, direct.inMode("exec"), onePrepared,
	pinned, pinned.inMode("cache_describe"), pooled, pooled.inMode("cache_describe"),
}

var described = direct.inMode("cache_describe")

// onePrepared is where each statement drives another one out. Docex describes what it does not prepare. So acme may see
// there what it sees with pgx in cache_describe, or be right sooner.
var onePrepared = lane{
	name:  "direct, statement_cache_capacity=1",
	docex: []string{"statement_cache_capacity", "1"}, pgx: []string{"statement_cache_capacity", "1"},
}

// contender is one connection whose tenants run a statement before and after acme's table has changed.
type contender struct {
	handle
	lane
	renewed bool                // it opens another connection when the table has changed
	own     bool                // it is acme's alone: pgx's
	before  map[string]string   // what everybody saw before, by doing
	seen    map[string][]string // what acme saw afterwards, by doing
}

// warm runs the statement until it is prepared or described. Tenants see the same.
func (c *contender) warm(t *testing.T, q call) {
	c.before, c.seen = map[string]string{}, map[string][]string{}
	for _, d := range doings {
		for range 2 {
			for _, tenant := range c.tenants() {
				seen := d.run(as(tenant), c.handle, d.of(q))
				if before, ok := c.before[d.name]; ok && before != seen {
					t.Errorf("before, %s: %s sees %s, the one before %s", d.name, tenant, seen, before)
				}
				c.before[d.name] = seen
			}
		}
	}
}

func (c *contender) tenants() []string {
	if c.own {
		return []string{"acme"}
	}
	return []string{"globex", "acme"}
}

// try runs the statement three times. Nothing has changed for globex.
func (c *contender) try(t *testing.T, q call) {
	if c.renewed {
		c.reconnect()
	}
	for _, d := range slices.Backward(doings) { // the last to be warm is the one that a cache of one statement holds
		for range 3 {
			for _, tenant := range c.tenants() {
				seen := d.run(as(tenant), c.handle, d.of(q))
				switch {
				case tenant == "acme":
					c.seen[d.name] = append(c.seen[d.name], seen)
				case seen != c.before[d.name]:
					t.Errorf("%s, %s: globex sees %s, and %s before acme's change", c, d.name, seen, c.before[d.name])
				}
			}
		}
	}
}

func (c *contender) String() string { return contenderOn(c.lane, c.renewed) }

// contenderOn is a contender's name.
func contenderOn(l lane, renewed bool) string {
	if renewed {
		return l.name + ", new connection"
	}
	return l.name + ", open connection"
}

// TestDDLChange: acme's table changes, globex's does not, and nobody tells the programs. On open connections and on new
// ones acme sees, try by try, what pgx sees there. Globex sees no difference.
func TestDDLChange(t *testing.T) {
	t.Parallel()
	w := newOwnValuesWorld(t, ddlOf(ddlChanges))
	behind := w.Pooler(t, "transaction", 2)
	for _, change := range ddlChanges {
		t.Run(change.name, func(t *testing.T) {
			pgxs, docexs := map[string]*contender{}, map[string]*contender{}
			for _, l := range ddlLanes {
				for _, renewed := range []bool{false, true} {
					name := contenderOn(l, renewed)
					pgxs[name] = &contender{handle: w.plain(t, "acme", l.pgx...), lane: l, renewed: renewed, own: true}
					docexs[name] = &contender{handle: w.docex(t, l, behind), lane: l, renewed: renewed}
				}
			}
			for name := range pgxs {
				pgxs[name].warm(t, change.call)
				docexs[name].warm(t, change.call)
			}
			w.change(t, change)
			for name := range pgxs {
				pgxs[name].try(t, change.call)
				docexs[name].try(t, change.call)
			}
			for name, docex := range docexs {
				like := []*contender{pgxs[name]}
				if docex.name == onePrepared.name {
					sooner := pgxs[contenderOn(onePrepared, true)]
					like = append(like, pgxs[contenderOn(described, docex.renewed)], sooner)
				}
				docex.wantLike(t, like)
			}
			if !slices.ContainsFunc(slices.Collect(maps.Values(pgxs)), (*contender).noticed) {
				t.Error("pgx notices nothing of the change: this test cannot fail")
			}
		})
	}
}

// wantLike fails the test unless acme sees, each time, what it sees with one of pgx's.
func (c *contender) wantLike(t *testing.T, pgxs []*contender) {
	t.Helper()
	for _, d := range doings {
		pgx := pgxs[0]
		if got, want := c.before[d.name], pgx.before[d.name]; got != want {
			t.Errorf("%s, %s: before the change acme sees %s, with pgx %s", c, d.name, got, want)
		}
		for i, seen := range c.seen[d.name] {
			if !slices.ContainsFunc(pgxs, func(p *contender) bool { return p.seen[d.name][i] == seen }) {
				t.Errorf("%s, %s: acme sees %q, with pgx %q", c, d.name, c.seen[d.name], pgx.seen[d.name])
				break
			}
		}
	}
}

// noticed reports whether acme ever sees something else than before the change.
func (c *contender) noticed() bool {
	for _, d := range doings {
		if slices.ContainsFunc(c.seen[d.name], func(seen string) bool { return seen != c.before[d.name] }) {
			return true
		}
	}
	return false
}
