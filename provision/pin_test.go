package provision_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/provision"
)

// twoTenants returns a world with acme and globex in it.
func twoTenants(t *testing.T, cfg provision.Config) (world, *provision.Provisioner) {
	t.Helper()
	w := newWorld(t)
	p := w.initialized(cfg)
	for _, id := range []string{"acme", "globex"} {
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	return w, p
}

func TestPinReturnsTheRole(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	acme, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	app := w.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	var role, path string
	if err := app.conn.QueryRow(t.Context(), "SELECT current_user, current_setting('search_path')").Scan(&role,
		&path); err != nil {
		t.Fatal(err)
	}
	if role != acme.Role || path != `"tenant_acme", pg_temp` {
		t.Errorf("pinned as %q with path %q, want %q", role, path, acme.Role)
	}
}

func TestPinRefusals(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	ctx := t.Context()
	if err := p.Suspend(ctx, "globex"); err != nil {
		t.Fatal(err)
	}
	_, err := p.Create(ctx, provision.Tenant{ID: "gone"})
	if err := errors.Join(err, p.Suspend(ctx, "gone"), p.Drop(ctx, "gone", "gone")); err != nil {
		t.Fatal(err)
	}
	app := w.app()
	for _, c := range []struct{ id, schema, code string }{
		{"acme", "tenant_acme", ""},
		{"globex", "tenant_globex", pinSuspended},
		{"globex", "tenant_acme", pinSuspended},
		{"gone", "tenant_gone", pinUnknown},
		{"never", "tenant_never", pinUnknown},
		{"", "", pinUnknown},
		{"ACME", "tenant_acme", pinUnknown},
		{"acme ", "tenant_acme", pinUnknown},
		{"$system", "docex_system", pinSystem},
		{"acme", "tenant_globex", pinOtherSchema},
		{"acme", "public", pinOtherSchema},
	} {
		_, err := app.conn.Exec(ctx, "SELECT docex_system.pin($1, $2)", c.id, c.schema)
		if got := sqlState(t, err); got != c.code {
			t.Errorf("pin(%q, %q): code %q, want %q", c.id, c.schema, got, c.code)
		}
		if err != nil && c.id == "acme" && strings.Contains(err.Error(), "globex") {
			t.Errorf("the message names another tenant: %v", err)
		}
	}
	if got := app.code("SELECT docex_system.pin(NULL, NULL)"); got != pinUnknown {
		t.Errorf("pin(NULL, NULL): code %q, want %q", got, pinUnknown)
	}
}

// The pin function runs with the administrator's rights: nothing that its caller puts on the search_path may become
// part of it.
func TestPinIgnoresTheCallersPath(t *testing.T) {
	t.Parallel()
	w, _ := twoTenants(t, provision.Config{})
	w.exec(
		`CREATE SCHEMA evil`,
		`CREATE FUNCTION evil.yes(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'`,
		`CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.yes)`,
		`CREATE FUNCTION evil.left(text, integer) RETURNS text LANGUAGE sql AS $$ SELECT 'evil' $$`,
		`CREATE TABLE evil.tenant (id text, schema_name text, role_name text, state text, is_system boolean)`,
		`GRANT USAGE ON SCHEMA evil TO PUBLIC`,
	)
	app := w.app()
	app.must("SET search_path = evil, pg_catalog")
	if got := app.code("SELECT 'no' WHERE 1 / (CASE WHEN 'a'::text = 'b'::text THEN 0 ELSE 1 END) = 1"); got != "22012" {
		t.Fatalf("the trap is not set: code %q", got)
	}
	if got := app.code("SELECT docex_system.pin('never', 'tenant_acme')"); got != pinUnknown {
		t.Errorf("pin of an unknown tenant under a hostile path: code %q, want %q", got, pinUnknown)
	}
	if got := app.code("SELECT docex_system.pin('acme', 'tenant_acme')"); got != "" {
		t.Errorf("pin under a hostile path: code %q", got)
	}
}

func TestOnlyTheApplicationMayPin(t *testing.T) {
	t.Parallel()
	w, _ := twoTenants(t, provision.Config{})
	const pin = "SELECT docex_system.pin('acme', 'tenant_acme')"
	other := newWorld(t).AppRole
	admin := w.connect(w.AdminDSN)
	admin.must("SET ROLE " + other)
	if got := admin.code(pin); got != denied {
		t.Errorf("pin by another role: code %q, want %q", got, denied)
	}
	app := w.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	if got := app.code(pin); got != denied {
		t.Errorf("pin by a tenant's role: code %q, want %q", got, denied)
	}
}

func TestTheApplicationSeesNothingElseOfTheSystemSchema(t *testing.T) {
	t.Parallel()
	w, _ := twoTenants(t, provision.Config{})
	app := w.app()
	for _, statement := range []string{
		"TABLE docex_system.tenant", "TABLE docex_system.installation",
		"UPDATE docex_system.tenant SET state = 'active'", "DELETE FROM docex_system.tenant",
		"INSERT INTO docex_system.tenant (id) VALUES ('x')", "CREATE TABLE docex_system.t ()",
		"SELECT docex_system.refuse('acme')", "SELECT docex_system.apply_ddl('', '', '{SELECT 1}')",
	} {
		if got := app.code(statement); got != denied {
			t.Errorf("unpinned: %s: code %q, want %q", statement, got, denied)
		}
	}
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	if got := app.code("TABLE docex_system.tenant"); got != denied {
		t.Errorf("pinned: code %q, want %q", got, denied)
	}
}
