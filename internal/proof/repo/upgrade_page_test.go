package repo

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgtest"
)

// TestUpgradePage: the session of docs/upgrade.md is typed again and prints the same.
func TestUpgradePage(t *testing.T) {
	root := filepath.Dir(goMod(t))
	page, err := os.ReadFile(filepath.Join(root, "docs/upgrade.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := markedBlock(t, string(page), "<!-- example:upgrade -->")
	bin, dir, db := t.TempDir(), t.TempDir(), pgtest.NewDB(t)
	run := func(dir, command string) string {
		cmd := exec.Command("bash", "-c", command)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "DOCEX_ADMIN_DSN="+db.AdminDSN, "DOCEX_APP_DSN="+db.AppDSN,
			"PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		return string(out)
	}
	run(root, "go build -o "+bin+" ./cmd/docex")
	const table = "CREATE TABLE note (id bigint PRIMARY KEY, body text NOT NULL"
	for _, command := range []string{
		"mkdir ddl; echo '" + table + ");' >ddl/010.sql",
		"docex init --ddl ddl --ddl-version 1 --app-role " + db.AppRole,
		"docex tenant create acme; docex tenant create globex",
		"echo '" + table + ", length integer);' >ddl/010.sql",
		`sed -i 's/ddl_version: .*/ddl_version: "2"/' docex.yaml`,
		"printf 'ALTER TABLE note ADD length integer;\\nUPDATE note SET length = length(body);\\n' >up.sql",
	} {
		run(dir, command)
	}
	var typed strings.Builder
	for _, command := range regexp.MustCompile(`(?m)^\$ (.*)$`).FindAllStringSubmatch(block, -1) {
		out := regexp.MustCompile(` in [0-9.]+m?s;`).ReplaceAllString(run(dir, command[1]), " in 40ms;")
		typed.WriteString("$ " + command[1] + "\n" + out)
	}
	if diff := cmp.Diff(block, typed.String()); diff != "" {
		t.Errorf("it prints something else (-page +now):\n%s", diff)
	}
}
