package repo

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/pgtest"
)

// TestReadmeOperator: the operator's session in the README is typed again, from the installation on, and prints the same.
func TestReadmeOperator(t *testing.T) {
	db, bin, dir := pgtest.NewDB(t), t.TempDir(), t.TempDir()
	environment := append(os.Environ(), "DOCEX_ADMIN_DSN="+db.AdminDSN, "DOCEX_APP_DSN="+db.AppDSN, "DOCEX_ACTOR=me", "GOBIN="+bin,
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	session := readmeBlock(t, "<!-- example:operator -->")
	var typed strings.Builder
	for _, command := range regexp.MustCompile(`(?m)^\$ (.*)$`).FindAllStringSubmatch(session, -1) {
		typed.WriteString("$ " + command[1] + "\n")
		cmd := exec.Command("bash", "-c", command[1])
		cmd.Dir, cmd.Env = dir, environment
		switch {
		case strings.HasPrefix(command[1], "export DOCEX_"):
			continue // the test's database is another one
		case strings.HasPrefix(command[1], "go install "):
			cmd.Args[2], cmd.Dir = "go install ./cmd/docex", filepath.Dir(goMod(t)) // what is here, not what is published
		}
		out, _ := cmd.CombinedOutput() // what a failure prints stands in the README, too
		typed.WriteString(constant(string(out), db))
	}
	if diff := cmp.Diff(session, typed.String()); diff != "" {
		t.Errorf("the session prints something else (-README +now):\n%s\nnow:\n%s", diff, typed.String())
	}
}

// constant puts the README's names in the places of those that are others each time.
func constant(out string, db *pgtest.DB) string {
	out = strings.NewReplacer(db.Name, "docs", db.AppRole, "app").Replace(out)
	for pattern, name := range map[string]string{
		`PostgreSQL 1[5-9]\.\d+`: "PostgreSQL 15.18",
		`\d+\.\d+ s\b`:           "0.2 s",
	} {
		out = regexp.MustCompile(pattern).ReplaceAllString(out, name)
	}
	return out
}
