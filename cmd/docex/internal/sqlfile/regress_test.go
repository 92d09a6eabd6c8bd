//go:build regress

package sqlfile

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docex/docex/guard"
)

// TestPostgresRegressionScripts takes PostgreSQL's own tests apart, which are psql's scripts: no statement in them ends
// elsewhere than the parser thinks. `make regress` fetches them and names their folder in DOCEX_REGRESS_SQL.
func TestPostgresRegressionScripts(t *testing.T) {
	c := mustChecker(t, guard.Policy{})
	rules, statements := map[string]int{}, 0
	err := filepath.WalkDir(os.Getenv("DOCEX_REGRESS_SQL"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".sql") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found, n, err := c.Check(context.Background(), string(text))
		statements += n
		for _, f := range found {
			rules[f.Rule]++
			if f.Rule == guard.RuleInternal.String() || f.Reason == unclearEnd {
				t.Errorf("%s:%d:%d: %s: %s", path, f.Line, f.Column, f.Rule, f.Reason)
			}
		}
		return err
	})
	if err != nil || statements < 50_000 {
		t.Errorf("%d statements, want at least 50,000; %v", statements, err)
	}
	t.Logf("%d statements; findings by rule: %v", statements, rules)
}
