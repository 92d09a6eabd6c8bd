// Command manytenants creates many tenants in a throwaway PostgreSQL, in turns with the same SQL by psql in a database
// beside it, and reports what that took, how large the catalogs grew, and what listing and verifying all of them takes,
// by the library and by the commands of docex.
//
//	go run ./internal/tools/manytenants -tenants 10000
//
// It runs in the root folder of the repository and needs psql. See internal/testkit/pgserver for which server it
// starts.
package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/docex/docex/internal/testkit/pgserver"
	"github.com/docex/docex/provision"
)

type options struct {
	tenants int    // in each of the two databases
	block   int    // tenants before it is the other's turn
	workers int    // connections that verify at once
	ddl     string // folder of the tenants' DDL
}

func main() {
	var o options
	flag.IntVar(&o.tenants, "tenants", 1000, "tenants in each of the two databases")
	flag.IntVar(&o.block, "block", 100, "tenants before it is the other's turn")
	flag.IntVar(&o.workers, "workers", 2, "connections that verify at once")
	flag.StringVar(&o.ddl, "ddl", "provision/sql/docex", "folder of the tenants' DDL")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := start(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "manytenants:", err)
		stop()
		os.Exit(1)
	}
}

func start(ctx context.Context, out io.Writer, o options) error {
	server, err := pgserver.StartOwn(ctx)
	if err != nil {
		return err
	}
	defer server.Stop()
	return run(ctx, out, server, o)
}

// run fills the databases of one server. It needs the server for itself: other work would be measured too.
func run(ctx context.Context, out io.Writer, server *pgserver.Server, o options) error {
	ours, err := newDatabase(ctx, server, "manytenants_docex", o)
	if err != nil {
		return err
	}
	defer ours.db.Close()
	theirs, err := newDatabase(ctx, server, "manytenants_psql", o)
	if err != nil {
		return err
	}
	defer theirs.db.Close()
	fmt.Fprintf(out, "PostgreSQL %d, %d tenants with %s, in turns of %d\n", server.Version(), o.tenants, o.ddl, o.block)
	if err := fill(ctx, out, ours, theirs, o); err != nil {
		return err
	}
	for _, d := range []*database{ours, theirs} {
		if err := d.reportSize(ctx, out); err != nil {
			return err
		}
	}
	if err := ours.reportLists(ctx, out, o); err != nil {
		return err
	}
	if err := ours.reportVerify(ctx, out, o); err != nil {
		return err
	}
	return ours.reportCommands(ctx, out, server, o)
}

// fill creates the tenants block by block and reports after each tenth of them.
func fill(ctx context.Context, out io.Writer, ours, theirs *database, o options) error {
	var each, blocks, psqlBlocks []time.Duration
	for from := 0; from < o.tenants; from += o.block {
		n := min(o.block, o.tenants-from)
		start := time.Now()
		for i := from; i < from+n; i++ {
			began := time.Now()
			if _, err := ours.p.Create(ctx, provision.Tenant{ID: tenantID(i)}); err != nil {
				return err
			}
			each = append(each, time.Since(began))
		}
		blocks = append(blocks, time.Since(start)/time.Duration(n))
		took, err := theirs.psql(ctx, from, n)
		if err != nil {
			return err
		}
		psqlBlocks = append(psqlBlocks, took/time.Duration(n))
		if tenth := max(o.tenants/10, o.block); (from+n)%tenth < o.block || from+n == o.tenants {
			last := each[max(0, len(each)-tenth):]
			fmt.Fprintf(out, "%6d tenants: docex %s; the last %d: p50 %s, p99 %s; psql %s a tenant\n", from+n,
				rate(blocks), len(last), quantile(last, 0.5), quantile(last, 0.99), quantile(psqlBlocks, 0.5))
		}
	}
	ratios := make([]float64, len(blocks))
	for i := range blocks {
		ratios[i] = float64(psqlBlocks[i]) / float64(blocks[i])
	}
	slices.Sort(ratios)
	fmt.Fprintf(out, "all: docex %s, psql %s; rate of docex against psql, median of %d blocks: %.2f\n", rate(blocks),
		rate(psqlBlocks),
		len(ratios), ratios[len(ratios)/2])
	fmt.Fprintf(out, "all: docex p50 %s, p99 %s, slowest %s\n", quantile(each, 0.5), quantile(each, 0.99),
		quantile(each, 1))
	return nil
}

func tenantID(i int) string { return fmt.Sprintf("t-%05d", i) }

// rate is how many tenants a second the blocks' average time for one means.
func rate(blocks []time.Duration) string {
	var sum time.Duration
	for _, b := range blocks {
		sum += b
	}
	return fmt.Sprintf("%.1f/s", float64(len(blocks))/sum.Seconds())
}

func quantile(ds []time.Duration, q float64) time.Duration {
	ds = slices.Sorted(slices.Values(ds))
	return ds[min(int(q*float64(len(ds))), len(ds)-1)].Round(10 * time.Microsecond)
}

// value returns the one value of a query.
func value[T any](ctx context.Context, db *sql.DB, query string, args ...any) (v T, err error) {
	err = db.QueryRowContext(ctx, query, args...).Scan(&v)
	return v, err
}
