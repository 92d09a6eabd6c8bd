package affinity

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"
)

// always is a wait.
func always(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

// shells returns n of them, idle, each with a session that has served the tenant of the same place.
func shells(x *Index[int], tenants ...string) (all []*Shell[int]) {
	for i, tenant := range tenants {
		s := x.Join(i + 1)
		s.Release(tenant, 100, 0)
		all = append(all, s)
	}
	return all
}

func want(t *testing.T, s *Shell[int], tenant string, how How, session int) {
	t.Helper()
	if got := s.Take(context.Background(), tenant); got != how {
		t.Errorf("%q: %v, want %v", tenant, got, how)
	}
	if got := s.Session(); got != session {
		t.Errorf("%q: session %d, want %d", tenant, got, session)
	}
}

// A checkout gets the session that has served its tenant, wherever it is; a new tenant the one with the fewest.
func TestTake(t *testing.T) {
	x := New[int](always(time.Microsecond))
	s := shells(x, "a", "b")
	want(t, s[0], "b", Swapped, 2)
	s[0].Release("b", 9, 0)
	want(t, s[0], "b", Own, 2)
	s[0].Release("c", 9, 0)
	want(t, s[0], "", Own, 2)
	s[0].Release("", 9, 0)
	want(t, s[0], "d", Cold, 1) // of which b and c are the other's
	want(t, s[1], "d", InVain, 2)
	if got, want := x.Counts(), (Counts{Own: 2, Swapped: 1, Cold: 1, InVain: 1}); got != want {
		t.Errorf("counted %v, want %v", got, want)
	}
}

// A session that becomes idle goes to who waits for it, and the waiter's to whom it came from.
func TestHandOver(t *testing.T) {
	x := New[int](always(time.Hour))
	s := shells(x, "a", "b")
	want(t, s[0], "a", Own, 1)
	took := make(chan How)
	go func() { took <- s[1].Take(context.Background(), "a") }()
	for waits := false; !waits; runtime.Gosched() {
		x.mu.Lock()
		waits = len(x.waiting) > 0
		x.mu.Unlock()
	}
	s[0].Release("a", 9, 0)
	if how := <-took; how != Waited || s[1].Session() != 1 {
		t.Errorf("%v, session %d", how, s[1].Session())
	}
	want(t, s[0], "b", Own, 2)
}

// A tenant that the server has refused leaves no trace, however many there are.
func TestRefusedTenants(t *testing.T) {
	x := New[int](always(time.Microsecond))
	s := shells(x, "a")[0]
	for i := range 10 {
		want(t, s, fmt.Sprint("nobody", i), Cold, 1)
		s.Release("", 3, 0)
	}
	if len(x.homes) != 1 || len(s.member.tenants) != 1 {
		t.Errorf("%d homes, %d tenants", len(x.homes), len(s.member.tenants))
	}
}

// A session with ties stays with its shell.
func TestTied(t *testing.T) {
	x := New[int](always(time.Microsecond))
	s := shells(x, "a", "b")
	want(t, s[0], "a", Own, 1)
	s[0].Tie()
	s[0].Release("a", 9, 0)
	want(t, s[1], "a", Cold, 2) // it cannot have the other one
	s[1].Release("a", 9, 0)
	want(t, s[0], "b", Own, 1)
	s[0].Untie()
	s[0].Release("b", 9, 0)
	want(t, s[1], "b", Swapped, 1) // which has served it last
}

// One session at a time is to be closed because it has served as many tenants as it may: the others have as many but
// one.
func TestFull(t *testing.T) {
	x := New[int](always(time.Microsecond))
	s := shells(x, "a", "b", "c")
	var closed []int
	for i := range 20 {
		shell, tenant := s[i%3], fmt.Sprint("new", i)
		shell.Take(context.Background(), tenant)
		if session := shell.Session(); !shell.Release(tenant, 4, 0) {
			closed = append(closed, session)
			shell.Leave()
			s[i%3] = x.Join(10 + i)
			s[i%3].Release("", 4, 0)
		}
	}
	if len(closed) != 4 {
		t.Errorf("closed %v for 23 tenants of 4 each", closed)
	}
}

// With an idle shell the oldest idle session goes, with one that is checked out its own.
func TestLeave(t *testing.T) {
	x := New[int](always(time.Microsecond))
	s := shells(x, "a", "b", "c")
	if got := s[2].Leave(); got != 1 {
		t.Errorf("session %d was closed, the oldest is 1", got)
	}
	want(t, s[0], "c", Own, 3)
	if got := s[0].Leave(); got != 3 {
		t.Errorf("session %d was closed, 3 was in use", got)
	}
}

// No session is in the hands of two at once.
func TestOneUser(t *testing.T) {
	x := New[*sync.Mutex](always(50 * time.Microsecond))
	var work sync.WaitGroup
	for n := range 8 {
		work.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 1))
			s := x.Join(new(sync.Mutex))
			s.Release("", 20, 0)
			for range 3000 {
				tenant := names[r.IntN(len(names))]
				s.Take(context.Background(), tenant)
				session := s.Session()
				if !session.TryLock() {
					t.Error("a session is in use twice")
					return
				}
				if r.IntN(50) == 0 {
					s.Tie()
					defer s.Untie()
				}
				runtime.Gosched()
				session.Unlock()
				if r.IntN(100) == 0 || !s.Release(tenant, 6, 0) {
					s.Leave()
					s = x.Join(new(sync.Mutex))
				}
			}
		})
	}
	work.Wait()
}

// A session that is at work whenever its shell is closed does not live for ever.
func TestOldAndBusy(t *testing.T) {
	x := New[int](always(time.Hour))
	s := shells(x, "a", "b")
	old, other := s[0], s[1]
	want(t, old, "a", Own, 1)
	took := make(chan How)
	go func() { took <- other.Take(context.Background(), "a") }()
	for waits := false; !waits; runtime.Gosched() {
		x.mu.Lock()
		waits = len(x.waiting) > 0
		x.mu.Unlock()
	}
	old.Release("a", 9, 0) // handed over, while the pool closes the shell
	<-took
	if got := old.Leave(); got != 2 {
		t.Errorf("session %d was closed, 2 was idle", got)
	}
	next := x.Join(3)
	next.Release("b", 9, 0)
	other.Release("a", 9, 0)
	want(t, next, "a", Cold, 3) // the old one is not given away any more
	if got := other.Leave(); got != 1 {
		t.Errorf("session %d was closed, the shell has 1", got)
	}
}

// All sessions together serve no more than a total. Each may serve its share.
func TestTotal(t *testing.T) {
	const total = 4
	x := New[int](always(time.Microsecond))
	s := shells(x, "a", "b")
	for _, tt := range []struct {
		shell  *Shell[int]
		tenant string
		want   bool
	}{{s[0], "a", true}, {s[1], "b", true}, {s[0], "c", false}} {
		tt.shell.Take(context.Background(), tt.tenant)
		if got := tt.shell.Release(tt.tenant, 100, total); got != tt.want {
			t.Errorf("%q: goes on: %t, want %t", tt.tenant, got, tt.want)
		}
	}
	s[0].Leave()
	s[1].Take(context.Background(), "d")
	if !s[1].Release("d", 100, total) {
		t.Error("the share of the one that is left is the total")
	}
}
