//go:build regress

package sqlparse

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docex/docex/internal/sqlparse/text"
)

// TestPostgresRegressionDDL holds every script of PostgreSQL's own tests, and every statement in it, to complete facts.
func TestPostgresRegressionDDL(t *testing.T) {
	files, compared := 0, 0
	err := filepath.WalkDir(os.Getenv("DOCEX_REGRESS_SQL"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".sql") {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		ParseDDL(string(content), text.Limits{})
		for _, sql := range strings.SplitAfter(string(content), ";\n") {
			compared += checkDefinitions(t, sql)
		}
		return nil
	})
	if err != nil || files < 200 || compared < 8000 {
		t.Errorf("%d files, %d definitions (%v)", files, compared, err)
	}
	t.Logf("%d definitions in %d files", compared, files)
}
