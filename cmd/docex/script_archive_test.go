package main

import (
	"context"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// Commands for scripts about archives:
//
//	otherdatabase          makes another database, initialised: $OTHER_ADMIN_DSN, $OTHER_APP_DSN and $OTHER_ROLE
//	othersql 'SELECT …'    is sql there
func init() { scriptCommands["otherdatabase"] = otherDatabaseCommand }

// pgDump returns the major version of pg_dump, and 0 where there is none.
func pgDump(t testing.TB) int {
	out, err := exec.Command("pg_dump", "--version").Output()
	if err != nil {
		pgtest.Missing(t, "no pg_dump (Debian: apt-get install postgresql-client): "+err.Error())
	}
	major, err := strconv.Atoi(regexp.MustCompile(`\d+`).FindString(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	return major
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
