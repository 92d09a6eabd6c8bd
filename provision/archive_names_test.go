package provision_test

import (
	"strings"
	"testing"

	"github.com/docex/docex/provision"
)

// A name of the schema that the import cannot replace is found, however little can be compared with the manifest: here
// the copy would read the original's rows with the administrator's rights.
func TestImportFindsTheOldName(t *testing.T) {
	t.Parallel()
	a := newArchives(t, newWorld(t), everythingConfig())
	a.source("acme")
	a.exec(`CREATE FUNCTION tenant_acme.spy() RETURNS bigint LANGUAGE sql SECURITY DEFINER
 AS 'SELECT count(*) FROM tenant_acme.item'`)
	archive, err := a.tools.Open(t.Context(), a.export("acme"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { archive.Close() })
	for _, describer := range []string{archive.Manifest.Describer, "another docex's"} {
		m := archive.Manifest
		m.Describer = describer
		_, err = a.p.Import(t.Context(), m, archive.Section, provision.ImportOptions{ID: "copy"})
		wantIs(t, err, provision.ErrArchive)
		if err != nil && !strings.Contains(err.Error(), `function spy() names schema "tenant_acme"`) {
			t.Errorf("the error does not say where the name is left: %v", err)
		}
	}
}

// Names may hold the end of a line. No row is taken for a statement then.
func TestImportOfNamesInSeveralLines(t *testing.T) {
	t.Parallel()
	a := newArchives(t, newWorld(t), everythingConfig())
	a.source("acme")
	const table = `"two` + "\n" + `lines FROM stdin;` + "\n" + `"`
	a.exec(`CREATE TABLE tenant_acme.`+table+` ("a`+"\n"+`b" text)`,
		`INSERT INTO tenant_acme.`+table+` VALUES ('DROP SCHEMA tenant_acme CASCADE;'), ('x')`)
	if _, err := a.tryImport(a.export("acme"), provision.ImportOptions{ID: "copy"}); err != nil {
		t.Fatal(err)
	}
	rows := `SELECT json_agg(t ORDER BY 1) FROM ` + table + ` AS t`
	if got, want := a.in("copy", rows), a.in("acme", rows); got != want {
		t.Errorf("the rows are %s, want %s", got, want)
	}
}
