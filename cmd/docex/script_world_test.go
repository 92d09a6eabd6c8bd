package main

import (
	"context"
	"database/sql"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

func init() { scriptCommands["provisioned"] = provisionedCommand }

// provisionedCommand sets the script's database up without the program: provisioned TENANT…
func provisionedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: provisioned TENANT…")
	}
	ts.Check(provisionTenants(database(ts), args...))
}

func provisionTenants(db *pgtest.DB, ids ...string) error {
	return withTestProvisioner(db, func(p *provision.Provisioner) error {
		err := p.Init(context.Background())
		for _, id := range ids {
			if err == nil {
				_, err = p.Create(context.Background(), provision.Tenant{ID: id})
			}
		}
		return err
	})
}

func withTestProvisioner(db *pgtest.DB, f func(*provision.Provisioner) error) error {
	admin, err := sql.Open("pgx", db.AdminDSN)
	if err != nil {
		return err
	}
	defer admin.Close()
	p, err := provision.New(admin, provision.Config{AppRole: db.AppRole,
		Distribution: provision.Distribution(db.Distribution)})
	if err != nil {
		return err
	}
	return f(p)
}
