package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/docex/docex/internal/testkit/pgpooler"
)

func init() { scriptCommands["pooler"] = poolerCommand }

// poolerCommand starts a pooler in front of the script's database: pooler MODE, for a PgBouncer in one of its modes, or
// pooler keys, for one in transaction mode that passes the server's key data on. $POOLER_DSN is the application's DSN
// through it.
func poolerCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: pooler MODE|keys")
	}
	const sessions = 5
	t, db := ts.Value(testKey{}).(testing.TB), database(ts)
	if args[0] == "keys" {
		o := pgpooler.Options{Sessions: sessions, ReplayKeys: true}
		ts.Setenv("POOLER_DSN", pgpooler.Start(t, db.AppDSN, o).DSN)
		return
	}
	ts.Setenv("POOLER_DSN", db.Pooler(t, args[0], sessions))
}
