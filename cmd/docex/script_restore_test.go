package main

import (
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/docex/docex/internal/testkit/pgtest"
)

// Commands for scripts about what docex doctor advises:
//
//	restored               puts a dump of the database in its place, as on a server that has none of its roles; the
//	                       application's login is made after that
//	advised docex repair   runs docex doctor, wants that advice and no other, and follows it; -c FILE before it
func init() {
	scriptCommands["restored"] = restoredCommand
	scriptCommands["advised"] = advisedCommand
}

func restoredCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: restored")
	}
	pgtest.SkipOnCitus(ts.Value(testKey{}).(testing.TB), "the database that is restored is none of the cluster")
	db := database(ts)
	dump := filepath.Join(ts.MkAbs("."), "whole.dump")
	ts.Check(ts.Exec("pg_dump", "--format=custom", "--file="+dump, db.AdminDSN))
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, db.AdminDSN)
	ts.Check(err)
	var shared string
	ts.Check(conn.QueryRow(ctx, "SELECT shared_role FROM docex_system.installation").Scan(&shared))
	ts.Check(conn.Close(ctx))
	maintenance, err := pgx.Connect(ctx, pgtest.Server(ts.Value(testKey{}).(testing.TB)).DSN("postgres"))
	ts.Check(err)
	defer maintenance.Close(ctx)
	run := func(statements ...string) {
		for _, statement := range statements {
			_, err := maintenance.Exec(ctx, statement)
			ts.Check(err)
		}
	}
	away := db.AppRole + "_later"
	run("DROP DATABASE "+db.Name+" WITH (FORCE)", "DO $$ DECLARE r text; BEGIN FOR r IN SELECT rolname FROM pg_roles"+
		" WHERE starts_with(rolname, '"+shared+"') LOOP EXECUTE format('DROP ROLE %I', r); END LOOP; END $$",
		"ALTER ROLE "+db.AppRole+" RENAME TO "+away, "CREATE DATABASE "+db.Name+" TEMPLATE template0")
	out, err := exec.Command("pg_restore", "--dbname="+db.AdminDSN, dump).CombinedOutput()
	if err == nil {
		ts.Fatalf("restored with all roles: %s", out)
	}
	run("ALTER ROLE "+away+" RENAME TO "+db.AppRole, "GRANT CONNECT ON DATABASE "+db.Name+" TO "+db.AppRole)
}

// advisedCommand types a command as doctor's line has it, up to a comma. SQL is left to the script.
func advisedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: advised [-c FILE] WORD…")
	}
	doctor := []string{"doctor", "--json"}
	if args[0] == "-c" {
		doctor, args = append(doctor, args[:2]...), args[2:]
	}
	if err := ts.Exec("docex", doctor...); err == nil {
		ts.Fatalf("docex doctor found nothing wrong")
	}
	var all []struct{ Status, Check, Detail, Remedy string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &all))
	bad := slices.DeleteFunc(all, func(f struct{ Status, Check, Detail, Remedy string }) bool {
		return f.Status == "ok" || f.Status == "skipped"
	})
	want := strings.Join(args, " ")
	for _, f := range bad {
		if !strings.HasPrefix(f.Remedy, want) || f.Remedy != bad[0].Remedy {
			ts.Fatalf("doctor found %+v, want the remedy %q and no other", bad, want)
		}
	}
	command, _, _ := strings.Cut(bad[0].Remedy, ", ")
	if words := strings.Fields(command); words[0] == "docex" {
		ts.Check(ts.Exec(words[0], words[1:]...))
	}
}
