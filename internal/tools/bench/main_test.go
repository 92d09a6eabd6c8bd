package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// output is what `go test -bench` prints for rounds in which docex takes 100, 101, … µs and every baseline twice that.
// One round of docex was disturbed.
func output(rounds int) string {
	var b strings.Builder
	b.WriteString("goos: linux\ncpu: a CPU\npostgresql: 15\n")
	for i := range rounds {
		suffix := "-2"
		if i > 0 {
			suffix = fmt.Sprintf("#%02d-2", i)
		}
		line := func(bench, way string, micros, allocs int) {
			fmt.Fprintf(&b, "Benchmark%s/%s%s \t 1000\t %d ns/op\t 800 B/op\t %d allocs/op\n", bench, way, suffix, micros*1000,
				allocs)
		}
		docex := 100 + i
		baseline := 2 * docex
		if i == 1 {
			docex *= 10
		}
		line("SameTenant", "pgx", baseline, 20)
		line("SameTenant", "docex", docex, 23)
		line("SameTenant", "docex,_transactions_pinned", 2*docex, 23)
		for _, bench := range []string{"ChangingTenant", "ChangingTenantLatency"} {
			line(bench, "SET_on_every_checkout", baseline, 20)
			line(bench, "BEGIN,_SET_LOCAL", baseline, 20)
			line(bench, "docex", docex, 23)
			line(bench, "docex,_transactions_pinned", 2*docex, 23)
		}
	}
	return b.String() + "PASS\n"
}

func TestTable(t *testing.T) {
	var out strings.Builder
	if err := run(strings.NewReader(output(5)), &out, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		output(5), // passed on
		"2026-01-02, go1.", " cores, cpu: a CPU, postgresql: 15\n",
		"| throughput, same tenant, against pgx with a fixed search_path | 103 µs | 204 µs | 2.00 | ≥ 0.97 | met |\n",
		"| the same where each transaction is pinned | 206 µs | 204 µs | 1.00 | |\n",
		"| allocations per query above pgx | 23 | 20 | +3 | ≤ 2 | missed |\n",
		"| the same with 1 ms of latency, against BEGIN and SET LOCAL | 103 µs | 204 µs | 2.00 | ≥ 3.8 | missed |\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestTooFewRounds(t *testing.T) {
	for _, in := range []string{"", "FAIL\n", output(4), output(5) + "BenchmarkSameTenant/docex-2 1 5 ns/op\n"} {
		if err := run(strings.NewReader(in), new(strings.Builder), time.Time{}); err == nil {
			t.Errorf("no error for\n%s", in)
		}
	}
}
