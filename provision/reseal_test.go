package provision_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

func TestResealAcceptsWhatIsThere(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	newDDL := w.provisioner(provision.Config{DDL: ddl("CREATE TABLE second (id integer)"), DDLVersion: "2"})
	w.exec(`ALTER TABLE tenant_acme.document ADD priority integer`, `DROP TABLE tenant_acme.doc_events`)
	wantIs(t, p.Verify(t.Context(), "acme"), provision.ErrDrift)
	accepted, err := newDDL.Reseal(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(accepted); !strings.Contains(got, "\nextra column document.priority (integer)") ||
		!strings.Contains(got, "\nmissing table doc_events") {
		t.Errorf("accepted%s", got)
	}
	if err := p.Verify(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
	again, err := newDDL.Reseal(t.Context(), "acme")
	if err != nil || len(again) > 0 {
		t.Errorf("a second time it accepts %v: %v", again, err)
	}
	made, err := newDDL.Create(t.Context(), provision.Tenant{ID: "initech"})
	if err != nil {
		t.Fatal(err)
	}
	acme, err := p.Get(t.Context(), "acme")
	if err != nil || acme.DDLDigest != made.DDLDigest || acme.DDLVersion != "2" || acme.Catalog == made.Catalog {
		t.Errorf("resealed %+v, made %+v: %v", acme, made, err)
	}
	for _, id := range []string{"globex", "initech"} { // what others are held against has not changed
		if err := p.Verify(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	es, err := p.Audit(t.Context(), provision.AuditOptions{Action: "reseal", Limit: 1})
	if err != nil || len(es) != 1 || !strings.Contains(es[0].Detail, "extra column document.priority") {
		t.Errorf("the audit log says %+v: %v", es, err)
	}
}

// The audit log tells two long definitions apart.
func TestResealRecordsWhereDefinitionsDiffer(t *testing.T) {
	t.Parallel()
	const head = `FUNCTION {{s}}total() RETURNS bigint LANGUAGE sql AS 'SELECT sum(x)
  FROM generate_series(1, 1000) AS long(x) WHERE x > 0 AND x < 1000 AND `
	w, p := twoTenants(t, provision.Config{DDL: ddl("CREATE " + strings.ReplaceAll(head, "{{s}}", "") + "x <> 17'")})
	w.exec("CREATE OR REPLACE " + strings.ReplaceAll(head, "{{s}}", "tenant_acme.") + "x <> 18'")
	if _, err := p.Reseal(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	es, err := p.Audit(t.Context(), provision.AuditOptions{Action: "reseal"})
	if err != nil || len(es) != 1 || !strings.Contains(es[0].Detail, "x <> 18$function$, want …") ||
		!strings.HasSuffix(es[0].Detail, "x <> 17$function$") {
		t.Errorf("the audit log says %+v: %v", es, err)
	}
}

func TestResealAcceptsNoRights(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	acme, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	w.exec(`ALTER ROLE "` + acme.Role + `" BYPASSRLS`)
	_, err = p.Reseal(t.Context(), "acme")
	wantIs(t, err, provision.ErrDrift)
	w.exec(`DROP SCHEMA tenant_globex CASCADE`)
	_, err = p.Reseal(t.Context(), "globex")
	wantIs(t, err, provision.ErrDrift)
	_, err = p.Reseal(t.Context(), "nobody")
	wantIs(t, err, scope.ErrTenantNotProvisioned)
}

// A tenant of an older docex has no description until it is resealed.
func TestResealAfterUpgrade(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	w.exec("UPDATE docex_system.tenant SET catalog_digest = NULL WHERE id = 'acme'")
	wantIs(t, p.Verify(t.Context(), "acme"), provision.ErrDrift)
	if _, err := p.Reseal(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if err := p.Verify(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
}

func TestRename(t *testing.T) {
	t.Parallel()
	_, p := twoTenants(t, provision.Config{})
	before, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, want string }{{"Acme & Söhne", "Acme & Söhne"}, {"", "acme"}} {
		if err := p.Rename(t.Context(), "acme", c.name); err != nil {
			t.Fatal(err)
		}
		before.DisplayName = c.want
		after, err := p.Get(t.Context(), "acme")
		if d := cmp.Diff(before, after); d != "" || err != nil {
			t.Errorf("%v %s", err, d)
		}
	}
	wantIs(t, p.Rename(t.Context(), "acme", "a\x00"), provision.ErrInvalidConfig)
	wantIs(t, p.Rename(t.Context(), "acme", strings.Repeat("a", 256)), provision.ErrInvalidConfig)
	wantIs(t, p.Rename(t.Context(), "nobody", "x"), scope.ErrTenantNotProvisioned)
}

// A refusal names the role, and so does its entry in the audit log.
func TestResealNamesTheRole(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	acme, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	w.exec(`ALTER ROLE "` + acme.Role + `" CREATEDB`)
	_, err = p.Reseal(t.Context(), "acme")
	wantIs(t, err, provision.ErrDrift)
	logged := w.value("SELECT detail FROM docex_system.audit WHERE action = 'reseal'")
	for _, text := range []string{err.Error(), logged} {
		if !strings.Contains(text, "role "+acme.Role+" is NOSUPERUSER CREATEDB") || strings.Contains(text, "{{") {
			t.Errorf("%s", text)
		}
	}
}
