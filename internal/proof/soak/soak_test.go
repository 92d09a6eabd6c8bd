package soak

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docex/docex/internal/testkit/pgproxy"
)

var (
	soakFor  = flag.Duration("soak", 0, "how long to go on; 0 is a number of operations that takes some seconds")
	soakSeed = flag.Uint64("seed", 1, "decides what is drawn")
	tenants  = flag.Int("tenants", 20, "at work at a time")
	conns    = flag.Int("conns", 6, "connections of each handle")
)

const (
	operated   = 2000 // operations, when no duration is given
	smallEvery = 25   // operations
	largeEvery = 150
)

// soak is one run.
type soak struct {
	*world
	ledger
	report
	t       *testing.T
	handles []*handle
	naive   bool

	ops     atomic.Int64
	more    func() bool // whether to go on
	small   chan struct{}
	large   chan struct{}
	pooling sync.Mutex // held by who restarts the pooler
}

func newSoak(t *testing.T, tenants int) *soak {
	s := &soak{world: newWorld(t, tenants), t: t, small: make(chan struct{}), large: make(chan struct{})}
	s.log, s.counts = t.Errorf, map[string]int{}
	s.more = func() bool { return s.ops.Load() < operated }
	return s
}

// Whatever breaks, no tenant reads or writes another's rows, and callers are told what happened.
func TestSoak(t *testing.T) {
	s := newSoak(t, *tenants)
	if *soakFor > 0 {
		end := time.Now().Add(*soakFor)
		if limit, ok := t.Deadline(); ok && limit.Before(end.Add(time.Minute)) {
			t.Fatal("give `go test` more time: -timeout 0")
		}
		s.more = func() bool { return time.Now().Before(end) }
	}
	v := variants[*soakSeed%uint64(len(variants))]
	t.Logf("seed %d: direct %q, pooled %q, PostgreSQL %d", *soakSeed, v.direct, v.pooled, s.server.Version())
	before, memory := runtime.NumGoroutine(), heap()
	t.Run("load", func(t *testing.T) { // the proxies and the pooler end with it
		s.handles = s.open(t, v.direct, v.pooled)
		s.run()
		s.recover()
		s.wantQuiet()
		s.auditAll()
		s.t.Logf("%d operations%s", s.ops.Load(), s.table())
		s.wantFlat(memory)
		for _, h := range s.handles {
			_ = errors.Join(h.stmt.Close(), h.db.Close()) // some connections were cut since they were used
		}
	})
	s.eventually("sessions of the application", "pg_stat_activity WHERE usename = $1", s.AppRole)
	s.wantLogClean()
	s.handles = nil
	s.wantGoroutines(before)
}

// The same operations with plain pgx and `SET search_path` at each checkout break isolation: what TestSoak looks for is
// found when it is there.
func TestNaiveHandleIsCaught(t *testing.T) {
	s := newSoak(t, 5)
	s.naive, s.log = true, t.Logf
	s.more = func() bool { return s.times(foreignRead) == 0 || s.ops.Load() < 500 }
	s.handles = s.openNaive(t)
	s.run()
	s.auditAll()
	for _, contract := range []string{foreignRead, foreignWrite, lost} {
		if s.times(contract) == 0 {
			t.Errorf("not found: %s", contract)
		}
	}
}

// run has everybody at work, until more says that it is enough.
func (s *soak) run() {
	var workers, faults sync.WaitGroup
	random := func(n int) *rand.Rand { return rand.New(rand.NewPCG(*soakSeed, uint64(n))) }
	busy := 2 * *conns // goroutines
	for g := range busy {
		workers.Go(func() { s.work(random(g)) })
	}
	if !s.naive {
		faults.Go(func() { s.breakConnections(random(busy), s.small) })
		faults.Go(func() { s.upset(random(busy+1), s.large) })
	}
	workers.Wait()
	close(s.small)
	close(s.large)
	faults.Wait()
}

func (s *soak) work(r *rand.Rand) {
	for s.more() {
		got := s.attempt(r)
		n := s.ops.Add(1)
		tick(s.small, n%smallEvery == 0)
		tick(s.large, n%largeEvery == 0)
		if got == "cannot connect" {
			time.Sleep(time.Millisecond) // or most of a run would be attempts while the server is down
		}
	}
}

// tick lets something go wrong, unless the last time is not over.
func tick(c chan struct{}, now bool) {
	if !now {
		return
	}
	select {
	case c <- struct{}{}:
	default:
	}
}

// attempt does one operation, and returns what came of it.
func (s *soak) attempt(r *rand.Rand) string {
	a := &attempt{soak: s, r: r, h: s.handles[r.IntN(len(s.handles))], user: []string{"ann", "bob"}[r.IntN(2)],
		op: s.begin()}
	a.tenant = s.slots[r.IntN(len(s.slots))].Load()
	if last := s.last.Load(); last != nil && r.IntN(8) == 0 {
		a.tenant = last
	}
	o := operations[r.IntN(len(operations))]
	for s.naive && !o.plain {
		o = operations[r.IntN(len(operations))]
	}
	ctx, end := ending(as(context.Background(), a.tenant.id, a.user), r)
	defer end()
	a.ctx = ctx
	state := a.tenant.state.Load()
	ph, err := o.run(a)
	return a.judge(o, state, ph, err)
}

// ending lets one context in four end at some moment. The others end when something hangs.
func ending(ctx context.Context, r *rand.Rand) (context.Context, context.CancelFunc) {
	soon := time.Duration(r.Int64N(int64(100 * time.Microsecond << r.IntN(10))))
	switch r.IntN(8) {
	case 0:
		return context.WithTimeout(ctx, soon)
	case 1:
		ctx, cancel := context.WithCancel(ctx)
		timer := time.AfterFunc(soon, cancel)
		return ctx, func() { timer.Stop(); cancel() }
	}
	return context.WithTimeoutCause(ctx, patience, errHangs)
}

var errHangs = fmt.Errorf("nothing happened for %v", patience)

// recover ends all faults and waits until both ways work again for every tenant.
func (s *soak) recover() {
	s.revivePooler()
	for i := range s.slots {
		if t := s.slots[i].Load(); t.status() == suspended {
			s.check(s.change(context.Background(), active, t))
		}
	}
	for _, h := range s.handles {
		for _, p := range h.proxies {
			p.CutAfter(pgproxy.ToServer, 0)() // takes back what was armed before
		}
		for i := range s.slots {
			s.wantServed(h, s.slots[i].Load())
		}
	}
}

func (s *soak) wantServed(h *handle, t *tenant) {
	a := &attempt{soak: s, h: h, tenant: t, ctx: as(context.Background(), t.id, "ann")}
	end := time.Now().Add(patience)
	for _, err := a.readSums(); err != nil; _, err = a.readSums() {
		if time.Now().After(end) {
			s.violated(broken, "%s: %s is not served after the faults: %v", h.name, t.id, err)
			return
		}
	}
}

func (s *soak) auditAll() {
	for i := range s.slots {
		s.check(s.audit(context.Background(), s.slots[i].Load()))
	}
}

// check ends the soak at an error of its own doing.
func (s *soak) check(err error) {
	if err != nil {
		panic(fmt.Sprintf("soak: the test itself fails: %v", err))
	}
}
