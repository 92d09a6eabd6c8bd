// Command contest measures what one pool delivers to many tenants: docex, and the ways in which programs do it by hand,
// in turns in one process on one throwaway PostgreSQL.
//
//	go run ./internal/tools/contest -tenants 1000 -zipf 1.2
//
// Each checkout serves one random tenant with one point SELECT. See internal/testkit/pgserver for which server it
// starts. It reads /proc, so it runs on Linux only.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"time"

	"github.com/docex/docex/internal/testkit/pgserver"
	"github.com/jedib0t/go-pretty/v6/table"
)

type options struct {
	tenants int
	conns   int           // of each pool
	workers int           // goroutines
	think   time.Duration // between two checkouts of a worker
	zipf    float64       // exponent; 0 is uniform
	churn   time.Duration // a tenant is created each so often in a second series of turns; 0 is never
	turn    time.Duration
	rounds  int
	warm    int // operations before the first turn, for each tenant and connection
	ddl     string
	docex   []string
}

func (o options) String() string {
	distribution := "uniform"
	if o.zipf > 1 {
		distribution = fmt.Sprint("Zipf ", o.zipf)
	}
	s := fmt.Sprintf("%d tenants (tables: %s), %s, %d connections, %d workers, %d turns of %s", o.tenants, o.ddl,
		distribution, o.conns, o.workers, o.rounds, o.turn)
	if o.think > 0 {
		s += fmt.Sprintf(", %s between checkouts", o.think)
	}
	if o.churn > 0 {
		s += fmt.Sprintf(", a Create each %s", o.churn)
	}
	return s
}

func main() {
	var o options
	flag.IntVar(&o.tenants, "tenants", 1000, "`number` of tenants")
	flag.IntVar(&o.conns, "conns", 8, "connections of each pool")
	flag.IntVar(&o.workers, "workers", 8, "goroutines that ask")
	flag.DurationVar(&o.think, "think", 0, "how long each of them waits between two checkouts")
	flag.Float64Var(&o.zipf, "zipf", 0, "`exponent` of the distribution of tenants, more than 1; 0 is uniform")
	flag.DurationVar(&o.churn, "churn", 0, "repeat it all while a tenant is created each so often; 0 is never")
	flag.DurationVar(&o.turn, "turn", 3*time.Second, "length of a turn")
	flag.IntVar(&o.rounds, "rounds", 5, "turns of each way")
	flag.IntVar(&o.warm, "warm", 3, "operations before the first turn, for each tenant and connection")
	flag.StringVar(&o.ddl, "ddl", "two", "the tenants' tables: two, or docex for its eleven")
	flag.Func("docex", "`settings` for one more docex in the contest, such as docex_affinity=off; may be repeated",
		func(s string) error { o.docex = append(o.docex, s); return nil })
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := start(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "contest:", err)
		stop()
		os.Exit(1)
	}
}

func start(ctx context.Context, out io.Writer, o options) error {
	server, err := pgserver.StartOwn(ctx, "max_connections=300")
	if err != nil {
		return err
	}
	defer server.Stop()
	return run(ctx, out, server, o)
}

// run needs the server for itself: other work would be measured too.
func run(ctx context.Context, out io.Writer, server *pgserver.Server, o options) error {
	w, err := newWorld(ctx, server, o)
	if err != nil {
		return err
	}
	defer w.close()
	ways, err := w.ways(o)
	if err != nil {
		return err
	}
	for _, way := range ways {
		defer way.close()
		if err := w.warmUp(ctx, way, o); err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
	}
	calm := o
	calm.churn = 0
	if err := w.series(ctx, out, server, ways, calm); err != nil || o.churn == 0 {
		return err
	}
	return w.series(ctx, out, server, ways, o)
}

// series lets the ways have their turns, and reports them.
func (w *world) series(ctx context.Context, out io.Writer, server *pgserver.Server, ways []*way, o options) error {
	for _, way := range ways {
		way.turns = nil
	}
	for round := range o.rounds {
		for _, way := range ways {
			t, err := w.turn(ctx, way, round, o)
			if err != nil {
				return fmt.Errorf("%s: %w", way.name, err)
			}
			way.turns = append(way.turns, t)
		}
	}
	fmt.Fprintf(out, "%s, %s, %d cores, PostgreSQL %d: %s\n\n", time.Now().Format(time.DateOnly), runtime.Version(),
		runtime.NumCPU(), server.Version()/10_000, o)
	report(out, ways)
	return nil
}

// report prints medians, each ratio as the median of the ratios of one round.
func report(out io.Writer, ways []*way) {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.AppendHeader(table.Row{"", "op/s", "docex is", "p50", "p99", "p99.9", "max", "CPU/op server", "client", "memory"})
	docex := ways[0]
	for _, w := range ways {
		ratio := median(w.turns, func(i int, m measured) float64 { return docex.turns[i].rate / m.rate })
		of := func(f func(m measured) float64) float64 {
			return median(w.turns, func(_ int, m measured) float64 { return f(m) })
		}
		ms := func(f func(m measured) time.Duration) string {
			return fmt.Sprintf("%.2f ms", of(func(m measured) float64 { return f(m).Seconds() * 1e3 }))
		}
		t.AppendRow(table.Row{
			w.name, fmt.Sprintf("%.0f", of(func(m measured) float64 { return m.rate })), fmt.Sprintf("%.2f", ratio),
			ms(func(m measured) time.Duration { return m.p50 }), ms(func(m measured) time.Duration { return m.p99 }),
			ms(func(m measured) time.Duration { return m.p999 }), ms(func(m measured) time.Duration { return m.max }),
			fmt.Sprintf("%.0f µs", of(func(m measured) float64 { return m.server })),
			fmt.Sprintf("%.0f µs", of(func(m measured) float64 { return m.client })),
			fmt.Sprintf("%.0f MB", of(func(m measured) float64 { return m.memory })),
		})
	}
	t.RenderMarkdown()
	fmt.Fprintln(out)
	for _, w := range ways {
		if w.stats != nil {
			fmt.Fprintf(out, "%s: %+v\n", w.name, w.stats())
		}
	}
}
