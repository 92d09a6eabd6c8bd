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
//
// Tracers write another comment into each text. So a shape is that of a text without its comments
// ([text.WithoutComments]). That text is a key, too: it is a statement, and its verdict is the same.
type verdicts struct {
	cache   *otter.Cache[string, *verdict]
	longest int // in bytes; a longer text is not looked for
}

// verdict is the memory of an allowed text.
type verdict struct {
	effects Effects
	schema  string   // the only tenant's schema it is allowed for, because it names that; "" when it names none
	own     []string // functions that the tenant must have of its own
	holds   bool     // for texts that differ from it in comments, too (sqlparse.ShapeHolds)
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
	cache, err := otter.New(&otter.Options[string, *verdict]{
		MaximumWeight: cacheBytes,
		Weigher: func(key string, _ *verdict) uint32 {
			return uint32(min(len(key)+cacheOverhead, math.MaxUint32))
		},
	})
	longest := cacheText
	if maxBytes > 0 {
		longest = min(longest, maxBytes)
	}
	return &verdicts{cache, longest}, err
}

// exact returns what is known of a text that was allowed before for this tenant, or nil.
func (v *verdicts) exact(g *Guard, tenant, sql string) *verdict {
	if sql != "" && sql[0] == 0 {
		return nil // it would be taken for a shape
	}
	return v.get(g, tenant, sql)
}

// alike returns what is known of a text that was allowed before and differs in comments and plain constants only, or
// nil.
func (v *verdicts) alike(g *Guard, tenant, sql string) *verdict {
	if len(sql) > v.longest {
		return nil
	}
	bare := text.WithoutComments(sql)
	if len(bare) < len(sql) {
		if found := v.get(g, tenant, bare); found != nil && found.holds {
			return found
		}
	}
	if shape, ok := text.Shape(bare); ok {
		return v.get(g, tenant, shape)
	}
	return nil
}

func (v *verdicts) get(g *Guard, tenant, key string) *verdict {
	found, ok := v.cache.GetIfPresent(key)
	if !ok || found.schema != "" && found.schema != tenant {
		return nil
	}
	for _, name := range found.own {
		if !g.owns(tenant, name) {
			return nil
		}
	}
	return found
}

// allow remembers an allowed text, and what others share with it: its shape, or the text without comments when it has
// no shape or a rule looked at a constant.
func (v *verdicts) allow(sql string, found verdict, constants bool) {
	if len(sql) > v.longest {
		return
	}
	bare := text.WithoutComments(sql)
	found.holds = sqlparse.ShapeHolds(bare)
	v.set(sql, &found)
	if !found.holds {
		return
	}
	if shape, ok := text.Shape(bare); ok && !constants {
		v.set(shape, &found)
	} else if len(bare) < len(sql) {
		v.set(bare, &found)
	}
}

// set keeps a copy of a key. The key may be the front of a buffer as long as its text, which no weight counts, and a
// text belongs to the caller.
func (v *verdicts) set(key string, found *verdict) { v.cache.Set(strings.Clone(key), found) }
