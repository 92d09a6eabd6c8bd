package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/docex/docex/internal/testkit/pgtest"
)

// copied makes a copy of the script's database, to which $COPY_ADMIN_DSN and $COPY_APP_DSN lead.
func init() { scriptCommands["copied"] = copiedCommand }

// hideRoles renames the copy's own roles, which another script's doctor would find when the database is gone.
const hideRoles = `DO $$ DECLARE r text; BEGIN
  FOR r IN SELECT DISTINCT rolname FROM pg_roles AS a JOIN pg_shdepend AS s ON s.refobjid = a.oid JOIN pg_database AS d
               ON d.oid = s.dbid WHERE datname = '{{copy}}' AND rolname ~ '^docex_[0-9a-f]{8}([_$.]|$)' AND NOT EXISTS (
      SELECT FROM pg_shdepend AS o WHERE o.refobjid = a.oid AND o.dbid NOT IN (0, d.oid)) LOOP
    EXECUTE format('ALTER ROLE %I RENAME TO %I', r, 'copy_' || md5(r));
  END LOOP; END $$`

func copiedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: copied")
	}
	pgtest.SkipOnCitus(ts.Value(testKey{}).(testing.TB), "a copy of a database is none of the cluster")
	db := database(ts)
	server := pgtest.Server(ts.Value(testKey{}).(testing.TB))
	name := db.Name + "_copy"
	maintenance, err := pgx.Connect(context.Background(), server.DSN("postgres"))
	ts.Check(err)
	ts.Defer(func() {
		_, hidden := maintenance.Exec(context.Background(), strings.ReplaceAll(hideRoles, "{{copy}}", name))
		_, err := maintenance.Exec(context.Background(), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
		maintenance.Close(context.Background())
		ts.Check(errors.Join(hidden, err))
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
