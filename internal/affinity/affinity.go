// Package affinity brings a checkout of a pool to the session that has served its tenant before. The pool's connections
// are shells. Each shell has exactly one session at any time, and idle shells trade theirs. It knows nothing of
// PostgreSQL or database/sql, and sends nothing.
package affinity

import (
	"context"
	"slices"
	"sync"
	"time"
)

// DefaultWait is how long a checkout waits for a session that has served its tenant and is at work.
const DefaultWait = 2 * time.Millisecond

// Index knows which session has served whom. Safe for concurrent use. It holds its lock for no longer than it takes to
// look something up.
type Index[S any] struct {
	wait func() time.Duration

	mu      sync.Mutex
	members map[*member[S]]struct{}
	homes   map[string][]*member[S] // the sessions that have served a tenant and may be traded
	waiting []*Shell[S]             // in the order in which they came
	expires bool                    // a goroutine ends waits
	joined  uint64
	counts  Counts
}

// member is a session. Its fields are guarded by the index's lock.
type member[S any] struct {
	session S
	shell   *Shell[S]
	tenants map[string]struct{} // that it has served
	age     uint64              // later ones have higher numbers
	idle    bool
	ties    int    // to its shell: it is traded only where there are none
	last    string // the tenant that it has served last
}

// Shell is one connection of a pool. Like that it is for one goroutine at a time, except for what the index does with
// it while it is idle.
type Shell[S any] struct {
	index *Index[S]
	held  *member[S] // while it is checked out; nobody else changes it then

	// Guarded by the index's lock:
	member *member[S]
	taken  string    // the tenant for which it was checked out, if the session had not served it before
	wants  string    // the tenant whose session it waits for; "" is none
	until  time.Time // when it waits no longer
	woken  chan bool // receives when the wait has ended: whether it has got the session
}

// How says how a checkout came to its session.
type How int

const (
	Own     How = iota // the shell's session has served the tenant, or may not be traded
	Swapped            // an idle shell had the tenant's session
	Waited             // a busy one, which has handed it over
	InVain             // a busy one, which did not become idle in time
	Cold               // no session has served the tenant
)

// Counts counts checkouts by how they came to their sessions.
type Counts [Cold + 1]uint64

// New returns an index for one pool. wait says how long a checkout waits. It may be called by many at once.
func New[S any](wait func() time.Duration) *Index[S] {
	return &Index[S]{wait: wait, members: make(map[*member[S]]struct{}), homes: make(map[string][]*member[S])}
}

// Counts returns the counts since the index was made.
func (x *Index[S]) Counts() Counts {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.counts
}

// Join returns a shell that is checked out with a new session.
func (x *Index[S]) Join(session S) *Shell[S] {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.joined++
	m := &member[S]{session: session, tenants: make(map[string]struct{}), age: x.joined}
	m.shell = &Shell[S]{index: x, held: m, member: m, woken: make(chan bool, 1)}
	x.members[m] = struct{}{}
	return m.shell
}

// Session returns the session of a shell that is checked out. Otherwise it checks it out first, without a wish.
func (s *Shell[S]) Session() S {
	if s.held == nil {
		s.Take(context.Background(), "")
	}
	return s.held.session
}

// Tenants returns how many tenants the session of a shell that is checked out has served.
func (s *Shell[S]) Tenants() int { return len(s.held.tenants) }

// Tie keeps the session, which is checked out, with its shell until [Shell.Untie] was called as often.
func (s *Shell[S]) Tie() {
	x := s.index
	x.mu.Lock()
	defer x.mu.Unlock()
	s.member.ties++
}

// Untie takes back one [Shell.Tie]. The shell may be idle.
func (s *Shell[S]) Untie() {
	x := s.index
	x.mu.Lock()
	defer x.mu.Unlock()
	s.member.ties--
	x.offer(s.member)
}

// Held reports whether the shell is checked out.
func (s *Shell[S]) Held() bool { return s.held != nil }

// Take checks the shell out for a tenant. "" is one that is not known. The shell gets a session that has served the
// tenant, if need be after a wait. Otherwise it gets the idle session that has served the fewest. After that
// [Shell.Session] is the same until [Shell.Release].
func (s *Shell[S]) Take(ctx context.Context, tenant string) How {
	x := s.index
	x.mu.Lock()
	defer x.mu.Unlock()
	how := s.look(tenant)
	if how == InVain {
		how = s.await(ctx, tenant)
	}
	if how == InVain || how == Cold {
		trade(s, x.emptiest(s))
		x.serve(s.member, tenant)
		s.taken = tenant
	}
	s.member.idle = false
	s.held = s.member
	x.counts[how]++
	return how
}

// look finds a session for a tenant without waiting. Here InVain means that all of them are at work.
func (s *Shell[S]) look(tenant string) How {
	if s.member.last == tenant || s.member.ties > 0 || tenant == "" {
		return Own
	}
	how := Cold
	var idle *member[S]
	if s.member.serves(tenant) {
		idle = s.member
	}
	for _, m := range s.index.homes[tenant] {
		switch {
		case m.ties > 0:
		case !m.idle:
			how = InVain
		case idle == nil || m.last == tenant:
			idle = m
		}
	}
	switch idle {
	case nil:
		return how
	case s.member:
		return Own
	}
	trade(s, idle)
	return Swapped
}

// Release makes the shell idle and hands its session to the first who waits for it. served is the tenant that it has
// served, "" for none. It reports false when the session has served as many as most, or its share of total, which is
// what all sessions may have served together, or 0 for any number. Then the shell is still checked out, and is to be
// closed. Since others take the tenants that come, until they have served nearly as many, one is closed at a time.
func (s *Shell[S]) Release(served string, most, total int) bool {
	x := s.index
	x.mu.Lock()
	defer x.mu.Unlock()
	if s.taken != "" && s.taken != served {
		delete(s.member.tenants, s.taken) // which the server has refused, and a program may ask for any number of them
		x.leaveHome(s.member, s.taken)
	}
	s.taken = ""
	if served != "" {
		x.serve(s.member, served)
		s.member.last = served
	}
	if n := len(s.member.tenants); n >= most || total > 0 && n*len(x.members) >= total {
		return false
	}
	s.held = nil
	s.member.idle = true
	x.offer(s.member)
	return true
}

// Leave takes the shell out of the index and returns the session to close with it: its own when it is checked out, and
// otherwise the oldest that is idle. A session that is older and at work stays with its shell from now on. So no
// session grows more than twice as old as a pool lets its connections grow.
func (s *Shell[S]) Leave() S {
	x := s.index
	x.mu.Lock()
	defer x.mu.Unlock()
	if s.member.idle && s.member.ties == 0 {
		idle, busy := s.member, s.member
		for m := range x.members {
			switch {
			case m.ties > 0:
			case m.idle && m.age < idle.age:
				idle = m
			case !m.idle && m.age < busy.age:
				busy = m
			}
		}
		if busy.age < idle.age {
			busy.ties++
		}
		trade(s, idle)
	}
	s.held = s.member
	s.member.idle = false
	delete(x.members, s.member)
	for tenant := range s.member.tenants {
		x.leaveHome(s.member, tenant)
	}
	return s.member.session
}

func (m *member[S]) serves(tenant string) bool {
	_, ok := m.tenants[tenant]
	return ok
}

// serve notes that a session serves a tenant.
func (x *Index[S]) serve(m *member[S], tenant string) {
	if m.serves(tenant) {
		return
	}
	m.tenants[tenant] = struct{}{}
	x.homes[tenant] = append(x.homes[tenant], m)
}

func (x *Index[S]) leaveHome(m *member[S], tenant string) {
	rest := slices.DeleteFunc(x.homes[tenant], func(o *member[S]) bool { return o == m })
	if x.homes[tenant] = rest; len(rest) == 0 {
		delete(x.homes, tenant)
	}
}

// emptiest returns the idle session that has served the fewest tenants, the shell's own if it is one.
func (x *Index[S]) emptiest(s *Shell[S]) *member[S] {
	least := s.member
	for m := range x.members {
		if m.idle && m.ties == 0 && len(m.tenants) < len(least.tenants) {
			least = m
		}
	}
	return least
}

// trade gives s the session m, and m's shell that of s. Both are idle, or one is about to be handed to who waits for
// it. So nobody waits for them: whoever does is served when they become idle.
func trade[S any](s *Shell[S], m *member[S]) {
	given, other := s.member, m.shell
	s.member, m.shell = m, s
	if other != s {
		other.member, given.shell = given, other
	}
}
