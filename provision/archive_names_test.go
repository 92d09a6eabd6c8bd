package provision_test

import (
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
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
	archive := a.opened("acme")
	for _, describer := range []string{archive.Manifest.Describer, "another docex's"} {
		m := archive.Manifest
		m.Describer = describer
		_, err := a.p.Import(t.Context(), m, archive.Section, provision.ImportOptions{ID: "copy"})
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

// A view that an administrator made over another tenant's table goes nowhere: that tenant may be somebody else there.
// Back into its own tenant it goes.
func TestImportNamesNoOtherTenant(t *testing.T) {
	pgtest.SkipOnCitus(t, "it cannot make an aggregate in a schema whose name needs quotes")
	t.Parallel()
	a := newArchives(t, newWorld(t), everythingConfig())
	a.source("acme")
	a.source("globex-1")
	b := newArchives(t, newWorld(t), everythingConfig())
	b.source("globex-1")
	for _, made := range []string{
		`VIEW tenant_acme.theirs AS SELECT count(*) FROM "tenant_globex-1".item`,
		`FUNCTION tenant_acme.theirs() RETURNS bigint LANGUAGE sql SECURITY DEFINER
 SET search_path = pg_catalog, "tenant_globex-1" AS 'SELECT count(*) FROM item'`,
	} {
		a.exec(`CREATE ` + made)
		file := a.export("acme")
		_, err := b.tryImport(file, provision.ImportOptions{})
		wantIs(t, err, provision.ErrArchive)
		if err != nil && !strings.Contains(err.Error(), `names schema "tenant_globex-1", which is another tenant's here`) {
			t.Errorf("the error does not say why: %v", err)
		}
		_, err = a.tryImport(file, provision.ImportOptions{ID: "copy"})
		wantIs(t, err, provision.ErrArchive)
		if strings.HasPrefix(made, "VIEW") {
			a.exec(`DROP VIEW tenant_acme.theirs`)
			continue
		}
		if err := inTurn(suspend, drop)(t.Context(), site{p: a.p, db: a.admin}, "acme"); err != nil {
			t.Fatal(err)
		}
		if _, err := a.tryImport(file, provision.ImportOptions{Restore: true}); err != nil {
			t.Error(err)
		}
	}
}

// A policy for the original's role would not hold for the copy's.
func TestImportOfPolicyForRole(t *testing.T) {
	t.Parallel()
	a := newArchives(t, newWorld(t), everythingConfig())
	a.source("acme")
	acme, err := a.p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	a.exec(`CREATE POLICY hidden ON tenant_acme.own AS RESTRICTIVE TO "` + acme.Role + `" USING (false)`)
	archive := a.opened("acme")
	m := archive.Manifest
	m.Describer = "another docex's"
	_, err = a.p.Import(t.Context(), m, archive.Section, provision.ImportOptions{ID: "copy"})
	wantIs(t, err, provision.ErrArchive)
}
