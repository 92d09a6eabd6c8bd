package provision_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// Extensions that a tenant's objects need are in the manifest. Where they are missing the import says which; where they
// are there, what they made is found.
func TestImportNeedsExtensions(t *testing.T) {
	t.Parallel()
	const ddl = `CREATE TABLE word (w ext.citext PRIMARY KEY, CHECK (w <> 'x')); INSERT INTO word VALUES ('Aa');
CREATE INDEX ON word (lower(w::text) text_pattern_ops)`
	cfg := provision.Config{
		DDL: fstest.MapFS{"1.sql": {Data: []byte(ddl)}}, ExtensionSchemas: []string{"ext"},
	}
	with := func(extensions string) archives {
		w := newWorld(t)
		w.exec(`CREATE SCHEMA ext`)
		if _, err := w.admin.ExecContext(t.Context(), extensions); err != nil {
			pgtest.Missing(t, "the server lacks contrib (Debian: apt-get install postgresql-contrib): "+err.Error())
		}
		if extensions == "" {
			return newArchives(t, w, provision.Config{ExtensionSchemas: cfg.ExtensionSchemas})
		}
		return newArchives(t, w, cfg)
	}
	a := with(`CREATE EXTENSION citext SCHEMA ext; CREATE EXTENSION pg_trgm SCHEMA ext`)
	if err := create(t.Context(), site{p: a.p, db: a.admin}, "acme"); err != nil {
		t.Fatal(err)
	}
	file := a.export("acme")
	_, err := with(``).tryImport(file, provision.ImportOptions{})
	wantIs(t, err, provision.ErrArchive)
	if err != nil && !strings.HasSuffix(err.Error(), `: CREATE EXTENSION "citext" SCHEMA "ext"`) {
		t.Errorf("the error does not say what is missing: %v", err)
	}
	b := with(`CREATE EXTENSION citext SCHEMA ext`)
	b.imports(file, provision.ImportOptions{ID: "copy"})
	if got := b.value(`SELECT count(*) FROM tenant_copy.word WHERE w OPERATOR(ext.=) 'aA'::ext.citext`); got != "1" {
		t.Errorf("%s rows are found by the extension's operator, want 1", got)
	}
}

// Without roles per tenant the application's login gets the rights.
func TestImportWithoutTenantRoles(t *testing.T) {
	t.Parallel()
	a := newArchives(t, newWorld(t), everythingConfig())
	a.source("acme")
	file := a.export("acme")
	b := newArchives(t, newWorld(t), provision.Config{NoTenantRoles: true})
	done := b.imports(file, provision.ImportOptions{Suspended: true})
	if done.Tenant.Role != "" || len(done.Lost) > 0 {
		t.Errorf("imported %+v", done)
	}
	s := b.app()
	if got := s.code(`TABLE tenant_acme.item`); got != denied {
		t.Errorf("the application reads a suspended tenant: %q", got)
	}
	if err := b.p.Resume(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	s.must(`TABLE tenant_acme.item`)
}
