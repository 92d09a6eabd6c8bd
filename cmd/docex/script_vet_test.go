package main

import (
	"os/exec"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func init() { scriptCommands["useGo"] = useGoCommand }

// useGoCommand lets what a script runs use the go command: it shares our build cache, and downloads nothing.
func useGoCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: useGo")
	}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		out, err := exec.Command("go", "env", name).Output()
		ts.Check(err)
		ts.Setenv(name, strings.TrimSpace(string(out)))
	}
	for _, setting := range []string{"GOFLAGS=-mod=mod", "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=off"} {
		name, value, _ := strings.Cut(setting, "=")
		ts.Setenv(name, value)
	}
}
