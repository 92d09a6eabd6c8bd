package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgtest"
)

// TestBackupPage: the session in docs/backup.md is typed again, and prints the same.
func TestBackupPage(t *testing.T) {
	t.Parallel()
	if pgDump(t) < pgtest.Server(t).Version()/10000 {
		t.Skip("pg_dump is older than the server")
	}
	page, err := os.ReadFile("../../docs/backup.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "<!-- example:backup -->\n```console\n")
	want, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("the page has no session")
	}
	dir, db := t.TempDir(), pgtest.NewDB(t)
	environment := append(os.Environ(), "DOCEX_ADMIN_DSN="+db.AdminDSN, "DOCEX_APP_DSN="+db.AppDSN)
	typed := func(command string) string {
		cmd := exec.Command("bash", "-c", command)
		cmd.Dir, cmd.Env = dir, environment
		out, _ := cmd.CombinedOutput() // that a command fails shows in what it prints
		return string(out)
	}
	typed("docex init")
	var got strings.Builder
	for _, command := range regexp.MustCompile(`(?m)^\$ (.*)$`).FindAllStringSubmatch(want, -1) {
		got.WriteString("$ " + command[1] + "\n")
		got.WriteString(regexp.MustCompile(`bytes: \d+`).ReplaceAllString(typed(command[1]), "bytes: 43070"))
	}
	if d := cmp.Diff(want, got.String()); d != "" {
		t.Errorf("it prints something else (-page +now):\n%s", d)
	}
}
