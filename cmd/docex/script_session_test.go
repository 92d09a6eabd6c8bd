package main

import (
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/docex/docex/internal/pgtest"
	"github.com/docex/docex/provision"
)

func init() {
	scriptCommands["await"] = awaitCommand
	scriptCommands["suspend"] = suspendCommand
}

// awaitCommand waits until a query of the administrator's says true: await 'SELECT …'
func awaitCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await 'SELECT …'")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, ts.Value(databaseKey{}).(*pgtest.DB).AdminDSN)
	ts.Check(err)
	defer conn.Close(ctx)
	for done := false; !done; {
		ts.Check(conn.QueryRow(ctx, args[0]).Scan(&done))
	}
}

// suspendCommand suspends a tenant without the program: suspend TENANT
func suspendCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: suspend TENANT")
	}
	ts.Check(suspendTenant(ts.Value(databaseKey{}).(*pgtest.DB), args[0]))
}

func suspendTenant(db *pgtest.DB, id string) error {
	return withTestProvisioner(db, func(p *provision.Provisioner) error { return p.Suspend(context.Background(), id) })
}

func resumeTenant(db *pgtest.DB, id string) error {
	return withTestProvisioner(db, func(p *provision.Provisioner) error { return p.Resume(context.Background(), id) })
}

func withTestProvisioner(db *pgtest.DB, f func(*provision.Provisioner) error) error {
	admin, err := sql.Open("pgx", db.AdminDSN)
	if err != nil {
		return err
	}
	defer admin.Close()
	p, err := provision.New(admin, provision.Config{AppRole: db.AppRole})
	if err != nil {
		return err
	}
	return f(p)
}
