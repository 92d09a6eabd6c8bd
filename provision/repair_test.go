package provision_test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgserver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// loseRoles takes from the server what a restore without the server's roles does not bring along.
func (w world) loseRoles() {
	w.t.Helper()
	w.exec(`DO $$ DECLARE r text; BEGIN
  FOR r IN SELECT rolname FROM pg_roles, docex_system.installation WHERE starts_with(rolname, shared_role) LOOP
    EXECUTE format('DROP OWNED BY %I; DROP ROLE %1$I', r);
  END LOOP;
  GRANT EXECUTE ON ALL ROUTINES IN SCHEMA docex_system, tenant_acme TO PUBLIC;
END $$`)
}

// repaired runs Repair and returns a line for each tenant that it did something to, or found wrong.
func repaired(t *testing.T, p *provision.Provisioner) (lines []string) {
	t.Helper()
	err := p.Repair(t.Context(), func(o provision.RepairOutcome) {
		kinds := map[string]int{}
		for _, d := range o.Repaired {
			kinds[d.Kind]++
		}
		switch {
		case o.Err != nil:
			lines = append(lines, o.Tenant.ID+": "+o.Err.Error())
		case len(kinds) > 0:
			lines = append(lines, o.Tenant.ID)
		}
		if len(o.Repaired) > 0 && o.Err == nil && kinds["role"]+kinds["grant"]+kinds["membership"] != len(o.Repaired) {
			t.Errorf("%s: repaired %v", o.Tenant.ID, o.Repaired)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// Repair makes roles, memberships and rights as they were, for each state of a tenant and each kind of object, with
// roles per tenant and without, and then finds nothing to do.
func TestRepair(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec("CREATE SCHEMA ref", "CREATE TABLE ref.country (name text)")
	p := w.initialized(provision.Config{DDL: oneOfEach, SharedSchemas: []string{"ref"}, RoleReserve: 2})
	ctx := t.Context()
	for _, id := range []string{"acme", "globex", "initech"} {
		if _, err := p.Create(ctx, provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Suspend(ctx, "globex"); err != nil {
		t.Fatal(err)
	}
	// What a reseal has accepted stays: a table that the tenant may read only.
	w.exec(`DO $$ BEGIN EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON tenant_acme.parent FROM %I',
  (SELECT role_name FROM docex_system.tenant WHERE id = 'acme')); END $$`)
	if _, err := p.Reseal(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	before := w.rights()
	w.loseRoles()
	wantIs(t, p.Init(ctx), provision.ErrNoRole)
	wantIs(t, p.Resume(ctx, "acme"), provision.ErrNoRole)
	if err := p.Verify(ctx, "initech"); err == nil || strings.Contains(err.Error(), "membership") ||
		!strings.Contains(err.Error(), "missing role docex_") {
		t.Errorf("verify without roles: %v", err)
	}
	if d := cmp.Diff([]string{"acme", "globex", "initech"}, repaired(t, p)); d != "" {
		t.Errorf("repaired: %s", d)
	}
	if d := cmp.Diff(before, w.rights()); d != "" {
		t.Errorf("rights before (-) and after (+): %s", d)
	}
	w.wantVerified(t, p, 3)
	if got := repaired(t, p); got != nil {
		t.Errorf("the second time: %v", got)
	}
	app := w.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	app.must("SELECT FROM parent; SELECT FROM ref.country")
	if got := app.code("DELETE FROM parent"); got != denied {
		t.Errorf("a table to read only: code %q", got)
	}
	if got := sqlState(t, w.app().pin("globex")); got != pinSuspended {
		t.Errorf("the suspended tenant: code %q", got)
	}
}

// rights are the access lists of all that docex made, and its roles with their members.
func (w world) rights() []string {
	w.t.Helper()
	return strings.Split(w.value(`
WITH line (line) AS (
    SELECT format('%s %s', oid::regclass, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(relacl) AS a))
      FROM pg_class WHERE relnamespace::regnamespace::text ~ '^(tenant_|docex_|ref)' AND relkind <> 'i'
    UNION ALL
    SELECT format('%s %s', oid::regprocedure, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(proacl) AS a))
      FROM pg_proc WHERE pronamespace::regnamespace::text ~ '^(tenant_|docex_)'
    UNION ALL
    SELECT format('%s %s', nspname, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(nspacl) AS a))
      FROM pg_namespace
    UNION ALL
    SELECT format('future %s %s %s', defaclnamespace::regnamespace, defaclobjtype,
                  (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(defaclacl) AS a)) FROM pg_default_acl
    UNION ALL
    SELECT format('role %s %s %s %s %s', rolname, rolcanlogin, rolinherit, rolcreaterole, rolsuper) FROM pg_roles,
           docex_system.installation WHERE starts_with(rolname, shared_role)
    UNION ALL
    SELECT format('member %s of %s %s', member::regrole, roleid::regrole,
                  to_jsonb(m) - 'oid' - 'roleid' - 'member' - 'grantor')
      FROM pg_auth_members AS m, docex_system.installation AS i
     WHERE starts_with(roleid::regrole::text, i.shared_role) OR starts_with(roleid::regrole::text, '"' || i.shared_role)
    UNION ALL
    SELECT format('connect %s', (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) AS a)) FROM pg_database
     WHERE datname = current_database()
)
SELECT string_agg(line, E'\x01' ORDER BY line COLLATE "C") FROM line`), "\x01")
}

// What is not Repair's to make is named, and the rest is made: the tenant whose schema is gone, and a changed table.
func TestRepairLeavesTheRest(t *testing.T) {
	t.Parallel()
	for _, cfg := range []provision.Config{{DDL: smallDDL}, {DDL: smallDDL, NoTenantRoles: true}} {
		w := newWorld(t)
		p := w.initialized(cfg)
		ctx := t.Context()
		for _, id := range []string{"acme", "globex", "initech", "ended"} {
			if _, err := p.Create(ctx, provision.Tenant{ID: id}); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Suspend(ctx, "ended"); err != nil {
			t.Fatal(err)
		}
		if err := p.Drop(ctx, "ended", "ended"); err != nil {
			t.Fatal(err)
		}
		if cfg.NoTenantRoles {
			w.exec("DROP OWNED BY " + w.AppRole)
		} else {
			w.loseRoles()
		}
		w.exec("DROP SCHEMA tenant_globex CASCADE", "CREATE TABLE tenant_initech.extra ()")
		got := strings.Join(repaired(t, p), "\n")
		for _, want := range []string{"acme\n", `tenant "globex": the database differs`, "missing schema",
			"extra table extra"} {
			if !strings.Contains(got, want) {
				t.Errorf("want %q in %s", want, got)
			}
		}
		if strings.Contains(got, "ended") || w.value("SELECT to_regnamespace('tenant_globex')") != "" {
			t.Errorf("a dropped tenant, or a schema: %s", got)
		}
		w.exec("DROP TABLE tenant_initech.extra")
		for _, id := range []string{"acme", "initech"} {
			if err := p.Verify(ctx, id); err != nil {
				t.Error(err)
			}
		}
		if err := w.app().pin("initech"); err != nil {
			t.Error(err)
		}
		wantIs(t, p.Repair(ctx, nil), provision.ErrInvalidConfig)
	}
}

// A dump of the database, restored on another server where nobody knows its roles and the application's login has
// another name.
func TestRepairOnAnotherServer(t *testing.T) {
	pgtest.SkipOnCitus(t, "the other server has none")
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: oneOfEach})
	ctx := t.Context()
	for _, id := range []string{"acme", "globex"} {
		if _, err := p.Create(ctx, provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Suspend(ctx, "globex"); err != nil {
		t.Fatal(err)
	}
	w.exec("INSERT INTO tenant_acme.parent (id) VALUES (41)")
	dump := filepath.Join(t.TempDir(), "dump")
	pgtest.Clients(t, pgtest.Server(t))
	out, err := exec.Command("pg_dump", "--format=custom", "--file="+dump, w.AdminDSN).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	server, err := pgserver.StartOwn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	there := world{DB: &pgtest.DB{AdminDSN: server.DSN("postgres")}, t: t}
	there.admin = there.Admin(t)
	there.exec("CREATE DATABASE restored TEMPLATE template0", "CREATE ROLE other LOGIN NOINHERIT PASSWORD 'other'")
	there.DB = &pgtest.DB{Name: "restored", AdminDSN: server.DSN("restored"), AppRole: "other"}
	there.AppDSN = there.as("other", "other")
	there.admin = there.Admin(t)
	out, err = exec.Command("pg_restore", "--dbname="+there.AdminDSN, dump).CombinedOutput()
	if err == nil || !strings.Contains(string(out), `role "docex_`) {
		t.Fatalf("restored with all roles: %v: %s", err, out)
	}
	same := there.provisioner(provision.Config{DDL: oneOfEach, AppRole: w.AppRole})
	wantIs(t, same.Repair(ctx, func(provision.RepairOutcome) {}), provision.ErrAppRole)
	q := there.provisioner(provision.Config{DDL: oneOfEach})
	if d := cmp.Diff([]string{"acme", "globex"}, repaired(t, q)); d != "" {
		t.Error(d)
	}
	there.wantVerified(t, q, 2)
	app := there.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	app.must("INSERT INTO parent (name) VALUES ('new')")
	if got := sqlState(t, there.app().pin("globex")); got != pinSuspended {
		t.Errorf("the suspended tenant: code %q", got)
	}
	if got := there.value("SELECT min(id) FROM tenant_acme.parent WHERE id = 41"); got != "41" {
		t.Errorf("the data is %q", got)
	}
	if _, err := q.Create(ctx, provision.Tenant{ID: "new"}); err != nil {
		t.Error(err)
	}
}

// An administrator who is no superuser may do all that is for a whole database.
func TestWholeDatabaseWithoutSuperuser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	super := world{DB: w.DB, admin: w.admin, t: t}
	w.admin = w.operator("CREATEROLE CREATEDB")
	p := w.initialized(provision.Config{DDL: smallDDL})
	ctx := t.Context()
	for _, id := range []string{"acme", "globex"} {
		if _, err := p.Create(ctx, provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	super.loseRoles()
	if d := cmp.Diff([]string{"acme", "globex"}, repaired(t, p)); d != "" {
		t.Error(d)
	}
	w.wantVerified(t, p, 2)
	two := super.newLogin("two", "LOGIN")
	if err := errors.Join(p.AddLogin(ctx, two), p.Suspend(ctx, "globex")); err != nil {
		t.Fatal(err)
	}
	w.wantLogins(p, []string{w.AppRole, two}, nil)
	if err := errors.Join(p.RemoveLogin(ctx, two), p.Resume(ctx, "globex")); err != nil {
		t.Error(err)
	}
	w.wantVerified(t, p, 2)
	all := provision.UninstallOptions{Environment: "default", Database: w.Name, WithTenants: true}
	if err := p.Uninstall(ctx, all); err != nil {
		t.Error(err)
	}
}
