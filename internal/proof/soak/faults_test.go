package soak

import (
	"context"
	"math/rand/v2"

	"github.com/docex/docex/internal/testkit/pgproxy"
)

// breakConnections lets a small thing go wrong at each tick.
func (s *soak) breakConnections(r *rand.Rand, ticks <-chan struct{}) {
	for range ticks {
		s.revivePooler()
		h := s.handles[r.IntN(len(s.handles))]
		p := h.proxies[r.IntN(len(h.proxies))]
		switch r.IntN(8) {
		case 0, 1:
			p.CutAfter(pgproxy.Direction(r.IntN(2)), r.IntN(4000))
		case 2, 3:
			p.CutAnswer("commit") // pgx's
		case 4:
			p.CutAnswer("COMMIT") // a text
		case 5:
			p.CutAnswer("INSERT INTO entry")
		case 6:
			s.signal("pg_terminate_backend", 1+r.IntN(3))
		case 7:
			s.signal("pg_cancel_backend", *conns)
		}
	}
}

// signal does something to some of the application's backends. The server may be down.
func (s *soak) signal(function string, backends int) {
	_, _ = s.admin.Exec("SELECT "+function+`(pid) FROM (SELECT pid FROM pg_stat_activity WHERE usename = $1
		ORDER BY random() LIMIT $2) AS victim`, s.AppRole, backends)
}

// revivePooler starts a pooler that has ended by itself: PgBouncer 1.18 does under cancels.
func (s *soak) revivePooler() {
	s.pooling.Lock()
	defer s.pooling.Unlock()
	for _, h := range s.handles {
		if h.pooler == nil {
			continue
		}
		if _, ended := h.pooler.Ended(); ended {
			s.count("fault: the pooler ended by itself")
			s.check(h.pooler.Restart())
		}
	}
}

// upset lets large things go wrong, one after the other, at each tick. While a tenant changes the server is there.
func (s *soak) upset(r *rand.Rand, ticks <-chan struct{}) {
	suspend := func(ctx context.Context) error { return s.change(ctx, suspended, s.pick(r, active)...) }
	resume := func(ctx context.Context) error { return s.change(ctx, active, s.pick(r, suspended)...) }
	replace := func(ctx context.Context) error { return s.replace(ctx, r) }
	audit := func(ctx context.Context) error { return s.audit(ctx, s.slots[r.IntN(len(s.slots))].Load()) }
	large := []func(ctx context.Context) error{
		suspend, audit, suspend, s.server.Kill, resume, replace, suspend, s.killPooler, resume, audit, replace, suspend,
		resume,
	}
	for n := 0; ; n++ {
		if _, open := <-ticks; !open {
			return
		}
		s.check(large[n%len(large)](context.Background()))
	}
}

// pick returns at most two tenants that have a status.
func (s *soak) pick(r *rand.Rand, want status) (picked []*tenant) {
	for _, i := range r.Perm(len(s.slots)) {
		if t := s.slots[i].Load(); t.status() == want && len(picked) < 2 {
			picked = append(picked, t)
		}
	}
	return picked
}

// replace drops tenants that are suspended, after their books were closed, and makes others.
func (s *soak) replace(ctx context.Context, r *rand.Rand) error {
	for i := range s.slots {
		t := s.slots[i].Load()
		if t.status() != suspended || r.IntN(2) == 0 {
			continue
		}
		if err := s.audit(ctx, t); err != nil {
			return err
		}
		if err := s.change(ctx, dropped, t); err != nil {
			return err
		}
		if err := s.create(ctx, i); err != nil {
			return err
		}
		s.count("fault: tenant replaced")
	}
	return nil
}

func (s *soak) killPooler(context.Context) error {
	s.pooling.Lock()
	defer s.pooling.Unlock()
	return s.handles[len(s.handles)-1].pooler.Restart()
}
