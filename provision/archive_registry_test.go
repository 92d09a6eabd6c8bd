package provision_test

import (
	"strings"
	"testing"

	"github.com/docex/docex/provision"
)

// What the tenant's role may no longer do, it may not do after an import either; nor does it write in tables that are
// read-only here.
func TestImportKeepsRightsNarrow(t *testing.T) {
	t.Parallel()
	a := newArchives(t, newWorld(t), everythingConfig())
	a.source("acme")
	role := a.value(`SELECT quote_ident(role_name) FROM docex_system.tenant WHERE id = 'acme'`)
	a.exec(`REVOKE UPDATE, DELETE ON tenant_acme.log, tenant_acme.log_2025 FROM `+role,
		`REVOKE EXECUTE ON FUNCTION tenant_acme.twice(bigint) FROM `+role,
		`ALTER DEFAULT PRIVILEGES IN SCHEMA tenant_acme REVOKE INSERT ON TABLES FROM `+role)
	if _, err := a.p.Reseal(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	file := a.export("acme")
	cfg := everythingConfig()
	cfg.ReadOnlyTables = []string{"price"}
	a.p = a.provisioner(cfg)
	if done := a.imports(file, provision.ImportOptions{ID: "copy"}); len(done.Lost) > 0 {
		t.Errorf("lost %v", done.Lost)
	}
	a.exec(`CREATE TABLE tenant_copy.later ()`)
	s := a.app()
	if err := s.pin("copy"); err != nil {
		t.Fatal(err)
	}
	s.must(`INSERT INTO log VALUES ('2025-02-03', 'x'); TABLE price; TABLE later; DELETE FROM item`)
	for _, refused := range []string{
		`DELETE FROM log`, `UPDATE log SET what = ''`, `SELECT twice(1)`, `INSERT INTO later DEFAULT VALUES`,
		`DELETE FROM price`,
	} {
		if got := s.code(refused); got != denied {
			t.Errorf("%s: code %q", refused, got)
		}
	}
}

// A label means one DDL in the database that a tenant is imported into, too. The text of the DDL is kept where it is
// known, so that the tenant can be upgraded.
func TestImportKeepsLabels(t *testing.T) {
	t.Parallel()
	a := newArchives(t, newWorld(t), everythingConfig())
	a.source("acme")
	file := a.export("acme")
	other := provision.Config{DDL: smallDDL, DDLVersion: "7"}

	b := newArchives(t, newWorld(t), everythingConfig())
	if done := b.imports(file, provision.ImportOptions{}); done.Tenant.DDLVersion != "7" {
		t.Errorf("imported %+v", done.Tenant)
	}
	_, err := b.provisioner(other).Create(t.Context(), provision.Tenant{ID: "globex"})
	wantIs(t, err, provision.ErrDDLVersion)
	const more = "CREATE TABLE more (id integer)"
	next := b.provisioner(provision.Config{DDL: provision.DDLString(everythingHere() + ";\n" + more), DDLVersion: "8"})
	report, err := next.UpgradeTenants(t.Context(), provision.UpgradeOptions{Script: provision.DDLString(more)})
	if err != nil || report.Done != 1 {
		t.Errorf("upgrading what was imported: %+v %v", report, err)
	}

	c := newArchives(t, newWorld(t), other)
	if _, err := c.p.Create(t.Context(), provision.Tenant{ID: "globex"}); err != nil {
		t.Fatal(err)
	}
	if done := c.imports(file, provision.ImportOptions{}); done.Tenant.DDLVersion != "" {
		t.Errorf("where the label means another DDL, the tenant got it: %+v", done.Tenant)
	}
}

// An archive of a tenant that is between the parts of an upgrade brings it back to there, and the upgrade goes on. An
// index that was interrupted, which pg_dump leaves out, does not keep it from being restored.
func TestImportBetweenPartsOfAnUpgrade(t *testing.T) {
	t.Parallel()
	const index = "CREATE UNIQUE INDEX CONCURRENTLY note_body ON note (body)"
	v1 := provision.Config{DDL: provision.DDLString(noteV1), DDLVersion: "1"}
	v2 := provision.Config{DDLVersion: "2", DDL: provision.DDLString(
		noteV2 + ";\n" + strings.Replace(index, "CONCURRENTLY ", "", 1))}
	a := newArchives(t, newWorld(t), v1)
	if _, err := a.p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	a.exec(`INSERT INTO tenant_acme.note VALUES (1, 'same'), (2, 'same')`)
	o := provision.UpgradeOptions{Script: provision.DDLString(noteUp), Then: provision.DDLString(index)}
	_, err := a.provisioner(v2).UpgradeTenants(t.Context(), o)
	if sqlState(t, err) != "23505" {
		t.Fatalf("the index of equal rows: %v", err)
	}
	const valid = `SELECT indisvalid FROM pg_index WHERE indexrelid = 'tenant_acme.note_body'::regclass`
	if got := a.value(valid); got != "false" {
		t.Fatalf("valid: %s", got)
	}
	b := newArchives(t, newWorld(t), v2)
	done, err := b.tryImport(a.export("acme"), provision.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.p.Verify(t.Context(), "acme"); err != nil || !b.p.Behind(done.Tenant) || done.Tenant.NextDDL == "" {
		t.Errorf("imported %+v: %v", done.Tenant, err)
	}
	b.exec(`DELETE FROM tenant_acme.note WHERE id = 2`)
	_, err = b.p.UpgradeTenants(t.Context(), o)
	wantIs(t, err, provision.ErrRehearsal) // the text of version 1 is not here
	o.From = append(o.From, v1.DDL)
	report, err := b.p.UpgradeTenants(t.Context(), o)
	if err != nil || report.Done != 1 {
		t.Errorf("the rest of the upgrade: %+v %v", report, err)
	}
	if now, err := b.p.Get(t.Context(), "acme"); err != nil || b.p.Behind(now) || now.DDLVersion != "2" {
		t.Errorf("afterwards %+v %v", now, err)
	}
}

// A tenant is restored beside a copy of the database to which its drop has left the role, and again when the copy has
// roles of its own.
func TestRestoreBesideACopy(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	a := newArchives(t, newWorld(t), provision.Config{DDL: smallDDL})
	if _, err := a.p.Create(ctx, provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	file := a.export("acme")
	c := a.copied("_copy", a.AppRole)
	var roles []string
	for i := range 2 {
		if err := inTurn(suspend, drop)(ctx, site{p: a.p, db: a.admin}, "acme"); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			if err := c.provisioner(provision.Config{}).Rehome(ctx, nil); err != nil {
				t.Fatal(err)
			}
		}
		roles = append(roles, a.imports(file, provision.ImportOptions{Restore: true}).Tenant.Role)
		app := a.app()
		if err := app.pin("acme"); err != nil {
			t.Fatal(err)
		}
		app.must("TABLE second")
	}
	if !strings.HasSuffix(roles[0], "$1") || !strings.HasSuffix(roles[1], "_acme") {
		t.Errorf("roles %v", roles)
	}
}
