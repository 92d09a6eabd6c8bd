package provision

import (
	"context"
	"database/sql"
	"iter"
	"sync"
)

// pool works for many tenants, several at a time.
//
// A worker has a connection before it takes a tenant: workers that hold tenants and wait for connections, beside
// workers that hold connections and wait for tenants, would wait for ever where connections are scarce.
type pool[O any] struct {
	db      *sql.DB
	workers int
	work    func(ctx context.Context, l *lease, t Tenant, err error) O // err says why l has no connection
	end     func(l *lease)                                             // of a worker
	took    func(O)                                                    // is called on the goroutine of run
}

// run hands tenants to the workers and takes their outcomes, until both have come to an end. stopped ends the former.
// left reports whether there are more tenants.
func (p pool[O]) run(ctx context.Context, tenants iter.Seq[Tenant], stopped func() bool) (left bool) {
	todo, done, abandoned := make(chan Tenant), make(chan O), make(chan struct{})
	working, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(todo)
	defer cancel() // ends the wait for a connection, and tenants under way when the caller's own functions panic
	defer close(abandoned)
	for range p.workers {
		wg.Go(func() { p.worker(working, todo, done, abandoned) })
	}
	next, stop := iter.Pull(tenants)
	defer stop()
	t, more := next()
	for underWay := 0; underWay > 0 || more && !stopped(); {
		send := todo
		if !more || stopped() {
			send = nil
		}
		select {
		case send <- t:
			underWay++
			t, more = next()
		case o := <-done:
			underWay--
			p.took(o)
		}
	}
	return more
}

// worker works for tenants as they come. When the run is abandoned nobody waits for outcomes any more.
func (p pool[O]) worker(ctx context.Context, todo <-chan Tenant, done chan<- O, abandoned <-chan struct{}) {
	l := &lease{db: p.db}
	defer p.end(l)
	for {
		_, err := l.get(ctx)
		t, more := <-todo
		if !more {
			return
		}
		select {
		case done <- p.work(ctx, l, t, err):
		case <-abandoned:
		}
	}
}
