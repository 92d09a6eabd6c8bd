package config

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every setting of version 2's default file is named with what became of it, none by accident.
func TestFromV2KnowsEverySetting(t *testing.T) {
	text, err := os.ReadFile("testdata/v2-default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := FromV2(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Notes) < 40 {
		t.Errorf("%d notes", len(m.Notes))
	}
	for _, n := range m.Notes {
		if n.Text == "" || strings.Contains(n.Text, "not known") {
			t.Errorf("%s: %q", n.Key, n.Text)
		}
	}
}

func TestFromV2(t *testing.T) {
	m, err := FromV2([]byte(`
database:
  type: postgres
  postgres: {host: db.example, port: 5433, database: my docs, user: "own${er", password: "h1dden:@",
    schema_template: "t_{tenant_id}"}
security: {multi_tenancy_model: database_level}
multi_tenancy: {enabled: true, bootstrap_tenant: {schema: docex_system}}
surprise: {deep: h1dden}
`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := m.Config.Render()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DOCEX_ADMIN_PASSWORD", "secret")
	admin, err := m.Config.Database.AdminDSN.Expand("")
	if err != nil {
		t.Fatal(err)
	}
	if want := "postgres://own$%7Ber:secret@db.example:5433/my%20docs"; admin != want {
		t.Errorf("got %s, want %s", admin, want)
	}
	if want := DSN("postgres://docex_app:${DOCEX_APP_PASSWORD}@db.example:5433/my%20docs"); m.Config.Database.AppDSN !=
		want {
		t.Errorf("got %s, want %s", string(m.Config.Database.AppDSN), string(want))
	}
	if got := m.Config.Provision.SystemSchema; got != "docex_system_v3" {
		t.Errorf("system schema %s: version 2's is there already", got)
	}
	for key, want := range map[string]string{
		"surprise.deep":                     "not known",
		"database.postgres.schema_template": "t_{tenant_id}",
		"security.multi_tenancy_model":      "provision.strategy",
	} {
		i := slices.IndexFunc(m.Notes, func(n Note) bool { return n.Key == key })
		if i < 0 || !strings.Contains(m.Notes[i].Text, want) {
			t.Errorf("%s: no note with %q in %v", key, want, m.Notes)
		}
	}
	if steps := strings.Join(m.Steps, "\n"); !strings.Contains(steps, "Its names are t_{tenant_id}") {
		t.Error(steps)
	}
	for _, n := range m.Notes {
		if strings.Contains(n.Text+string(text)+strings.Join(m.Steps, ""), "h1dden") {
			t.Errorf("%s shows a value", n.Key)
		}
	}
	back, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m.Config, back, ignoreDir, cmp.Transformer("text", func(d DSN) string { return string(d) }),
		equalEmpty); diff != "" {
		t.Error(diff)
	}
}

func TestFromV2WithoutPostgres(t *testing.T) {
	m,
		err := FromV2(
		[]byte("database: {type: sqlite, sqlite: {path: docex.db}}\nsecurity: {multi_tenancy_model: row_level}"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Config.Database != Default().Database {
		t.Error("a DSN was made up")
	}
	if m.Config.Provision.SystemSchema != "docex_system" {
		t.Errorf("system schema %s", m.Config.Provision.SystemSchema)
	}
	steps := strings.Join(m.Steps, "\n")
	for text, want := range map[string]bool{
		"set DOCEX_ADMIN_DSN and DOCEX_APP_DSN": true, "out of SQLite": true, "_PASSWORD": false, "pg_dump": false,
		"adopt": false,
	} {
		if strings.Contains(steps, text) != want {
			t.Errorf("%q in it: %t\n%s", text, !want, steps)
		}
	}
}

func TestFromV2RowsInOneSchema(t *testing.T) {
	m, err := FromV2([]byte("database: {type: postgres}\nsecurity: {multi_tenancy_model: row_level}"))
	if err != nil {
		t.Fatal(err)
	}
	if steps := strings.Join(m.Steps, "\n"); !strings.Contains(steps, "--from public") ||
		!strings.Contains(steps, "pg_dump") {
		t.Error(steps)
	}
}

func TestFromV2Refuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "no documents",
		"version: 3":                 "it says version: 3",
		"a: b":                       "no setting of DocEX v2",
		"database: postgres://h1d@h": "no setting of DocEX v2",
		"[h1dden]":                   "cannot construct",
		"database: {type: 'h1dden":   "unexpected end",
		"database: {1: 2}\n3: 4":     "",
	} {
		_, err := FromV2([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "h1d") {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}
