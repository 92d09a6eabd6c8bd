package affinity

import (
	"context"
	"slices"
	"time"
)

// await waits until a session that has served the tenant comes. Meanwhile the shell's own may be traded. The caller
// holds the lock, which is released while it waits.
func (s *Shell[S]) await(ctx context.Context, tenant string) How {
	x := s.index
	s.wants, s.until = tenant, time.Now().Add(x.wait())
	x.waiting = append(x.waiting, s)
	if !x.expires {
		x.expires = true
		go x.expire()
	}
	x.mu.Unlock()
	got := false
	select {
	case got = <-s.woken:
		x.mu.Lock()
	case <-ctx.Done():
		x.mu.Lock()
		if s.wants != "" {
			x.stopWaiting(s)
		} else {
			got = <-s.woken // it has come at the last moment
		}
	}
	if got {
		return Waited
	}
	return s.look(tenant)
}

// expire ends the waits that have lasted too long. A timer for each wait would cost more than most waits: it wakes the
// runtime's network poller. The goroutine ends when nobody has waited for a while.
func (x *Index[S]) expire() {
	tick := time.NewTicker(x.wait() / 2)
	defer tick.Stop()
	for unused := 0; unused < lingers; unused++ {
		now := <-tick.C
		x.mu.Lock()
		if len(x.waiting) > 0 {
			unused = 0
		}
		for _, s := range slices.Clone(x.waiting) {
			if now.After(s.until) {
				x.endWait(s, false)
			}
		}
		x.mu.Unlock()
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.expires = len(x.waiting) > 0; x.expires {
		go x.expire()
	}
}

// lingers is for how many ticks without a wait the goroutine stays.
const lingers = 100

// offer hands an idle session to the first who waits for one of its tenants.
func (x *Index[S]) offer(m *member[S]) {
	if !m.idle || m.ties > 0 {
		return
	}
	for _, w := range x.waiting {
		if m.serves(w.wants) {
			trade(w, m)
			m.idle = false
			x.endWait(w, true)
			return
		}
	}
}

func (x *Index[S]) endWait(s *Shell[S], got bool) {
	x.stopWaiting(s)
	s.woken <- got
}

func (x *Index[S]) stopWaiting(s *Shell[S]) {
	s.wants = ""
	x.waiting = slices.DeleteFunc(x.waiting, func(o *Shell[S]) bool { return o == s })
}
