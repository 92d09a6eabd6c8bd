package provision_test

import (
	"testing"

	"github.com/docex/docex/internal/pgarchive"
	"github.com/docex/docex/internal/testkit/pgserver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// newer has what only PostgreSQL 18 knows.
const newer = `
CREATE TABLE tenant_acme.half (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, CHECK (a > 0) NOT ENFORCED);
INSERT INTO tenant_acme.half VALUES (1), (-1), (NULL);
ALTER TABLE tenant_acme.half ADD CONSTRAINT half_there NOT NULL a NOT VALID;
CREATE TABLE tenant_acme.stay (id int4range, during daterange, PRIMARY KEY (id, during WITHOUT OVERLAPS));
CREATE TABLE tenant_acme.bill (id int4range, during daterange,
  FOREIGN KEY (id, PERIOD during) REFERENCES tenant_acme.stay (id, PERIOD during));
INSERT INTO tenant_acme.stay VALUES ('[1,2)', '[2026-01-01,2027-01-01)');`

// TestNewerClients: pg_dump and pg_restore of PostgreSQL 18 serve older servers, too, and on one of 18 the archive has
// what only that knows.
func TestNewerClients(t *testing.T) {
	t.Parallel()
	folder, err := pgserver.Clients(180000)
	if err != nil {
		pgtest.Missing(t, err.Error())
	}
	a := newArchives(t, newWorld(t), everythingConfig())
	if a.tools, err = pgarchive.Find(folder, a.AdminDSN); err != nil {
		t.Fatal(err)
	}
	a.source("acme")
	if pgtest.Server(t).Version() >= 180000 {
		a.exec(newer)
		if _, err := a.p.Reseal(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
	}
	done := a.imports(a.export("acme"), provision.ImportOptions{ID: "copy"})
	if done.Compared != provision.DepthDefinitions {
		t.Errorf("compared: %s", done.Compared)
	}
	if got, want := a.in("copy", contents), a.in("acme", contents); got != want {
		t.Errorf("it holds\n%s\nand the source\n%s", got, want)
	}
}
