package repo

import (
	"bufio"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

// retype types the commands of a page's session again, which must print the same.
func (s *session) retype(t *testing.T, page string) {
	t.Helper()
	var typed strings.Builder
	for _, command := range regexp.MustCompile(`(?m)^\$ (.*)$`).FindAllStringSubmatch(page, -1) {
		typed.WriteString("$ " + command[1] + "\n" + s.run(t, command[1]))
	}
	if diff := cmp.Diff(withConstants(page), withConstants(typed.String())); diff != "" {
		t.Errorf("it prints something else (-page +now):\n%s\nnow:\n%s", diff, typed.String())
	}
}

// constants take the place of what differs from run to run.
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

func withConstants(text string) string {
	for _, c := range constants {
		text = c.pattern.ReplaceAllString(text, c.text)
	}
	return text
}

// built is a folder with docex in it, once a test has asked for it. TestMain removes it.
var built string

// docexIn builds docex, unless it is there, and returns a PATH that has it first, and then other folders.
func docexIn(t *testing.T, others ...string) string {
	t.Helper()
	if built == "" {
		dir, err := os.MkdirTemp("", "docex-pages-")
		if err != nil {
			t.Fatal(err)
		}
		built = dir
		cmd := exec.Command("go", "build", "-o", built, "./cmd/docex")
		cmd.Dir = filepath.Dir(goMod(t))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	folders := append([]string{built}, others...)
	return "PATH=" + strings.Join(append(folders, os.Getenv("PATH")), string(os.PathListSeparator))
}

func pageText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(goMod(t)), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPages: the sessions of docs/upgrade.md and docs/backup.md are typed again.
func TestPages(t *testing.T) {
	pgtest.Server(t) // puts its client programs into PATH
	path := docexIn(t)
	const table = "CREATE TABLE note (id bigint PRIMARY KEY, body text NOT NULL"
	for name, before := range map[string][]string{
		"backup": {"docex init"},
		"upgrade": {
			"mkdir ddl; echo '" + table + ");' >ddl/010.sql",
			"docex init --ddl ddl --ddl-version 1",
			"docex tenant create acme; docex tenant create globex",
			"echo '" + table + ", length integer);' >ddl/010.sql",
			`sed -i 's/ddl_version: .*/ddl_version: "2"/' docex.yaml`,
			"printf 'ALTER TABLE note ADD length integer;\\nUPDATE note SET length = length(body);\\n' >up.sql",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "backup" {
				pgtest.Clients(t, pgtest.Server(t))
			}
			db := pgtest.NewDB(t)
			s := &session{t.TempDir(), append(os.Environ(), path, "DOCEX_ADMIN_DSN="+db.AdminDSN, "DOCEX_APP_DSN="+db.AppDSN)}
			for _, command := range before {
				s.run(t, command)
			}
			s.retype(t, markedBlock(t, pageText(t, "docs/"+name+".md"), "<!-- example:"+name+" -->"))
		})
	}
}

// TestFromV2Page: the session of docs/from-v2.md is typed again, with the file that it shows.
func TestFromV2Page(t *testing.T) {
	block := markedBlock(t, pageText(t, "docs/from-v2.md"), "<!-- example:v2 -->")
	_, file, _ := strings.Cut(block, "$ cat v2.yaml\n")
	file, _, found := strings.Cut(file, "$ ")
	if !found {
		t.Fatal("the session shows no file")
	}
	s := &session{t.TempDir(), append(os.Environ(), docexIn(t))}
	if err := os.WriteFile(filepath.Join(s.dir, "v2.yaml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	s.retype(t, block)
}

// TestDay2: the sessions of docs/operating.md are typed again, in their order, on servers of their own.
func TestDay2(t *testing.T) {
	server, other := ownServer(t), ownServer(t)
	s := &session{dir: t.TempDir()}
	s.environment = append(os.Environ(), docexIn(t, pgtest.Clients(t, server)), "DOCEX_ACTOR=me",
		"DOCEX_ADMIN_DSN="+server.DSN("docs"), "DOCEX_APP_DSN="+as(t, server, "docs", "app", "old"),
		"APP_B_DSN="+as(t, server, "docs", "app_b", "new"), "MAINTENANCE_DSN="+server.DSN("postgres"),
		"STAGING_ADMIN_DSN="+server.DSN("docs_staging"), "STAGING_APP_DSN="+as(t, server, "docs_staging", "app_b", "new"),
		"NEW_MAINTENANCE_DSN="+other.DSN("postgres"), "NEW_ADMIN_DSN="+other.DSN("docs"),
		"NEW_APP_DSN="+as(t, other, "docs", "app_b", "new"))
	for _, command := range []string{
		`psql -q "$MAINTENANCE_DSN" -c "CREATE ROLE app LOGIN NOINHERIT PASSWORD 'old'" -c "CREATE DATABASE docs"`,
		"mkdir ddl && echo 'CREATE TABLE note (id bigint PRIMARY KEY, body text NOT NULL);' >ddl/010.sql",
	} {
		if out := s.run(t, command); out != "" {
			t.Fatalf("%s: %s", command, out)
		}
	}
	blocks := strings.Split(pageText(t, "docs/operating.md"), "<!-- example:day2 -->\n```console\n")[1:]
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
		s.retype(t, block)
	}
}

// ownServer starts a server.
func ownServer(t *testing.T) *pgserver.Server {
	t.Helper()
	server, err := pgserver.StartOwn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
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
