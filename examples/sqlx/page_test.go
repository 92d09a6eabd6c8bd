package sqlx

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
)

const page = "../../docs/adopting.md"

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// varying is what differs from run to run.
var varying = regexp.MustCompile(`database \w+|application role \w+|docex_[0-9a-f]{8}_`)

func constants(text string) string { return varying.ReplaceAllString(text, "…") }

// changed returns the lines of a diff that are taken out or put in, sorted.
func changed(diff string) (lines []string) {
	for line := range strings.SplitSeq(diff, "\n") {
		if strings.HasPrefix(line, "+") || strings.HasPrefix(line, "-") {
			if strings.TrimLeft(line, "+-") != "" { // an empty line says nothing
				lines = append(lines, line)
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// TestPage: each diff in docs/adopting.md is the programs', and the page leaves none out.
func TestPage(t *testing.T) {
	hunks, _ := changes(t)
	shown := map[string]string{}
	for _, part := range strings.Split(read(t, page), "<!-- diff:")[1:] {
		name, rest, ok := strings.Cut(part, " -->\n```diff\n")
		block, _, closed := strings.Cut(rest, "```")
		if !ok || !closed {
			t.Fatalf("the block of %.60q is not a diff", part)
		}
		if !strings.Contains("\n"+hunks[name], "\n"+block) {
			t.Errorf("%s: the programs do not differ so:\n%s\nbut so:\n%s", name, block, hunks[name])
		}
		shown[name] += block
	}
	for name, diff := range hunks {
		if got, want := changed(shown[name]), changed(diff); !slices.Equal(got, want) {
			t.Errorf("%s: the page shows %d changed lines of %d:\n%s\nthe difference is\n%s", name, len(got), len(want),
				strings.Join(got, "\n"), diff)
		}
	}
}

var row = regexp.MustCompile(`(?m)^\| (\d+) \| \[.*\| (\d+) \|$`)

// TestSteps: the table at the beginning of the page says how many lines each step puts in.
func TestSteps(t *testing.T) {
	sections := strings.Split(read(t, page), "\n## ")
	rows := row.FindAllStringSubmatch(sections[0], -1)
	if len(rows) != len(sections)-2 { // the last section is no step
		t.Fatalf("%d rows, and %d sections", len(rows), len(sections))
	}
	for i, row := range rows {
		in := 0
		for _, part := range strings.Split(sections[i+1], "```diff\n")[1:] {
			block, _, _ := strings.Cut(part, "```")
			n, _ := count(block)
			in += n
		}
		if row[1] != strconv.Itoa(i+1) || row[2] != strconv.Itoa(in) {
			t.Errorf("step %d puts in %d lines, and the table says %q", i+1, in, row[0])
		}
	}
}

// shell types the commands of a session of the page again, in a folder. It returns what is typed and printed.
func shell(t *testing.T, text, name, folder string, environment ...string) (want, got string) {
	t.Helper()
	_, rest, _ := strings.Cut(text, "<!-- example:"+name+" -->\n```console\n")
	want, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatalf("the page has no session %s", name)
	}
	var typed strings.Builder
	for line := range strings.SplitSeq(want, "\n") {
		command, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			continue
		}
		cmd := exec.CommandContext(t.Context(), "bash", "-c", command)
		cmd.Dir, cmd.Env = folder, append(os.Environ(), environment...)
		out, _ := cmd.CombinedOutput() // that a command fails shows in what it prints
		typed.WriteString(line + "\n" + string(out))
	}
	return want, typed.String()
}

// TestSessions: the commands in docs/adopting.md print what stands there.
func TestSessions(t *testing.T) {
	t.Parallel()
	pgtest.Server(t) // puts its client programs into PATH
	text := read(t, page)
	folder := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", folder, "./cmd/docex")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	before, err := filepath.Abs("before")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(before, "migrations"), filepath.Join(folder, "migrations")); err != nil {
		t.Fatal(err)
	}
	db := pgtest.NewDB(t)
	migrated(t, db)
	// golang-migrate's own table
	if _, err := db.Admin(t).Exec("CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, " +
		"dirty boolean NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	environment := []string{"PATH=" + folder + ":" + os.Getenv("PATH"), "DOCEX_ACTOR=me",
		"DOCEX_ADMIN_DSN=" + db.AdminDSN, "DOCEX_APP_DSN=" + db.AppDSN}
	for _, session := range []struct{ name, folder string }{
		{"check", "../.."}, {"vet-before", "before"}, {"adopt", folder}, {"adopt-tenant", folder}, {"vet-after", "after"},
	} {
		want, got := shell(t, text, session.name, session.folder, environment...)
		if want, got := constants(want), constants(got); got != want {
			t.Errorf("%s: it prints\n%s\nand the page says\n%s", session.name, got, want)
		}
	}
}
