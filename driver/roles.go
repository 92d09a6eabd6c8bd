package driver

import "sync"

// roles remembers the role that the pin function has named for each tenant, for the connections of one connector. An
// entry is only where to knock: whether the door opens is decided by the server at each pin. It holds no more entries
// than there are tenants. Safe for concurrent use; the zero value is empty.
type roles struct{ m sync.Map }

func (r *roles) of(tenant string) (string, bool) {
	v, ok := r.m.Load(tenant)
	if !ok {
		return "", false
	}
	return v.(string), true
}

func (r *roles) learn(tenant, role string) { r.m.Store(tenant, role) }

func (r *roles) forget(tenant string) { r.m.Delete(tenant) }

// noRole is what the pin function names for a tenant without a role of its own. Taking it on decides nothing.
const noRole = "none"
