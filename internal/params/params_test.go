package params

import (
	"context"
	"maps"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// What a pin controls, and what changes how texts are read, is refused.
func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name, value string
		passes      bool
	}{
		{"application_name", "x", true},
		{"client_encoding", "UTF8", true},
		{"client_encoding", "utf-8", true},
		{"client_encoding", "LATIN1", false},
		{"standard_conforming_strings", "ON", true},
		{"standard_conforming_strings", "off", false},
		{"search_path", "public", false},
		{"role", "postgres", false},
		{"session_authorization", "postgres", false},
		{"options", "", false},
		{"backslash_quote", "on", false},
		{"replication", "database", false},
	} {
		if err := Check(tt.name, tt.value); (err == nil) != tt.passes {
			t.Errorf("%s=%s: %v", tt.name, tt.value, err)
		}
	}
}

// Each parameter that the server reports otherwise is an error, and so is one that it does not report.
func TestCheckReported(t *testing.T) {
	if err := CheckReported(func(name string) string { return Lexer[name] }); err != nil {
		t.Error(err)
	}
	for name := range Lexer {
		for _, value := range []string{"", "off", "SQL_ASCII"} {
			reported := maps.Clone(Lexer)
			reported[name] = value
			if CheckReported(func(name string) string { return reported[name] }) == nil {
				t.Errorf("%s reported as %q passes", name, value)
			}
		}
	}
}

// A configuration that a hook has changed is held to the same rules, and to what nothing else would notice.
func TestCheckConfig(t *testing.T) {
	given, err := pgx.ParseConfig("postgres://h/db")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(c *pgx.ConnConfig){
		"search_path": func(c *pgx.ConnConfig) { c.RuntimeParams["Search_Path"] = "x" },
		"a setting":   func(c *pgx.ConnConfig) { c.RuntimeParams["docex_pin"] = "session" },
		"AfterConnect": func(c *pgx.ConnConfig) {
			c.Config.AfterConnect = func(context.Context, *pgconn.PgConn) error { return nil }
		},
		"ValidateConnect": func(c *pgx.ConnConfig) {
			c.ValidateConnect = func(context.Context, *pgconn.PgConn) error { return nil }
		},
	} {
		c := given.Copy()
		change(c)
		if CheckConfig(c, given) == nil {
			t.Errorf("%s may be set", name)
		}
	}
	c := given.Copy()
	c.Password = "another"
	if err := CheckConfig(c, given); err != nil || c.RuntimeParams["client_encoding"] != "UTF8" {
		t.Errorf("%v; it has %v", err, c.RuntimeParams)
	}
}
