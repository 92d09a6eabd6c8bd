package session

import (
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/jackc/pgx/v5"
)

// A search_path as the server reports it is the one that was pinned, or another.
func TestSamePath(t *testing.T) {
	rest := []string{"shared", "pg_temp"}
	for _, tt := range []struct {
		reported, first string
		want            bool
	}{
		{"tenant_acme, shared, pg_temp", "tenant_acme", true},
		{"tenant_acme,shared,pg_temp", "tenant_acme", true},
		{`"tenant_a-b", shared, pg_temp`, "tenant_a-b", true},
		{`"a""b", shared, pg_temp`, `a"b`, true},
		{`"a, shared", shared, pg_temp`, "a, shared", true},
		{`"Acme", shared, pg_temp`, "Acme", true},
		{"tenant_globex, shared, pg_temp", "tenant_acme", false},
		{"tenant_acme, shared", "tenant_acme", false},
		{"tenant_acme, pg_temp, shared", "tenant_acme", false},
		{"tenant_acme, shared, pg_temp, public", "tenant_acme", false},
		{"public, tenant_acme, shared, pg_temp", "tenant_acme", false},
		{"tenant_acme", "tenant_acme", false},
		{`"tenant_acme, shared, pg_temp"`, "tenant_acme", false},
		{`"tenant_acme`, "tenant_acme", false},
		{"", "tenant_acme", false},
		{"", "", false},
	} {
		if got := samePath(tt.reported, tt.first, rest); got != tt.want {
			t.Errorf("%s for %q: %t", tt.reported, tt.first, got)
		}
	}
}

// A pin's search_path is what the server reports as that, and where it looks.
func TestPathOnServer(t *testing.T) {
	admin := pgtest.NewDB(t).Admin(t)
	p := newPins(Config{Path: []string{"shared one", "public"}}, false)
	for _, schema := range []string{
		"tenant_acme", "tenant_a-b", "Acme", "a b", "a,b", `a"b`, `a""`, "a'b", `a\b`, "select", "é", "1a", "a$b",
		strings.Repeat("x", 63),
	} {
		if _, err := admin.Exec("CREATE SCHEMA " + pgx.Identifier{schema}.Sanitize()); err != nil {
			t.Fatal(err)
		}
		var reported, first string
		const set = "SELECT set_config('search_path', $1, true), current_schema"
		err := admin.QueryRow(set, p.pathOf(schema)).Scan(&reported, &first)
		if err != nil || !samePath(reported, schema, p.path) || first != schema {
			t.Errorf("%q: set as %s, reported as %s, the server looks in %q; %v", schema, p.pathOf(schema), reported, first, err)
		}
	}
}
