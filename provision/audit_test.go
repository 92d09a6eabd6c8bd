package provision_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/provision"
)

// entries returns the audit log as lines: action, tenant, outcome, actor.
func entries(t *testing.T, p *provision.Provisioner, o provision.AuditOptions) []string {
	t.Helper()
	es, err := p.Audit(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range es {
		if e.At.IsZero() || e.Login == "" || e.ID == 0 {
			t.Errorf("incomplete: %+v", e)
		}
		lines = append(lines, strings.TrimRight(strings.Join([]string{e.Action, e.TenantID, string(e.Outcome), e.Actor}, " "),
			" "))
	}
	return lines
}

func TestAuditRecordsEveryAction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{Actor: "deploy"})
	ctx := provision.WithActor(t.Context(), "ops\x00\xff")
	create := func(p *provision.Provisioner, id string) error {
		_, err := p.Create(ctx, provision.Tenant{ID: id})
		return err
	}
	if err := create(p, "acme"); err != nil {
		t.Fatal(err)
	}
	wantIs(t, create(p, "acme"), provision.ErrTenantExists)
	wantIs(t, create(w.provisioner(provision.Config{DDL: ddl("SELECT 1/0")}), "globex"), provision.ErrDDL)
	wantIs(t, p.Drop(ctx, "acme", "acme"), provision.ErrTenantActive)
	if err := p.Suspend(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	if err := p.Resume(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	if err := p.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	wantIs(t, p.Drop(ctx, "acme", "amce"), provision.ErrNotConfirmed)
	if err := p.Drop(ctx, "acme", "acme"); err != nil {
		t.Fatal(err)
	}
	by := " ops\uFFFD\uFFFD"
	want := []string{"init  done deploy", "create acme done" + by, "create acme refused" + by, "create globex failed" + by,
		"drop acme refused" + by, "suspend acme done" + by, "resume acme done" + by, "suspend acme done deploy",
		"drop acme refused" + by, "drop acme done" + by}
	if d := cmp.Diff(want, entries(t, p, provision.AuditOptions{})); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{want[3]}, entries(t, p, provision.AuditOptions{TenantID: "globex"})); d != "" {
		t.Error(d)
	}
	refused := entries(t, p, provision.AuditOptions{Outcome: provision.Refused, Action: "drop", Limit: 1})
	if d := cmp.Diff([]string{want[4]}, refused); d != "" {
		t.Error(d)
	}
}

func TestAuditPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{})
	for range 4 {
		if err := p.Init(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var after int64
	seen := 0
	for {
		page, err := p.Audit(t.Context(), provision.AuditOptions{After: after, Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			if e.ID <= after {
				t.Errorf("entry %d after %d", e.ID, after)
			}
			after = e.ID
			seen++
		}
	}
	if seen != 5 {
		t.Errorf("saw %d entries, want 5", seen)
	}
	_, err := p.Audit(t.Context(), provision.AuditOptions{Limit: -1})
	wantIs(t, err, provision.ErrInvalidConfig)
}

// An action whose context is over is recorded all the same, and its change is not.
func TestAuditRecordsCancelledActions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Create(ctx, provision.Tenant{ID: "acme"})
	wantIs(t, err, context.Canceled)
	got := entries(t, p, provision.AuditOptions{TenantID: "acme"})
	if d := cmp.Diff([]string{"create acme interrupted"}, got); d != "" {
		t.Error(d)
	}
}

// A change that cannot be recorded does not happen.
func TestUnrecordedChangeDoesNotHappen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{})
	before := w.objects()
	w.exec("ALTER TABLE docex_system.audit ADD CONSTRAINT no_acme CHECK (tenant_id <> 'acme')")
	_, err := p.Create(t.Context(), provision.Tenant{ID: "acme"})
	if got := sqlState(t, err); got != "23514" || !strings.Contains(err.Error(), "audit log was not written") {
		t.Errorf("error %v", err)
	}
	if got := w.objects(); got != before {
		t.Errorf("left %s, before %s", got, before)
	}
}

func TestAuditIsClosed(t *testing.T) {
	t.Parallel()
	w, _ := twoTenants(t, provision.Config{})
	app := w.app()
	for range 2 { // as the login role, then as a tenant
		for _, s := range []string{"SELECT FROM docex_system.audit", "DELETE FROM docex_system.audit",
			"TRUNCATE docex_system.audit",
			"INSERT INTO docex_system.audit (actor, action, tenant_id, outcome, detail) VALUES ('', 'x', '', 'done', '')",
			"SELECT FROM docex_system.catalog", "SELECT nextval('docex_system.audit_id_seq')"} {
			if got := app.code(s); got != denied {
				t.Errorf("%s: code %q, want %q", s, got, denied)
			}
		}
		if err := app.pin("acme"); err != nil {
			t.Fatal(err)
		}
	}
	admin := w.connect(w.AdminDSN)
	for _, s := range []string{"DELETE FROM docex_system.audit", "TRUNCATE docex_system.audit",
		"UPDATE docex_system.audit SET actor = 'me'"} {
		if got := admin.code(s); got != denied {
			t.Errorf("the administrator's %s: code %q, want %q", s, got, denied)
		}
	}
}
