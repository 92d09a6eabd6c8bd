package repo

import (
	"bufio"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgserver"
	"github.com/docex/docex/internal/testkit/pgtest"
)

// session is a page's shell: what one command exports the next one finds.
type session struct {
	dir         string
	environment []string
}

// run returns what a command prints, on both outputs.
func (s *session) run(t *testing.T, command string) string {
	t.Helper()
	names := filepath.Join(t.TempDir(), "environment")
	cmd := exec.CommandContext(t.Context(), "bash", "-c", command+"\nstatus=$?; env >"+names+"; exit $status")
	cmd.Dir, cmd.Env = s.dir, s.environment
	out, _ := cmd.CombinedOutput() // that a command fails shows in what it prints
	if strings.HasPrefix(command, "export ") {
		file, err := os.Open(names)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		s.environment = nil
		for lines := bufio.NewScanner(file); lines.Scan(); {
			s.environment = append(s.environment, lines.Text())
		}
	}
	return string(out)
}

// constants are what differs from run to run, and what stands for it on the page.
var constants = []struct {
	pattern *regexp.Regexp
	text    string
}{
	{regexp.MustCompile(` in [0-9.]+m?s;`), " in 40ms;"},
	{regexp.MustCompile(`bytes: \d+`), "bytes: 4307"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^ ]*`), "2026-11-26T16:00:00Z"},
	{regexp.MustCompile(`docex_[0-9a-f]{8}`), "docex_0f1e2d3c"},
	{regexp.MustCompile(`sha256:[0-9a-f]+`), "sha256:…"},
}

// TestDay2: the sessions of docs/operating.md are typed again, in their order, on servers of their own.
func TestDay2(t *testing.T) {
	root := filepath.Dir(goMod(t))
	server, other := ownServer(t), ownServer(t)
	s := &session{dir: t.TempDir()}
	bin := t.TempDir()
	s.environment = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "DOCEX_ACTOR=me",
		"DOCEX_ADMIN_DSN="+server.DSN("docs"), "DOCEX_APP_DSN="+as(t, server, "docs", "app", "old"),
		"APP_B_DSN="+as(t, server, "docs", "app_b", "new"), "MAINTENANCE_DSN="+server.DSN("postgres"),
		"STAGING_ADMIN_DSN="+server.DSN("docs_staging"), "STAGING_APP_DSN="+as(t, server, "docs_staging", "app_b", "new"),
		"NEW_MAINTENANCE_DSN="+other.DSN("postgres"), "NEW_ADMIN_DSN="+other.DSN("docs"),
		"NEW_APP_DSN="+as(t, other, "docs", "app_b", "new"))
	for _, command := range []string{
		"cd " + root + " && go build -o " + bin + " ./cmd/docex",
		`psql -q "$MAINTENANCE_DSN" -c "CREATE ROLE app LOGIN NOINHERIT PASSWORD 'old'" -c "CREATE DATABASE docs"`,
		"mkdir ddl && echo 'CREATE TABLE note (id bigint PRIMARY KEY, body text NOT NULL);' >ddl/010.sql",
	} {
		if out := s.run(t, command); out != "" {
			t.Fatalf("%s: %s", command, out)
		}
	}
	text, err := os.ReadFile(filepath.Join(root, "docs/operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "<!-- example:day2 -->\n```console\n")[1:]
	if len(blocks) == 0 {
		t.Fatal("the page has no session")
	}
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		if strings.Contains(block, "--dry-run") {
			s.run(t, "echo 'CREATE TABLE note (id bigint PRIMARY KEY, body text NOT NULL, length integer);' >ddl/010.sql")
			s.run(t, "echo 'ALTER TABLE note ADD length integer;' >up.sql")
			s.run(t, `sed -i 's/ddl_version: .*/ddl_version: "2"/' docex.yaml`)
		}
		var typed strings.Builder
		for _, command := range regexp.MustCompile(`(?m)^\$ (.*)$`).FindAllStringSubmatch(block, -1) {
			out := s.run(t, command[1])
			for _, c := range constants {
				out = c.pattern.ReplaceAllString(out, c.text)
			}
			typed.WriteString("$ " + command[1] + "\n" + out)
		}
		if diff := cmp.Diff(block, typed.String()); diff != "" {
			t.Errorf("it prints something else (-page +now):\n%s\nnow:\n%s", diff, typed.String())
		}
	}
}

// ownServer starts a server whose pg_dump is there: in CI, the one of the system.
func ownServer(t *testing.T) *pgserver.Server {
	t.Helper()
	out, err := exec.Command("pg_dump", "--version").Output()
	if err != nil {
		pgtest.Missing(t, "no pg_dump (Debian: apt-get install postgresql-client): "+err.Error())
	}
	server, err := pgserver.StartOwn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	if dump := regexp.MustCompile(`\d+`).FindString(string(out)); dump < strconv.Itoa(server.Version()/10000) {
		t.Skipf("pg_dump %s is older than the server", dump)
	}
	return server
}

// as returns the DSN of a login.
func as(t *testing.T, server *pgserver.Server, database, role, password string) string {
	t.Helper()
	u, err := url.Parse(server.DSN(database))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, password)
	return u.String()
}
