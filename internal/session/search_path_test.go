package session

import (
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/jackc/pgx/v5"
)

// A pin's search_path is what the server reports as that, and where it looks.
func TestPathOnServer(t *testing.T) {
	admin := pgtest.NewDB(t).Admin(t)
	for _, schema := range []string{
		"tenant_acme", "tenant_a-b", "Acme", "a b", "a,b", `a"b`, `a""`, "a'b", `a\b`, "select", "é", "1a", "a$b",
		strings.Repeat("x", 63),
	} {
		if _, err := admin.Exec("CREATE SCHEMA " + pgx.Identifier{schema}.Sanitize()); err != nil {
			t.Fatal(err)
		}
		path := pathOf(schema, []string{"shared one", "public"})
		var reported, first string
		const set = "SELECT set_config('search_path', $1, true), current_schema"
		err := admin.QueryRow(set, path).Scan(&reported, &first)
		if err != nil || reported != path || first != schema {
			t.Errorf("%q: set as %s, reported as %s, the server looks in %q; %v", schema, path, reported, first, err)
		}
	}
}
