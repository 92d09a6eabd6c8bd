package provision_test

import (
	"strings"
	"testing"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
	"github.com/google/go-cmp/cmp"
)

// known returns all that the system schema says, as text.
func (w *world) known() string {
	return w.value(`SELECT (SELECT string_agg(t::text, ' ') FROM docex_system.tenant AS t) ||
 (SELECT string_agg(a::text, ' ') FROM docex_system.audit AS a)`)
}

// What names a customer is gone from the system schema, whatever action has brought it there. The rest of the entries,
// the tombstone, and other tenants stay as they are.
func TestForget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	name := func(id, name string) {
		t.Helper()
		_, err := p.Create(t.Context(), provision.Tenant{ID: id, DisplayName: name})
		must(err)
	}
	name("c7", "Umbrella Ltd")
	name("c8", "Umbrella Shop")
	must(p.Rename(t.Context(), "c7", "Hive Inc"))
	w.exec("CREATE TABLE tenant_c7.umbrella ()")
	_, err := p.Reseal(t.Context(), "c7")
	must(err)
	w.exec("CREATE TABLE tenant_c7.umbrella2 (); CREATE VIEW public.umbrella AS TABLE tenant_c7.umbrella2")
	must(p.Suspend(t.Context(), "c7"))
	wantIs(t, p.Forget(t.Context(), "c7"), provision.ErrTenantActive)
	wantIs(t, p.Forget(t.Context(), "nobody"), scope.ErrTenantNotProvisioned)
	if err := p.Drop(t.Context(), "c7", "c7"); err == nil || !strings.Contains(err.Error(), "umbrella") {
		t.Fatalf("dropped with a view outside: %v", err)
	}
	w.exec("DROP VIEW public.umbrella")
	must(p.Drop(t.Context(), "c7", "c7"))
	w.exec("UPDATE docex_system.tenant SET display_name = 'Umbrella GmbH' WHERE id = 'c7'")
	before := entries(t, p, provision.AuditOptions{TenantID: "c7"})

	must(p.Forget(t.Context(), "c7"))
	must(p.Forget(t.Context(), "c7"))
	left := strings.ReplaceAll(w.known(), "Umbrella Shop", "")
	for _, gone := range []string{"Umbrella", "umbrella", "Hive"} {
		if strings.Contains(left, gone) {
			t.Errorf("the system schema knows %q", gone)
		}
	}
	tomb, err := p.Get(t.Context(), "c7")
	if must(err); tomb.State != provision.Dropped || tomb.DisplayName != "c7" {
		t.Errorf("the tombstone is %+v", tomb)
	}
	want := append(before, "forget c7 done", "forget c7 done")
	if d := cmp.Diff(want, entries(t, p, provision.AuditOptions{TenantID: "c7"})); d != "" {
		t.Error(d)
	}
	details := w.value(`SELECT string_agg(action || ': ' || detail, ', ' ORDER BY id) FROM docex_system.audit
 WHERE tenant_id = 'c7' AND outcome = 'done'`)
	wantDetails := "create: " + w.value("SELECT ddl_digest FROM docex_system.tenant WHERE id = 'c8'") +
		", rename: forgotten, reseal: forgotten, suspend: it was active, drop: , forget: , forget: "
	if d := cmp.Diff(wantDetails, details); d != "" {
		t.Error(d)
	}

	must(p.Rename(t.Context(), "c7", "Hive again")) // a dropped tenant has a name to be corrected
	must(p.Forget(t.Context(), "c7"))
	if strings.Contains(w.known(), "Hive") {
		t.Error("the new name stayed")
	}
}

// The audit log is append-only: what Forget does is all that an UPDATE of it can do, and after Forget's own entry only.
func TestAuditIsAppendOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{})
	for _, id := range []string{"acme", "globex"} {
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
		if err := p.Suspend(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Drop(t.Context(), "acme", "acme"); err != nil {
		t.Fatal(err)
	}
	w.refused("UPDATE docex_system.audit SET detail = 'forgotten' WHERE tenant_id = 'acme'") // nobody has forgotten it yet
	if err := p.Forget(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{
		"UPDATE docex_system.audit SET detail = 'forgotten' WHERE tenant_id = 'globex'",
		"UPDATE docex_system.audit SET detail = 'forgotten' WHERE tenant_id = ''",
		"UPDATE docex_system.audit SET detail = 'forgotten' WHERE action = 'forget'",
		"UPDATE docex_system.audit SET detail = 'nothing' WHERE tenant_id = 'acme' AND action = 'create'",
		"UPDATE docex_system.audit SET detail = 'forgotten', actor = 'x' WHERE tenant_id = 'acme' AND action = 'create'",
		"UPDATE docex_system.audit SET outcome = 'failed' WHERE tenant_id = 'acme'",
		"DELETE FROM docex_system.audit WHERE tenant_id = 'acme'",
		"DELETE FROM docex_system.audit WHERE false",
		"TRUNCATE docex_system.audit",
	} {
		w.refused(change)
	}
	w.exec("UPDATE docex_system.audit SET detail = 'forgotten' WHERE tenant_id = 'acme' AND action = 'create'")
}

// refused fails the test unless the server refuses a statement of the administrator's.
func (w *world) refused(statement string) {
	w.t.Helper()
	if _, err := w.admin.Exec(statement); err == nil || !strings.Contains(err.Error(), "append-only") {
		w.t.Errorf("%s: %v, want a refusal", statement, err)
	}
}
