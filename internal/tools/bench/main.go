// Command bench reads the output of the driver's benchmarks, passes it on, and ends it with a table: what was measured,
// beside what, and the target. It fails when a benchmark is missing or has run less than five times, not when a target
// is missed: a machine that does other things at the same time is not a defect.
//
//	go test -run '^$' -bench Tenant ./driver -rounds 61 | go run ./internal/tools/bench
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

func main() {
	if err := run(os.Stdin, os.Stdout, time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer, now time.Time) error {
	r := newResults()
	for lines := bufio.NewScanner(in); ; {
		if !lines.Scan() {
			if err := lines.Err(); err != nil {
				return err
			}
			break
		}
		fmt.Fprintln(out, lines.Text())
		r.read(lines.Text())
	}
	table, err := r.table()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\n%s, %s, %d cores, %s\n\n%s",
		now.Format(time.DateOnly), runtime.Version(), runtime.NumCPU(), r.environment(), table)
	return err
}

// rows are what is compared. The ways of a benchmark run in turns.
var rows = []row{
	{what: "throughput, same tenant, against pgx with a fixed search_path", bench: "SameTenant", baseline: "pgx",
		target: 0.97},
	{what: "allocations per query above pgx", bench: "SameTenant", baseline: "pgx", allocs: true, target: 2},
	{what: "the same where each transaction is pinned", bench: "SameTenant", way: pinned, baseline: "pgx"},
	{what: "throughput, tenant changes, against SET on every checkout", bench: "ChangingTenant",
		baseline: "SET on every checkout", target: 1.5},
	{what: "throughput, tenant changes, against BEGIN and SET LOCAL", bench: "ChangingTenant",
		baseline: "BEGIN, SET LOCAL", target: 2.5},
	{what: "the same where each transaction is pinned", bench: "ChangingTenant", way: pinned,
		baseline: "BEGIN, SET LOCAL"},
	{what: "the same with 1 ms of latency, against SET on every checkout", bench: "ChangingTenantLatency",
		baseline: "SET on every checkout", target: 1.9},
	{what: "the same with 1 ms of latency, against BEGIN and SET LOCAL", bench: "ChangingTenantLatency",
		baseline: "BEGIN, SET LOCAL", target: 3.8},
}

// row compares docex with another way in one benchmark.
type row struct {
	what     string
	bench    string
	way      string // which of docex's; "" is its default
	baseline string
	allocs   bool    // the target is at most so many allocations more; else at least so many times the throughput
	target   float64 // of docex beside the baseline; 0 is none
}

const (
	docex  = "docex"
	pinned = "docex, transactions pinned"
)

// docex is the name of the row's way of docex's.
func (r row) docex() string {
	if r.way != "" {
		return r.name(r.way)
	}
	return r.name(docex)
}

// name is how Go prints the benchmark of a way.
func (r row) name(way string) string {
	return "Benchmark" + r.bench + "/" + strings.ReplaceAll(way, " ", "_")
}
