package main

import (
	"context"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

func init() { scriptCommands["suspend"] = suspendCommand }

// suspendCommand suspends a tenant without the program: suspend TENANT
func suspendCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: suspend TENANT")
	}
	ts.Check(suspendTenant(database(ts), args[0]))
}

func suspendTenant(db *pgtest.DB, id string) error {
	return withTestProvisioner(db, func(p *provision.Provisioner) error { return p.Suspend(context.Background(), id) })
}

func resumeTenant(db *pgtest.DB, id string) error {
	return withTestProvisioner(db, func(p *provision.Provisioner) error { return p.Resume(context.Background(), id) })
}
