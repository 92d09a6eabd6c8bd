//go:build regress

package guard_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
)

// TestPostgresRegressionSQL holds every statement of PostgreSQL's own tests to a complete verdict under the strictest
// policy and the widest one. `make regress` fetches them and names their folder in DOCEX_REGRESS_SQL.
func TestPostgresRegressionSQL(t *testing.T) {
	guards := []*guard.Guard{
		mustNew(t, guard.Policy{}), mustNew(t, guard.Policy{Catalog: guard.CatalogAll, MultiStatement: true,
			SharedSchemas: []string{"public"}}),
	}
	rules, statements := map[string]int{}, 0
	for _, script := range scripts(t, os.Getenv("DOCEX_REGRESS_SQL")) {
		for _, sql := range append(split(script), script) {
			statements++
			for _, g := range guards {
				rules[verdictOf(t, g, sql)]++
			}
		}
	}
	if statements < 20_000 {
		t.Errorf("%d statements, want at least 20,000", statements)
	}
	t.Logf("%d statements; verdicts by rule: %v", statements, rules)
}

// verdictOf returns the name of the rule that refuses a statement, or "allowed".
func verdictOf(t *testing.T, g *guard.Guard, sql string) string {
	t.Helper()
	effects, err := g.Inspect("tenant_acme", sql)
	if err == nil {
		return "allowed"
	}
	var d *guard.Denial
	if !errors.As(err, &d) || d.Rule == guard.RuleNone || d.Rule == guard.RuleInternal || effects != (guard.Effects{}) {
		t.Errorf("incomplete denial of %.300q: %v %+v", sql, err, effects)
		return "incomplete"
	}
	return d.Rule.String()
}

func scripts(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".sql") {
			return err
		}
		text, err := os.ReadFile(path)
		all = append(all, string(text))
		return err
	})
	if err != nil || len(all) < 200 {
		t.Fatalf("DOCEX_REGRESS_SQL=%q: %d files, want at least 200 (%v)", dir, len(all), err)
	}
	return all
}

// split cuts a psql script at the lines that end in a semicolon outside of dollar quotes, roughly: a piece that is no
// statement is a test, too. Commands of psql's own are left out.
func split(script string) []string {
	var all []string
	var b strings.Builder
	for line := range strings.Lines(script) {
		if strings.HasPrefix(line, `\`) {
			continue
		}
		b.WriteString(line)
		code, _, _ := strings.Cut(line, "--")
		if strings.HasSuffix(strings.TrimSpace(code), ";") && strings.Count(b.String(), "$$")%2 == 0 {
			all = append(all, b.String())
			b.Reset()
		}
	}
	return append(all, b.String())
}
