// Package gauge works out how many tenants fit into the memory of a server session. [Gauge] is the entry point.
//
// A backend keeps catalog caches for every tenant that it has served, and never gives them up. How much that is depends
// on the tenants' DDL and on what is asked of them, so it is measured: the slope between two counts of tenants, and
// what the backend takes in all, tell how many fit into the budget.
package gauge

// first is how many tenants a session has served when it is first measured. Each later measurement comes at twice as
// many.
const first = 20

// Gauge is what is known of one session. Its zero value knows nothing. It is for one goroutine at a time.
type Gauge struct {
	tenants int // at its first measurement
	used    int64
	next    int // tenants at the next one
}

// Due reports, once for each count, whether a session that has served so many tenants is to be measured.
func (g *Gauge) Due(tenants int) bool {
	due := tenants >= max(g.next, first)
	if due {
		g.next = 2 * tenants
	}
	return due
}

// Most takes a measurement, in bytes, and returns how many tenants fit into a budget. What contexts use grows evenly.
// What they take in total grows in steps, so it is no measure for the slope. known is false as long as there is no
// slope.
func (g *Gauge) Most(tenants int, used, total, budget int64) (most int, known bool) {
	if g.tenants == 0 {
		g.tenants, g.used = tenants, used
		return 0, false
	}
	slope := (used - g.used) / int64(max(tenants-g.tenants, 1))
	if slope <= 0 {
		return 0, false
	}
	return max(tenants+int((budget-total)/slope), first), true
}
