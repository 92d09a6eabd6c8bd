package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/docex/docex/internal/testkit/pgserver"
)

// A small contest gives a row with figures for every way, docex with other settings among them.
func TestContest(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("it reads /proc")
	}
	if os.Getenv(pgserver.EnvURL) != "" {
		t.Skipf("it needs a server of its own, not that of %s; .ci/run runs it without", pgserver.EnvURL)
	}
	server, err := pgserver.StartOwn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	var out bytes.Buffer
	err = run(t.Context(), &out, server, options{
		tenants: 3, conns: 2, workers: 2, turn: 50 * time.Millisecond, rounds: 1, warm: 1, ddl: "two",
		churn: 20 * time.Millisecond, docex: []string{"docex_affinity=off"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"docex", "docex docex_affinity=off", "SET search_path", "SET ROLE; SET search_path", "BEGIN; SET LOCAL search_path",
		"pgx, one tenant", "a pool for each tenant",
	} {
		if !strings.Contains(out.String(), "| "+name+" | ") {
			t.Errorf("no row of %s in\n%s", name, out.String())
		}
	}
	if strings.Contains(out.String(), "NaN") {
		t.Errorf("a figure is missing in\n%s", out.String())
	}
}
