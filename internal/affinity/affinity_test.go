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

// shells returns n of them, idle, each with a session that has served the tenant of the same place.
func shells(x *Index[int], tenants ...string) (all []*Shell[int]) {
	for i, tenant := range tenants {
		s := x.Join(i + 1)
		s.Release(tenant, 100)
		all = append(all, s)
	}
	return all
}

func want(t *testing.T, s *Shell[int], tenant string, most int, how How, session int) {
	t.Helper()
	if got := s.Take(context.Background(), tenant, most); got != how {
		t.Errorf("%q: %v, want %v", tenant, got, how)
	}
	if got := s.Session(); got != session {
		t.Errorf("%q: session %d, want %d", tenant, got, session)
	}
}

// A checkout gets the session that has served its tenant, wherever it is; a new tenant the one with the fewest.
func TestTake(t *testing.T) {
	x := New[int](time.Microsecond)
	s := shells(x, "a", "b")
	want(t, s[0], "b", 9, Swapped, 2)
	s[0].Release("b", 9)
	want(t, s[0], "b", 9, Own, 2)
	s[0].Release("c", 9)
	want(t, s[0], "", 9, Own, 2)
	s[0].Release("", 9)
	want(t, s[0], "d", 9, Cold, 1) // of which b and c are the other's
	want(t, s[1], "d", 9, InVain, 2)
	s[1].Release("d", 9)
	want(t, s[1], "e", 3, Full, 2)
	if got, want := x.Counts(), (Counts{Own: 2, Swapped: 1, Cold: 1, InVain: 1, Full: 1}); got != want {
		t.Errorf("counted %v, want %v", got, want)
	}
}

// A session that becomes idle goes to who waits for it, and the waiter's to whom it came from.
func TestHandOver(t *testing.T) {
	x := New[int](time.Hour)
	s := shells(x, "a", "b")
	want(t, s[0], "a", 9, Own, 1)
	took := make(chan How)
	go func() { took <- s[1].Take(context.Background(), "a", 9) }()
	for waits := false; !waits; runtime.Gosched() {
		x.mu.Lock()
		waits = len(x.waiting) > 0
		x.mu.Unlock()
	}
	s[0].Release("a", 9)
	if how := <-took; how != Waited || s[1].Session() != 1 {
		t.Errorf("%v, session %d", how, s[1].Session())
	}
	want(t, s[0], "b", 9, Own, 2)
}

// A tenant that the server has refused leaves no trace, however many there are.
func TestRefusedTenants(t *testing.T) {
	x := New[int](time.Microsecond)
	s := shells(x, "a")[0]
	for i := range 10 {
		want(t, s, fmt.Sprint("nobody", i), 3, Cold, 1)
		s.Release("", 3)
	}
	if len(x.homes) != 1 || len(s.member.tenants) != 1 {
		t.Errorf("%d homes, %d tenants", len(x.homes), len(s.member.tenants))
	}
}

// A session with ties stays with its shell, and is closed when it has served as many as it may.
func TestTied(t *testing.T) {
	x := New[int](time.Microsecond)
	s := shells(x, "a", "b")
	want(t, s[0], "a", 9, Own, 1)
	s[0].Tie()
	if !s[0].Release("a", 2) {
		t.Error("closed with one of two tenants")
	}
	want(t, s[1], "a", 9, Cold, 2) // it cannot have the other one
	s[1].Release("a", 9)
	want(t, s[0], "b", 9, Own, 1)
	if s[0].Release("b", 2) {
		t.Error("not closed with two of two tenants")
	}
	s[0].Untie()
	if !s[0].Release("b", 2) {
		t.Error("closed though it may be traded")
	}
}

// With an idle shell the oldest idle session goes, with one that is checked out its own.
func TestLeave(t *testing.T) {
	x := New[int](time.Microsecond)
	s := shells(x, "a", "b", "c")
	if got := s[2].Leave(); got != 1 {
		t.Errorf("session %d was closed, the oldest is 1", got)
	}
	want(t, s[0], "c", 9, Own, 3)
	if got := s[0].Leave(); got != 3 {
		t.Errorf("session %d was closed, 3 was in use", got)
	}
}

// No session is in the hands of two at once.
func TestOneUser(t *testing.T) {
	x := New[*sync.Mutex](50 * time.Microsecond)
	var work sync.WaitGroup
	for n := range 8 {
		work.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 1))
			s := x.Join(new(sync.Mutex))
			s.Release("", 20)
			for range 3000 {
				tenant := names[r.IntN(len(names))]
				how := s.Take(context.Background(), tenant, 20)
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
				if how == Full || r.IntN(100) == 0 {
					s.Leave()
					s = x.Join(new(sync.Mutex))
				} else if !s.Release(tenant, 20) {
					s.Leave()
					s = x.Join(new(sync.Mutex))
				}
			}
		})
	}
	work.Wait()
}
