package provision_test

import (
	"testing"

	"github.com/docex/docex/provision"
)

// The label of an imported tenant means its DDL here, too, and one that means another DDL does not come back with
// a tenant that was dropped.
func TestImportedVersionMeansOneDDL(t *testing.T) {
	t.Parallel()
	a := newArchives(t, newWorld(t), everythingConfig())
	a.source("acme")
	file := a.export("acme")
	other := provision.Config{DDL: ddl("CREATE TABLE second (id integer)"), DDLVersion: "7"}
	b := newArchives(t, newWorld(t), other)
	b.imports(file, provision.ImportOptions{})
	_, err := b.p.Create(t.Context(), provision.Tenant{ID: "globex"})
	wantIs(t, err, provision.ErrDDLVersion)

	if err := inTurn(suspend, drop)(t.Context(), site{p: a.p, db: a.admin}, "acme"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.provisioner(other).Create(t.Context(), provision.Tenant{ID: "globex"}); err != nil {
		t.Fatal(err)
	}
	done, err := a.tryImport(file, provision.ImportOptions{Restore: true})
	if err != nil || done.Tenant.DDLVersion != "" {
		t.Errorf("a label that means another DDL by now came back: %+v %v", done.Tenant, err)
	}
}
