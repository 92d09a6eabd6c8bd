package sqlparse

import (
	"strings"
	"testing"

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
