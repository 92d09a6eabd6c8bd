package main

import (
	"context"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// Commands for scripts about archives:
//
//	needclients            ends the script where there is no pg_dump of the server's version
//	otherdatabase          makes another database, initialised: $OTHER_ADMIN_DSN, $OTHER_APP_DSN and $OTHER_ROLE
//	othersql 'SELECT …'    is sql there
func init() {
	scriptCommands["needclients"] = needClientsCommand
	scriptCommands["otherdatabase"] = otherDatabaseCommand
}

func needClientsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: needclients")
	}
	t := ts.Value(testKey{}).(testing.TB)
	pgtest.Clients(t, pgtest.Server(t))
}

func otherDatabaseCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: otherdatabase")
	}
	db := pgtest.NewDB(ts.Value(testKey{}).(testing.TB))
	ts.Setenv("OTHER_ADMIN_DSN", db.AdminDSN)
	ts.Setenv("OTHER_APP_DSN", db.AppDSN)
	ts.Setenv("OTHER_ROLE", db.AppRole)
	ts.Check(withTestProvisioner(db, func(p *provision.Provisioner) error { return p.Init(context.Background()) }))
	ts.SetCmd("othersql", func(ts *testscript.TestScript, neg bool, args []string) { runSQL(ts, db.AdminDSN, neg, args) })
}
