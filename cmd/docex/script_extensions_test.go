package main

import (
	"fmt"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/docex/docex/internal/testkit/pgtest"
)

func init() { scriptCommands["extensions"] = extensionsCommand }

// extensionsCommand installs extensions in a new schema of the script's database: extensions SCHEMA NAME…
func extensionsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: extensions SCHEMA NAME…")
	}
	t := ts.Value(testKey{}).(testing.TB)
	admin := database(ts).Admin(t)
	_, err := admin.Exec(fmt.Sprintf("CREATE SCHEMA %q", args[0]))
	ts.Check(err)
	for _, name := range args[1:] {
		if _, err := admin.Exec(fmt.Sprintf("CREATE EXTENSION %q SCHEMA %q", name, args[0])); err != nil {
			pgtest.Missing(t, "the server lacks contrib (Debian: apt-get install postgresql-contrib): "+err.Error())
		}
	}
}
