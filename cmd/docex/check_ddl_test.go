package main

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/docex/docex/provision"
)

// TestDDLWarnings: a warning is shown at its place, in a file of the seed, too, and is no refusal.
func TestDDLWarnings(t *testing.T) {
	source := func(folder, text string) ddlSource {
		path := func(name string) string { return folder + "/" + name }
		return ddlSource{folder, fstest.MapFS{"1.sql": {Data: []byte(text)}}, path}
	}
	run := checkRun{}
	run.problems([]provision.DDLProblem{
		{File: "1.sql", Line: 2, Column: 3, Rule: "a-rule", Object: "x", Reason: "it fails in use",
			Remedy: "leave Config.Seed"},
		{File: "seed/1.sql", Line: 1, Column: 2, Rule: "a-rule", Reason: "it does nothing"},
	}, source("ddl", "\uFEFFa;\r\nä x;\r\n"), source("fill", "é y;"), true)
	var b strings.Builder
	if err := run.print(&b); err != nil {
		t.Fatal(err)
	}
	const want = `ddl/1.sql:2:3: warning: a-rule: x: it fails in use
    ä x;
      ^
  instead: leave provision.seed
fill/1.sql:1:2: warning: a-rule: it does nothing
    é y;
     ^
`
	if b.String() != want || run.refused > 0 {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
