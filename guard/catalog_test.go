package guard_test

import (
	"errors"
	"testing"

	"github.com/docex/docex/guard"
)

// Even the widest level shows nothing of what other tenants did on the same connection.
func TestCatalogAllHidesTheSession(t *testing.T) {
	g := mustNew(t, guard.Policy{Catalog: guard.CatalogAll})
	if err := g.Check("tenant_acme", "SELECT relname FROM pg_class"); err != nil {
		t.Error(err)
	}
	for _, sql := range []string{
		"SELECT statement FROM pg_prepared_statements", "SELECT statement FROM pg_catalog.pg_prepared_statements",
		"SELECT * FROM pg_cursors", "TABLE pg_cursors", "SELECT * FROM pg_prepared_statement()", "SELECT * FROM pg_cursor()",
		"SELECT NULL::pg_prepared_statements",
	} {
		if err := g.Check("tenant_acme", sql); !errors.Is(err, guard.ErrDenied) {
			t.Errorf("%q: got %v", sql, err)
		}
	}
}
