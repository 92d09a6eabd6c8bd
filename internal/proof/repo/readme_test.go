package repo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

func TestMain(m *testing.M) {
	code := pgtest.Run(m)
	os.RemoveAll(built) // "" is nothing
	os.Exit(code)
}

// TestReadmeProgram: the program in the README is what a newcomer copies. It compiles, runs and prints what it says.
func TestReadmeProgram(t *testing.T) {
	db := pgtest.NewDB(t)
	p, err := provision.New(db.Admin(t), provision.Config{AppRole: db.AppRole})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := p.Init(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Create(ctx, provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(readmeBlock(t, "<!-- example:readme -->")), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", file)
	cmd.Dir = filepath.Dir(goMod(t))
	cmd.Env = append(os.Environ(), "APP_DSN="+db.AppDSN)
	out, err := cmd.CombinedOutput()
	if want := "acme has 0 baskets\n"; err != nil || string(out) != want {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
}

// TestReadmeRefusal: the refusal that the README shows, in one line and in several, is the one that users get.
func TestReadmeRefusal(t *testing.T) {
	exact := readme(t)
	readme := strings.Join(strings.Fields(exact), " ")
	g, err := guard.New(guard.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	const query = `SELECT name FROM "tenant_globex".document`
	err = g.Check("tenant_acme", query)
	if !errors.Is(err, guard.ErrDenied) {
		t.Fatalf("got %v, want a denial", err)
	}
	if want := query + " " + err.Error(); !strings.Contains(readme, want) {
		t.Errorf("the README does not show %q", want)
	}
	var denial *guard.Denial
	if !errors.As(err, &denial) || !strings.Contains(exact, "\n"+denial.Explain(query)+"\n") {
		t.Errorf("the README does not show\n%s", denial.Explain(query))
	}
}

// TestDDLPageRefusal: so is the refusal of a DDL that docs/ddl.md shows.
func TestDDLPageRefusal(t *testing.T) {
	_, err := provision.New(new(sql.DB), provision.Config{DDL: provision.DDLString(`
CREATE TABLE note (id bigint PRIMARY KEY, name public.citext);
GRANT SELECT ON note TO reporting;`)})
	if want := markedBlock(t, pageText(t, "docs/ddl.md"), "<!-- example:ddl -->"); err == nil || err.Error()+"\n" != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// maxReadme is how many lines the README may have. What does not fit has a page in docs.
const maxReadme = 200

func TestReadmeIsShort(t *testing.T) {
	if n := strings.Count(readme(t), "\n"); n > maxReadme {
		t.Errorf("the README has %d lines, the most is %d", n, maxReadme)
	}
}

// TestReadmeFigures: the README's table of costs takes its times from docs/benchmarks.md.
func TestReadmeFigures(t *testing.T) {
	_, costs, _ := strings.Cut(readme(t), "## What it costs")
	costs, _, _ = strings.Cut(costs, "\n## ")
	benchmarks, found := pageText(t, "docs/benchmarks.md"), 0
	for line := range strings.Lines(costs) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || !strings.Contains(line, "µs") {
			continue
		}
		found++
		row := cells[2] + "|" + cells[3] + "|"
		about, _, _ := strings.Cut(strings.TrimSpace(cells[1]), ",")
		ours := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(about) + `.*` + regexp.QuoteMeta(row))
		if !ours.MatchString(benchmarks) {
			t.Errorf("docs/benchmarks.md has no row %q with %q", about, row)
		}
	}
	if found != 3 {
		t.Errorf("%d rows with times, want 3", found)
	}
}

// TestReadmeWalls: the README sums up the table of docs/security.md.
func TestReadmeWalls(t *testing.T) {
	_, counted, _ := strings.Cut(pageText(t, "docs/security.md"), "### What was counted")
	counted, _, _ = strings.Cut(counted, "\n## ")
	rows := regexp.MustCompile(`(?m)^\| .* \| (\d+) \| (\d+) \| (\d+) \|$`).FindAllStringSubmatch(counted, -1)
	if len(rows) != 5 {
		t.Fatalf("%d rows with three numbers, want 5", len(rows))
	}
	lesser := 0
	for _, row := range rows[1:4] {
		n, err := strconv.Atoi(row[2])
		if err != nil {
			t.Fatal(err)
		}
		lesser += n
	}
	text := strings.Join(strings.Fields(readme(t)), " ")
	for _, want := range []string{
		rows[4][3] + " statements that must be refused", rows[0][1] + " of them showed or changed rows",
		fmt.Sprintf("but %d had lesser effects", lesser),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the README does not say %q", want)
		}
	}
}

func readme(t *testing.T) string {
	t.Helper()
	return pageText(t, "README.md")
}

// readmeBlock returns the fenced block that follows a marker.
func readmeBlock(t *testing.T, marker string) string {
	t.Helper()
	return markedBlock(t, readme(t), marker)
}

// markedBlock returns the fenced block of a page that follows a marker.
func markedBlock(t *testing.T, page, marker string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, marker+"\n```")
	_, rest, _ = strings.Cut(rest, "\n")
	block, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("no block after %s", marker)
	}
	return block
}
