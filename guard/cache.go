package guard

import (
	"math"
	"strings"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/maypok86/otter/v2"
)

// verdicts remembers statements that were allowed, so that a text is parsed once and not each time. It is safe for
// concurrent use. Denials are not kept: they are rare, and an attacker could fill the cache with them.
//
// A key is the whole text of a statement, never a hash of it, or its shape ([text.Shape]), which is there only when no
// rule looked at a constant. The two never meet: a shape begins with a byte that no statement may hold.
type verdicts struct {
	cache   *otter.Cache[string, verdict]
	longest int // in bytes; a longer text is not looked for
}

// verdict is the memory of an allowed text.
type verdict struct {
	effects Effects
	schema  string   // the only tenant's schema it is allowed for, because it names that; "" when it names none
	own     []string // functions that the tenant must have of its own
}

const (
	// cacheBytes bounds the texts that are kept, with an allowance of cacheOverhead for each: at most about 32,000 short
	// statements.
	cacheBytes    = 8 << 20
	cacheOverhead = 256
	// cacheText is the longest text that is kept: one long statement would push out hundreds of short ones.
	cacheText = 64 << 10
)

// newVerdicts returns an empty cache. maxBytes is the policy's limit for a text, 0 when it has none of its own.
func newVerdicts(maxBytes int) (*verdicts, error) {
	cache, err := otter.New(&otter.Options[string, verdict]{
		MaximumWeight: cacheBytes,
		Weigher: func(key string, _ verdict) uint32 {
			return uint32(min(len(key)+cacheOverhead, math.MaxUint32))
		},
	})
	longest := cacheText
	if maxBytes > 0 {
		longest = min(longest, maxBytes)
	}
	return &verdicts{cache, longest}, err
}

// exact returns the effects of a text that was allowed before for this tenant.
func (v *verdicts) exact(g *Guard, tenant, sql string) (Effects, bool) {
	if sql != "" && sql[0] == 0 {
		return Effects{}, false // it would be taken for a shape
	}
	return v.get(g, tenant, sql)
}

// alike returns the effects of a text of which another one was allowed before that differs in plain constants only.
func (v *verdicts) alike(g *Guard, tenant, sql string) (Effects, bool) {
	if len(sql) > v.longest {
		return Effects{}, false
	}
	shape, ok := text.Shape(sql)
	if !ok {
		return Effects{}, false
	}
	return v.get(g, tenant, shape)
}

func (v *verdicts) get(g *Guard, tenant, key string) (Effects, bool) {
	found, ok := v.cache.GetIfPresent(key)
	if !ok || found.schema != "" && found.schema != tenant {
		return Effects{}, false
	}
	for _, name := range found.own {
		if !g.owns(tenant, name) {
			return Effects{}, false
		}
	}
	return found.effects, true
}

// allow remembers an allowed text, and its shape unless a rule looked at a constant.
func (v *verdicts) allow(sql string, found verdict, constants bool) {
	if len(sql) > v.longest {
		return
	}
	v.set(sql, found)
	if constants {
		return
	}
	if shape, ok := text.Shape(sql); ok && sqlparse.ShapeHolds(sql) {
		v.set(shape, found)
	}
}

// set keeps a copy of a key. A shape is the front of a buffer as long as its text, which no weight counts, and a text
// belongs to the caller.
func (v *verdicts) set(key string, found verdict) { v.cache.Set(strings.Clone(key), found) }
