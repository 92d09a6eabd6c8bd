package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func init() { scriptCommands["pooler"] = poolerCommand }

// poolerCommand starts a PgBouncer in front of the script's database: pooler MODE. $POOLER_DSN is the application's DSN
// through it.
func poolerCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: pooler MODE")
	}
	ts.Setenv("POOLER_DSN", database(ts).Pooler(ts.Value(testKey{}).(testing.TB), args[0], 5))
}
