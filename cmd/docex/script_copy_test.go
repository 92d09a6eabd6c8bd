package main

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/docex/docex/internal/testkit/pgtest"
)

// copied makes a copy of the script's database, to which $COPY_ADMIN_DSN and $COPY_APP_DSN lead.
func init() { scriptCommands["copied"] = copiedCommand }

func copiedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: copied")
	}
	db := database(ts)
	server := pgtest.Server(ts.Value(testKey{}).(testing.TB))
	name := db.Name + "_copy"
	maintenance, err := pgx.Connect(context.Background(), server.DSN("postgres"))
	ts.Check(err)
	ts.Defer(func() {
		_, err := maintenance.Exec(context.Background(), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
		maintenance.Close(context.Background())
		ts.Check(err)
	})
	for _, statement := range []string{"CREATE DATABASE " + name + " TEMPLATE " + db.Name,
		"GRANT CONNECT ON DATABASE " + name + " TO " + db.AppRole} {
		_, err := maintenance.Exec(context.Background(), statement)
		ts.Check(err)
	}
	for variable, dsn := range map[string]string{"COPY_ADMIN_DSN": db.AdminDSN, "COPY_APP_DSN": db.AppDSN} {
		ts.Setenv(variable, strings.Replace(dsn, "/"+db.Name, "/"+name, 1))
	}
}
