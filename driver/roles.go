package driver

import (
	"strings"
	"sync"
)

// roles remembers what the pin function has said of each tenant, for the connections of one connector. An entry is only
// where to knock: whether the door opens is decided by the server at each pin. It holds no more entries than there are
// tenants. Safe for concurrent use; the zero value is empty.
type roles struct{ m sync.Map }

// answer is what the pin function says of a tenant.
type answer struct {
	role string
	// shape is a digest of what the tenant's schema looks like; tenants with the same one have the same tables. "" is not
	// known.
	shape string
}

// parseAnswer reads the column that [pinner.byFunction] selects. One that is not understood is no answer.
func parseAnswer(column string) (a answer, ok bool) {
	a.shape, a.role, ok = strings.Cut(column, " ")
	return a, ok && a.role != ""
}

func (r *roles) answer(tenant string) (answer, bool) {
	v, ok := r.m.Load(tenant)
	if !ok {
		return answer{}, false
	}
	return v.(answer), true
}

func (r *roles) of(tenant string) (string, bool) {
	a, ok := r.answer(tenant)
	return a.role, ok
}

// shape returns the tenant's, or "" while it is not known.
func (r *roles) shape(tenant string) string {
	a, _ := r.answer(tenant)
	return a.shape
}

func (r *roles) learn(tenant string, a answer) { r.m.Store(tenant, a) }

func (r *roles) forget(tenant string) { r.m.Delete(tenant) }

// noRole is what the pin function names for a tenant without a role of its own. Taking it on decides nothing.
const noRole = "none"
