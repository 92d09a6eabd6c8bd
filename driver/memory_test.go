package driver_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
)

// memoryBound is how much memory of its own, in MB, the backend of a connection may have that has served as many
// tenants as it may where memory is not measured.
const memoryBound = 128

// BenchmarkMemory is how much memory a backend holds after one connection did some work for each of so many tenants
// with the DocEX DDL: its RssAnon, which it shares with no other process. With driver.DefaultMaxTenants it must keep
// to memoryBound. The time is a visit's to a tenant that the connection has seen
// before.
func BenchmarkMemory(b *testing.B) {
	counts := []int{100, driver.DefaultMaxTenants, 250, 500, 1000}
	w := openWorld(b, pgtest.NewDB(b))
	if err := w.prov.Init(context.Background()); err != nil {
		b.Fatal(err)
	}
	createMany(b, w.prov, counts[len(counts)-1])
	fmt.Printf("postgresql: %d\n", pgtest.Server(b).Version()/10_000) // a configuration line, as in Go's benchmark data format
	for _, n := range counts {
		b.Run(fmt.Sprintf("tenants=%d", n), func(b *testing.B) {
			mb := grow(b, w, n)
			b.ReportMetric(mb, "MB")
			if n == driver.DefaultMaxTenants && mb > memoryBound {
				b.Errorf("%.0f MB with DefaultMaxTenants, more than %d", mb, memoryBound)
			}
		})
	}
}

// grow has a new connection visit n tenants, and some or all of them again, and returns its backend's memory in MB.
func grow(b *testing.B, w *world, n int) float64 {
	cfg := testConfig
	cfg.MaxTenants = n + 1
	db := w.openConnector(b, 1, w.connector(b, cfg))
	defer closeDB(b, db)
	// Eight texts of each query are 64 prepared statements; from the sixth tenant on they have generic plans.
	load := workload{db: db, variants: 8, queries: 1}
	for i := range n {
		load.visit(b, as(many(i)))
	}
	for i := 0; b.Loop(); i++ {
		load.visit(b, as(many(i%n)))
	}
	return float64(rssAnon(b, w)) / 1e6
}

var rssAnonLine = regexp.MustCompile(`(?m)^RssAnon:\s+(\d+) kB$`)

// rssAnon returns the anonymous memory of the application role's only backend in bytes: proc(5), /proc/pid/status. It
// skips the test where that backend is no process of this machine, or this is no Linux.
func rssAnon(tb testing.TB, w *world) int {
	tb.Helper()
	var pid int
	if err := w.admin.QueryRow("SELECT pid FROM pg_stat_activity WHERE usename = $1", w.AppRole).Scan(&pid); err != nil {
		tb.Fatal(err)
	}
	title, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || !strings.Contains(string(title), w.AppRole) {
		tb.Skipf("the backend is not in /proc: %v", err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		tb.Fatal(err)
	}
	found := rssAnonLine.FindSubmatch(status)
	if found == nil {
		tb.Fatalf("no RssAnon in\n%s", status)
	}
	kb, err := strconv.Atoi(string(found[1]))
	if err != nil {
		tb.Fatal(err)
	}
	return kb * 1024
}
