package main

import (
	"os"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/docex/docex/internal/testkit/pgtest"
)

// TestMain lets scripts run this program: they start the test binary under the name docex.
func TestMain(m *testing.M) { testscript.Main(tests{m}, map[string]func(){"docex": program}) }

// envDistribution names the variable with what the script's database is: a script's docex init need not say so.
const envDistribution = "SCRIPT_DISTRIBUTION"

// program is main. On Citus its init is told of it.
func program() {
	i := slices.Index(os.Args, "init")
	if d := os.Getenv(envDistribution); d != "" && (i == 1 || i == 3 && os.Args[1] == "-c") &&
		!slices.Contains(os.Args, "--distribution") {
		os.Args = append(os.Args, "--distribution", d)
	}
	main()
}

// tests stops the server when they are over.
type tests struct{ *testing.M }

func (t tests) Run() int { return pgtest.Run(t.M) }
