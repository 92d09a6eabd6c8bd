package repo

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgtest"
)

// TestStartSessions: the operator's sessions of docs/start.md and docs/adopting.md are typed again, from the
// installation on, and print the same.
func TestStartSessions(t *testing.T) {
	db, bin, root := pgtest.NewDB(t), t.TempDir(), filepath.Dir(goMod(t))
	environment := append(os.Environ(), "DOCEX_ADMIN_DSN="+db.AdminDSN, "DOCEX_APP_DSN="+db.AppDSN, "DOCEX_ACTOR=me",
		"GOBIN="+bin,
		"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, session := range []struct{ page, marker, dir string }{
		{"docs/start.md", "<!-- example:operator -->", t.TempDir()},
		{"docs/adopting.md", "<!-- example:check -->", root},
	} {
		block := markedBlock(t, pageText(t, session.page), session.marker)
		var typed strings.Builder
		for _, command := range regexp.MustCompile(`(?m)^\$ (.*)$`).FindAllStringSubmatch(block, -1) {
			typed.WriteString("$ " + command[1] + "\n")
			cmd := exec.Command("bash", "-c", command[1])
			cmd.Dir, cmd.Env = session.dir, environment
			switch {
			case strings.HasPrefix(command[1], "export DOCEX_"):
				continue // the test's database is another one
			case strings.HasPrefix(command[1], "go install "):
				cmd.Args[2], cmd.Dir = "go install ./cmd/docex", root // what is here, not what is published
			}
			out, _ := cmd.CombinedOutput() // what a failure prints stands on the page, too
			typed.WriteString(constant(string(out), db))
		}
		if diff := cmp.Diff(block, typed.String()); diff != "" {
			t.Errorf("%s prints something else (-page +now):\n%s\nnow:\n%s", session.marker, diff, typed.String())
		}
	}
}

var version = regexp.MustCompile(`PostgreSQL 1[5-9]\.[^,]*`)

// constant puts the page's names in the places of those that are others each time.
func constant(out string, db *pgtest.DB) string {
	admin := ""
	if u, err := url.Parse(db.AdminDSN); err == nil {
		admin = u.User.Username()
	}
	out = strings.NewReplacer(db.Name, "docs", db.AppRole, "app", strconv.Quote(admin), `"postgres"`).Replace(out)
	return version.ReplaceAllString(out, "PostgreSQL 15.18")
}
