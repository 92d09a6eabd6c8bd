package soak

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// The contracts, as they are broken.
const (
	foreignRead  = "a row of another tenant was read"
	foreignWrite = "a row is where it does not belong"
	wrongSum     = "a sum does not hold"
	wrongUser    = "a trigger saw another user"
	lost         = "what was reported as done is not there"
	ghost        = "what was reported as not done is there"
	twice        = "something was done twice or in part"
	unexplained  = "an error that nothing explains"
	misread      = "an error that says something else than what happened"
	notRevoked   = "a tenant that is suspended or dropped was served"
	broken       = "an operation did not do what it promises"
	left         = "something was left behind"
)

// report is what was found. Safe for concurrent use.
type report struct {
	log func(format string, args ...any) // of each violation

	mu     sync.Mutex
	counts map[string]int // of violations by contract, and of what callers got; guarded by mu
}

func (r *report) count(what string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[what]++
	return r.counts[what]
}

func (r *report) violated(contract, format string, args ...any) {
	const logged = 20 // of each contract
	if r.count(contract) <= logged {
		r.log("%s: %s", contract, fmt.Sprintf(format, args...))
	}
}

func (r *report) expect(ok bool, contract, format string, args ...any) {
	if !ok {
		r.violated(contract, format, args...)
	}
}

func (r *report) times(what string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[what]
}

// table lists the counts.
func (r *report) table() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(r.counts)) {
		fmt.Fprintf(&b, "\n%8d  %s", r.counts[what], what)
	}
	return b.String()
}
