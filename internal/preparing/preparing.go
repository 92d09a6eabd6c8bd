// Package preparing decides which texts a connection of pgx's prepares in mode cache_statement. The others are
// described, which costs the server no memory. [Choice] is the entry point.
//
// pgx's own cache would take each text in and throw out the oldest, so a program that goes round more texts than it
// holds would find none of them. Here a text takes the place of the oldest only when it was used since the oldest was.
//
// Promise: a text that [Choice.Takes] takes is in pgx's cache, or takes the place there that it has here.
package preparing

import (
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/jackc/pgx/v5"
)

// Choice is what one connection prepares. It is for one goroutine at a time.
type Choice struct {
	Capacity  int                            // texts that pgx prepares
	Describes bool                           // pgx keeps descriptions
	prepared  *simplelru.LRU[string, uint64] // texts that pgx has prepared, and when they were used last; nil: all are
	others    *simplelru.LRU[string, uint64]
	now       uint64
}

// New follows the capacities of pgx's caches. Without descriptions there is nothing to choose.
func New(c *pgx.ConnConfig) *Choice {
	p := &Choice{Capacity: c.StatementCacheCapacity, Describes: c.DescriptionCacheCapacity > 0}
	if p.Capacity > 0 && p.Describes {
		p.prepared, _ = simplelru.NewLRU[string, uint64](c.StatementCacheCapacity, nil) // fails for capacities below 1 only
		p.others, _ = simplelru.NewLRU[string, uint64](c.DescriptionCacheCapacity, nil)
	}
	return p
}

// Takes reports whether a text that is about to be used is prepared.
func (p *Choice) Takes(text string) bool {
	if p.prepared == nil {
		return true
	}
	p.now++
	if !p.prepared.Contains(text) && p.prepared.Len() == p.Capacity {
		last, seen := p.others.Peek(text)
		if _, oldest, _ := p.prepared.GetOldest(); !seen || last <= oldest {
			p.others.Add(text, p.now)
			return false
		}
		p.others.Remove(text)
	}
	p.prepared.Add(text, p.now)
	return true
}

// Needed returns how many statements some number of tenants need, each as many as those did that have used the
// connection. It is 0 where those need more than fit: then nobody knows how many.
func (p *Choice) Needed(tenants, some int) int {
	if p.prepared == nil || p.prepared.Len() == p.Capacity {
		return 0
	}
	return p.prepared.Len() * some / tenants
}
