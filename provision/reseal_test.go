package provision_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// A tenant may differ from its DDL, and be recorded so.
func TestResealAcceptsWhatIsThere(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{DDLVersion: "1"})
	w.exec(`ALTER TABLE tenant_acme.document ADD priority integer`, `DROP TABLE tenant_acme.doc_events`,
		`CREATE TYPE tenant_acme.mood AS ENUM ('sad')`) // which PUBLIC may use
	wantIs(t, p.Verify(t.Context(), "acme"), provision.ErrDrift)
	accepted, err := p.Reseal(t.Context(), "acme")
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
	again, err := w.provisioner(provision.Config{}).Reseal(t.Context(), "acme") // no label leaves the one that is there
	if err != nil || len(again) > 0 {
		t.Errorf("a second time it accepts %v: %v", again, err)
	}
	made, err := p.Create(t.Context(), provision.Tenant{ID: "initech"})
	if err != nil {
		t.Fatal(err)
	}
	acme, err := p.Get(t.Context(), "acme")
	if err != nil || acme.DDLDigest != made.DDLDigest || acme.DDLVersion != "1" || acme.Catalog == made.Catalog {
		t.Errorf("resealed %+v, made %+v: %v", acme, made, err)
	}
	for _, id := range []string{"globex", "initech"} { // what others are held against has not changed
		if err := p.Verify(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	es, err := p.Audit(t.Context(), provision.AuditOptions{Action: "reseal", TenantID: "acme"})
	if err != nil || len(es) != 2 || !strings.Contains(es[0].Detail+es[1].Detail, "extra column document.priority") {
		t.Errorf("the audit log says %+v: %v", es, err)
	}
}

// A tenant is recorded under another DDL when it is what that one makes, and not before.
func TestResealComparesWithTheDDL(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, noteV1, noteV2, "acme", "globex", "initech")
	ctx := t.Context()
	_, err := u.new.Reseal(ctx, "acme")
	wantIs(t, err, provision.ErrNotUpgraded)
	wantIs(t, err, provision.ErrDrift)
	if !strings.Contains(err.Error(), "missing column note.length") {
		t.Error(err)
	}
	u.wantVersion("1", "acme")

	u.exec(`CREATE INDEX own ON tenant_acme.note (body)`)
	if _, err := u.new.ResealWith(ctx, "acme", provision.ResealOptions{Keep: true}); err != nil {
		t.Error(err)
	}
	u.wantVersion("1", "acme")

	u.exec(`SET search_path = tenant_globex; ` + noteUp + `; SET search_path = DEFAULT`)
	accepted, err := u.new.Reseal(ctx, "globex")
	if err != nil || !strings.Contains(lines(accepted), "extra table tag") {
		t.Errorf("%v %v", accepted, err)
	}
	u.wantVersion("2", "globex")
	es, err := u.new.Audit(ctx, provision.AuditOptions{Action: "reseal", TenantID: "acme", Limit: 9})
	if err != nil || len(es) != 2 || es[1].Outcome != provision.Refused && es[0].Outcome != provision.Refused {
		t.Errorf("the audit log says %+v: %v", es, err)
	}

	_, err = u.new.ResealWith(ctx, "initech", provision.ResealOptions{Force: "\x00"})
	wantIs(t, err, provision.ErrInvalidConfig)
	if _, err := u.new.ResealWith(ctx, "initech", provision.ResealOptions{Force: "ticket 17"}); err != nil {
		t.Error(err)
	}
	u.wantVersion("2", "initech")
	es, err = u.new.Audit(ctx, provision.AuditOptions{Action: "reseal", TenantID: "initech"})
	if err != nil || len(es) != 1 || !strings.Contains(es[0].Detail, "forced: ticket 17") {
		t.Errorf("the audit log says %+v: %v", es, err)
	}
	taken := u.provisioner(provision.Config{DDL: provision.DDLString(noteV2 + ";"), DDLVersion: "1"})
	_, err = taken.ResealWith(ctx, "globex", provision.ResealOptions{Force: "x"})
	wantIs(t, err, provision.ErrDDLVersion)
}

// Rights that leave the tenant are accepted for a reason only.
func TestResealAcceptsNoForeignRights(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	globex, err := p.Get(t.Context(), "globex")
	if err != nil {
		t.Fatal(err)
	}
	shared := w.value(`SELECT shared_role FROM docex_system.installation`)
	login := w.newLogin("two", "LOGIN")
	if err := p.AddLogin(t.Context(), login); err != nil {
		t.Fatal(err)
	}
	w.exec(`CREATE TYPE tenant_acme.mood AS ENUM ('sad'); CREATE SEQUENCE tenant_acme.s`)
	for _, right := range []string{
		`USAGE ON SCHEMA tenant_acme %s PUBLIC`, `SELECT ON tenant_acme.document %s PUBLIC`,
		`SELECT (id) ON tenant_acme.document %s PUBLIC`, `UPDATE ON SEQUENCE tenant_acme.s %s PUBLIC`,
		`SELECT ON tenant_acme.document %s "` + globex.Role + `"`, `SELECT ON tenant_acme.document %s "` + shared + `"`,
		`SELECT ON tenant_acme.document %s "` + login + `"`, `SELECT ON tenant_acme.document %s "` + w.AppRole + `"`,
	} {
		if !w.change("GRANT " + fmt.Sprintf(right, "TO")) {
			continue
		}
		if _, err := p.Reseal(t.Context(), "acme"); err == nil || !strings.Contains(err.Error(), "not accepted: ") {
			t.Errorf("GRANT %s: %v", right, err)
		}
		w.exec("REVOKE " + fmt.Sprintf(right, "FROM"))
	}
	w.exec(`CREATE ROLE "` + w.AppRole + `_report"; GRANT SELECT ON tenant_acme.document TO "` + w.AppRole + `_report"`)
	t.Cleanup(func() {
		w.admin.Exec(`DROP OWNED BY "` + w.AppRole + `_report"; DROP ROLE "` + w.AppRole + `_report"`)
	})
	if _, err := p.Reseal(t.Context(), "acme"); err != nil { // a role of the administrator's choice
		t.Error(err)
	}
	w.exec(`GRANT SELECT ON tenant_acme.document TO PUBLIC`)
	if _, err := p.ResealWith(t.Context(), "acme", provision.ResealOptions{Force: "read by all"}); err != nil {
		t.Error(err)
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
