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
	texts, of int                            // how many so many tenants needed, when all of them fitted
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

const (
	pgxCapacity = 512 // of pgx, unless it is told otherwise: enough for one tenant
	// most bounds what the program itself keeps for prepared statements, about 1 KB each.
	most = 4096
)

// Capacity returns how many statements pgx is to keep prepared on a connection that is made with c: as many as c says
// where it was given a number, and otherwise as many as the tenants need.
func Capacity(c *pgx.ConnConfig, given bool, needed int) int {
	if given || c.StatementCacheCapacity != pgxCapacity {
		return c.StatementCacheCapacity
	}
	return max(pgxCapacity, min(needed, most))
}

// Needed returns how many statements some number of tenants need, each as many as those did that have used the
// connection. It is asked from time to time, and goes by the last time when all of theirs fitted. It is 0 where they
// never did, where pgx's own number is enough, and where nothing is counted.
func (p *Choice) Needed(tenants, some int) int {
	if p.prepared != nil && p.prepared.Len() < p.Capacity {
		p.texts, p.of = p.prepared.Len(), tenants
	}
	if p.of == 0 || p.texts*some/p.of <= pgxCapacity {
		return 0
	}
	return p.texts * some / p.of
}
