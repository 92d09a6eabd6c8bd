package main

import (
	"context"
	"database/sql"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/docex/docex/internal/pgtest"
	"github.com/docex/docex/provision"
)

func init() { scriptCommands["provisioned"] = provisionedCommand }

// provisionedCommand sets the script's database up without the program: provisioned TENANT…
func provisionedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: provisioned TENANT…")
	}
	ctx, db := context.Background(), ts.Value(databaseKey{}).(*pgtest.DB)
	admin, err := sql.Open("pgx", db.AdminDSN)
	ts.Check(err)
	defer admin.Close()
	p, err := provision.New(admin, provision.Config{AppRole: db.AppRole})
	ts.Check(err)
	ts.Check(p.Init(ctx))
	for _, id := range args {
		_, err := p.Create(ctx, provision.Tenant{ID: id})
		ts.Check(err)
	}
}
