package soak

import (
	"context"
	"math/rand/v2"

	"github.com/docex/docex/internal/testkit/pgproxy"
)

// breakConnections lets small things go wrong, one for each tick.
func (s *soak) breakConnections(r *rand.Rand, ticks <-chan struct{}) {
	small := []func(r *rand.Rand){
		s.cutAnywhere, s.cutAnywhere, s.cutCommit, s.cutCommit, s.cutCommit, s.cutStatement, s.terminate, s.cancel,
	}
	for range ticks {
		s.revivePooler()
		small[r.IntN(len(small))](r)
	}
}

func (s *soak) anyProxy(r *rand.Rand) *pgproxy.Proxy {
	h := s.handles[r.IntN(len(s.handles))]
	return h.proxies[r.IntN(len(h.proxies))]
}

func (s *soak) cutAnywhere(r *rand.Rand) {
	s.anyProxy(r).CutAfter(pgproxy.Direction(r.IntN(2)), r.IntN(4000))
}

// cutCommit loses the answer to a COMMIT, pgx's or one that is a text.
func (s *soak) cutCommit(r *rand.Rand) {
	s.anyProxy(r).CutAnswer([]string{"commit", "COMMIT"}[r.IntN(2)])
}

// cutStatement loses the answer to a statement that commits by itself, or is part of a transaction.
func (s *soak) cutStatement(r *rand.Rand) { s.anyProxy(r).CutAnswer("INSERT INTO entry") }

// terminate ends some of the application's backends.
func (s *soak) terminate(r *rand.Rand) { s.signal("pg_terminate_backend", 1+r.IntN(3)) }

// cancel cancels what some of the application's backends are doing.
func (s *soak) cancel(r *rand.Rand) { s.signal("pg_cancel_backend", 4) }

func (s *soak) signal(function string, backends int) {
	// The server may be down.
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
		if last, ended := h.pooler.Ended(); ended {
			s.count("fault: the pooler ended by itself")
			s.t.Logf("the pooler ended by itself: %s", last)
			s.check(h.pooler.Restart())
		}
	}
}

// upset lets large things go wrong, one after the other, one for each tick. A tenant that changes is nobody else's, and the
// server is there for it.
func (s *soak) upset(r *rand.Rand, ticks <-chan struct{}) {
	large := []func(ctx context.Context, r *rand.Rand) error{
		s.suspendOne, s.auditOne, s.suspendOne, s.killServer, s.resumeOne, s.replaceOne, s.suspendOne, s.killPooler, s.resumeOne,
		s.auditOne, s.replaceOne, s.suspendOne, s.resumeOne,
	}
	for n := 0; ; n++ {
		if _, open := <-ticks; !open {
			return
		}
		s.check(large[n%len(large)](context.Background(), r))
	}
}

// pick returns the slot of a tenant that has a status, or -1.
func (s *soak) pick(r *rand.Rand, want status) int {
	for _, i := range r.Perm(len(s.slots)) {
		if s.slots[i].Load().status() == want {
			return i
		}
	}
	return -1
}

func (s *soak) suspendOne(ctx context.Context, r *rand.Rand) error {
	i := s.pick(r, active)
	return s.change(ctx, s.slots[i].Load(), suspended)
}

func (s *soak) resumeOne(ctx context.Context, r *rand.Rand) error {
	i := s.pick(r, suspended)
	if i < 0 {
		return nil
	}
	return s.change(ctx, s.slots[i].Load(), active)
}

// replaceOne drops a tenant, whose books are closed while it is suspended, and makes another.
func (s *soak) replaceOne(ctx context.Context, r *rand.Rand) error {
	i := s.pick(r, suspended)
	if i < 0 {
		return nil
	}
	t := s.slots[i].Load()
	if err := s.audit(ctx, t); err != nil {
		return err
	}
	if err := s.change(ctx, t, dropped); err != nil {
		return err
	}
	s.count("fault: tenant replaced")
	return s.create(ctx, i)
}

func (s *soak) auditOne(ctx context.Context, r *rand.Rand) error {
	return s.audit(ctx, s.slots[r.IntN(len(s.slots))].Load())
}

func (s *soak) killServer(ctx context.Context, _ *rand.Rand) error {
	s.count("fault: server killed")
	return s.server.Kill(ctx)
}

func (s *soak) killPooler(context.Context, *rand.Rand) error {
	s.count("fault: pooler killed")
	s.pooling.Lock()
	defer s.pooling.Unlock()
	return s.handles[len(s.handles)-1].pooler.Restart()
}
