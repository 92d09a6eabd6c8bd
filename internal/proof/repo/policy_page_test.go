package repo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/config"
)

// TestPolicyPage: the sessions of docs/policy.md are typed again. Its file, its DSN and its Go code open the same.
func TestPolicyPage(t *testing.T) {
	page := pageText(t, "docs/policy.md")
	const marker = "<!-- example:policy -->"
	_, second, _ := strings.Cut(page, marker)
	s := &session{t.TempDir(), append(os.Environ(), docexIn(t))}
	_, queries, _ := strings.Cut(markedBlock(t, page, marker), "$ cat queries.sql\n")
	queries, _, found := strings.Cut(queries, "$ ")
	if !found {
		t.Fatal("the session shows no file")
	}
	yaml := filepath.Join(s.dir, "docex.yaml")
	for name, text := range map[string]string{
		filepath.Join(s.dir, "queries.sql"): queries,
		yaml:                                "version: 3\n" + markedBlock(t, page, "<!-- example:policy-yaml -->"),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.retype(t, markedBlock(t, page, marker))
	s.retype(t, markedBlock(t, second, marker))

	want := guard.Policy{
		SharedSchemas:    []string{"ref"},
		ExtensionSchemas: []string{"ext"},
		Extensions:       []string{"pg_trgm"},
		AllowSettings:    []string{"work_mem"},
		Catalog:          guard.CatalogORM,
	}
	got, err := config.LoadPolicy(yaml)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("docex.yaml: %v, (-want +got)\n%s", err, diff)
	}
	dsn := strings.TrimSpace(markedBlock(t, page, "<!-- example:policy-dsn -->"))
	_, err = driver.NewConnector(dsn, driver.Config{Policy: want}) // fails where the two say different things
	if n := strings.Count(dsn, "docex_"); err != nil || n != 5 {
		t.Errorf("the DSN has %d settings, %v", n, err)
	}
	literal, _, _ := strings.Cut(markedBlock(t, page, "<!-- example:driver/example_test.go -->"), "\n\t\t},")
	_, literal, _ = strings.Cut(literal, "guard.Policy{\n")
	self := strings.Join(strings.Fields(pageText(t, "internal/proof/repo/policy_page_test.go")), " ")
	if literal == "" || !strings.Contains(self, strings.Join(strings.Fields(literal), " ")) {
		t.Errorf("the Go code opens something else:\n%s", literal)
	}
}
