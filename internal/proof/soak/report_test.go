package soak

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// The contracts.
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

	mu         sync.Mutex
	violations map[string]int // by contract; guarded by mu
	outcomes   map[string]int // what callers got, by handle; guarded by mu
}

const logged = 20 // of each contract

func (r *report) violated(contract, format string, args ...any) {
	r.mu.Lock()
	r.violations[contract]++
	n := r.violations[contract]
	r.mu.Unlock()
	if n <= logged {
		r.log("%s: %s", contract, fmt.Sprintf(format, args...))
	}
}

func (r *report) count(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes[what]++
}

func (r *report) times(contract string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.violations[contract]
}

// table lists the outcomes.
func (r *report) table() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(r.outcomes)) {
		fmt.Fprintf(&b, "\n%8d  %s", r.outcomes[what], what)
	}
	return b.String()
}
