package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docex/docex/provision"
)

// measured is what one turn of one way gave.
type measured struct {
	rate                float64 // operations in a second
	p50, p99, p999, max time.Duration
	server, client      float64 // µs of CPU for each operation
	memory              float64 // MB that the way's backends share with nobody
}

// warmUp runs a way until each of its connections has seen each tenant as often as asked for, were they spread evenly.
func (w *world) warmUp(ctx context.Context, way *way, o options) error {
	var left atomic.Int64
	left.Store(int64(o.warm * o.tenants * o.conns))
	return workers(o, func(n int) error {
		pick := picker(rand.New(rand.NewPCG(uint64(n), 99)), o)
		for left.Add(-1) >= 0 {
			if err := way.do(ctx, pick()); err != nil {
				return err
			}
		}
		return nil
	})
}

func workers(o options, work func(n int) error) error {
	errs := make(chan error, o.workers)
	for n := range o.workers {
		go func() { errs <- work(n) }()
	}
	var first error
	for range o.workers {
		if err := <-errs; first == nil {
			first = err
		}
	}
	return first
}

// turn lets a way work for a while.
func (w *world) turn(ctx context.Context, way *way, round int, o options) (measured, error) {
	before, err := w.usage(ctx)
	if err != nil {
		return measured{}, err
	}
	stop := w.churn(ctx, o)
	var mu sync.Mutex
	var all []time.Duration
	began := time.Now()
	err = workers(o, func(n int) error {
		pick := picker(rand.New(rand.NewPCG(uint64(n), uint64(round))), o)
		var mine []time.Duration
		for time.Since(began) < o.turn {
			start := time.Now()
			if err := way.do(ctx, pick()); err != nil {
				return err
			}
			mine = append(mine, time.Since(start))
			if o.think > 0 {
				time.Sleep(o.think)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, mine...)
		return nil
	})
	took := time.Since(began)
	if err := stop(); err != nil {
		return measured{}, err
	}
	if err != nil {
		return measured{}, err
	}
	after, err := w.usage(ctx)
	if err != nil {
		return measured{}, err
	}
	m := measured{rate: float64(len(all)) / took.Seconds()}
	slices.Sort(all)
	at := func(q float64) time.Duration { return all[min(int(q*float64(len(all))), len(all)-1)] }
	m.p50, m.p99, m.p999, m.max = at(0.5), at(0.99), at(0.999), at(1)
	m.server = float64((after.server - before.server).Microseconds()) / float64(len(all))
	m.client = float64((after.client - before.client).Microseconds()) / float64(len(all))
	m.memory, err = w.memory(ctx, way.app)
	return m, err
}

// churn creates tenants until the result is called.
func (w *world) churn(ctx context.Context, o options) (stop func() error) {
	if o.churn == 0 {
		return func() error { return nil }
	}
	done, result := make(chan struct{}), make(chan error, 1)
	go func() {
		tick := time.NewTicker(o.churn)
		defer tick.Stop()
		for {
			select {
			case <-done:
				result <- nil
				return
			case <-tick.C:
			}
			w.created++
			if _, err := w.p.Create(ctx, provision.Tenant{ID: fmt.Sprintf("new%06d", w.created)}); err != nil {
				result <- err
				return
			}
		}
	}()
	return func() error {
		close(done)
		return <-result
	}
}

func median(turns []measured, f func(i int, m measured) float64) float64 {
	values := make([]float64, len(turns))
	for i, m := range turns {
		values[i] = f(i, m)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
