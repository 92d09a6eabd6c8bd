package sqlparse

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/sqlparse/text"
)

// TestParseDDLGoesOn: the statements before and behind one that does not parse are read.
func TestParseDDLGoesOn(t *testing.T) {
	const sql = "SELECT 1; SELECT (a) x y z; SELECT 3"
	found, errs := ParseDDL(sql, text.Limits{})
	if len(found) != 2 || len(errs) != 1 || found[1].Offset != strings.Index(sql, "SELECT 3") {
		t.Errorf("%v, %v", found, errs)
	}
}

func TestConcurrentIndexes(t *testing.T) {
	for _, c := range []struct {
		sql  string
		want *ConcurrentIndex
	}{
		{`CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "By Name" ON t (a)`, &ConcurrentIndex{Name: "By Name"}},
		{`CREATE INDEX CONCURRENTLY ON t (a)`, &ConcurrentIndex{}},
		{`DROP INDEX CONCURRENTLY IF EXISTS By_Name`, &ConcurrentIndex{Name: "by_name", Drop: true}},
		{`DROP INDEX CONCURRENTLY a, b`, nil},
		{`CREATE INDEX a ON t (a)`, nil},
		{`ALTER TABLE t DETACH PARTITION p CONCURRENTLY`, nil},
	} {
		defs, errs := ParseDDL(c.sql, text.Limits{})
		if len(errs) > 0 || len(defs) != 1 {
			t.Fatal(defs, errs)
		}
		if d := cmp.Diff(c.want, defs[0].Index); d != "" {
			t.Errorf("%s: %s", c.sql, d)
		}
	}
}
