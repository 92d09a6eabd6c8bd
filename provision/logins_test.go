package provision_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/provision"
)

// newLogin makes a role that the application could log in as.
func (w world) newLogin(name, attributes string) string {
	w.t.Helper()
	name = w.AppRole + "_" + name
	w.exec("CREATE ROLE " + name + " NOINHERIT PASSWORD 'secret' " + attributes)
	w.t.Cleanup(func() {
		w.admin.ExecContext(context.Background(), "DROP OWNED BY "+name)
		w.admin.ExecContext(context.Background(), "DROP ROLE "+name)
	})
	return name
}

// wantLogins fails the test unless those are the logins, each works for acme, and none for globex, and nobody else
// does.
func (w world) wantLogins(p *provision.Provisioner, want, others []string) {
	w.t.Helper()
	got, err := p.Logins(w.t.Context())
	if d := cmp.Diff(want, got); d != "" || err != nil {
		w.t.Errorf("logins: %s, %v", d, err)
	}
	for _, name := range append(slices.Clone(want), others...) {
		dsn := w.as(name, "secret")
		if name == w.AppRole {
			dsn = w.AppDSN
		}
		app := w.connect(dsn)
		if got := app.code("SELECT FROM tenant_acme.second"); got != denied {
			w.t.Errorf("%s without a pin: code %q", name, got)
		}
		err := app.pin("acme")
		if !slices.Contains(want, name) {
			if sqlState(w.t, err) != denied {
				w.t.Errorf("%s, who is no login: %v", name, err)
			}
			continue
		}
		if err != nil {
			w.t.Errorf("%s: %v", name, err)
			continue
		}
		app.must("TABLE second")
		if got := sqlState(w.t, app.pin("globex")); got != pinSuspended {
			w.t.Errorf("%s, the suspended tenant: code %q", name, got)
		}
	}
}

// A second login works for every tenant as the first does, whatever comes later, and takes its place: the rotation of a
// password. A session of the first goes on meanwhile.
func TestRotateLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: smallDDL})
	ctx := t.Context()
	w.exec(`INSERT INTO docex_system.tenant (id, display_name, strategy, schema_name, ddl_digest)
 SELECT 'filler' || i, 'x', 'schema', 'tenant_filler' || i, 'sha256:' FROM generate_series(1, 300) AS i`)
	for _, id := range []string{"acme", "globex", "initech"} {
		if _, err := p.Create(ctx, provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Suspend(ctx, "globex"); err != nil {
		t.Fatal(err)
	}
	pinned := w.app()
	if err := pinned.pin("acme"); err != nil {
		t.Fatal(err)
	}
	two := w.newLogin("two", "LOGIN")
	w.wantLogins(p, []string{w.AppRole}, []string{two})
	for range 2 { // the second time it repeats its grants
		if err := p.AddLogin(ctx, two); err != nil {
			t.Fatal(err)
		}
		w.wantLogins(p, []string{w.AppRole, two}, nil)
	}
	w.exec("DELETE FROM docex_system.tenant WHERE id LIKE 'filler%'")
	pinned.must("TABLE second")
	w.wantVerified(t, p, 3)
	if got := w.value("SELECT count(*) FROM pg_auth_members WHERE member = $1::regrole", w.AppRole); got != "1" {
		t.Errorf("the first login is a member of %s roles, want one", got)
	}
	for _, id := range []string{"new", "next"} { // with roles out of the reserve, which was made before
		if _, err := p.Create(ctx, provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(p.Init(ctx), p.Suspend(ctx, "acme")); err != nil {
		t.Fatal(err)
	}
	for _, dsn := range []string{w.AppDSN, w.as(two, "secret")} {
		if got := sqlState(t, w.connect(dsn).pin("acme")); got != pinSuspended {
			t.Errorf("suspended: code %q", got)
		}
		role := w.value("SELECT quote_ident(role_name) FROM docex_system.tenant WHERE id = 'acme'")
		if got := w.connect(dsn).code("SET ROLE " + role); got != denied {
			t.Errorf("the role of a suspended tenant: code %q", got)
		}
	}
	if err := p.Resume(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	w.wantLogins(p, []string{w.AppRole, two}, nil)
	if err := p.RemoveLogin(ctx, w.AppRole); err != nil {
		t.Fatal(err)
	}
	w.wantLogins(w.provisioner(provision.Config{DDL: smallDDL, AppRole: two}), []string{two}, []string{w.AppRole})
	wantIs(t, p.Init(ctx), provision.ErrSettingsMismatch)
	q := w.provisioner(provision.Config{DDL: smallDDL, AppRole: two})
	w.wantVerified(t, q, 5)
	w.exec(`DO $$ DECLARE r text; BEGIN FOR r IN DELETE FROM docex_system.reserve RETURNING role_name LOOP
	  EXECUTE format('DROP ROLE %I', r); END LOOP; END $$`) // which the next Create fills
	before := w.rights()
	w.loseRoles()
	if got := repaired(t, q); len(got) != 5 {
		t.Errorf("repaired %v", got)
	}
	if d := cmp.Diff(before, w.rights()); d != "" {
		t.Errorf("rights before (-) and after (+): %s", d)
	}
	w.wantVerified(t, q, 5)
	w.wantLogins(q, []string{two}, []string{w.AppRole})
	all := provision.UninstallOptions{Environment: "default", Database: w.Name, WithTenants: true}
	if err := q.Uninstall(ctx, all); err != nil {
		t.Error(err)
	}
	if got := w.value("SELECT count(*) FROM pg_auth_members WHERE member = $1::regrole", two); got != "0" {
		t.Errorf("%s memberships are left", got)
	}
}

// What cannot be a login is refused, and nothing has changed.
func TestLoginRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: smallDDL})
	ctx := t.Context()
	if _, err := p.Create(ctx, provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	before := w.rights()
	wantIs(t, p.AddLogin(ctx, "nobody_"+w.AppRole), provision.ErrAppRole)
	wantIs(t, p.AddLogin(ctx, w.newLogin("group", "")), provision.ErrAppRole)
	wantIs(t, p.AddLogin(ctx, w.newLogin("super", "LOGIN SUPERUSER")), provision.ErrAppRole)
	wantIs(t, p.AddLogin(ctx, w.value("SELECT current_user")), provision.ErrAppRole)
	wantIs(t, p.RemoveLogin(ctx, w.newLogin("other", "LOGIN")), provision.ErrAppRole)
	wantIs(t, p.RemoveLogin(ctx, w.AppRole), provision.ErrInvalidConfig)
	if d := cmp.Diff(before, w.rights()); d != "" {
		t.Errorf("changed: %s", d)
	}
	two := w.newLogin("two", "LOGIN")
	if err := p.AddLogin(ctx, two); err != nil {
		t.Fatal(err)
	}
	w.exec("ALTER ROLE " + two + " SUPERUSER")
	_, err := p.Create(ctx, provision.Tenant{ID: "new"})
	wantIs(t, err, provision.ErrAppRole)
	w.exec("DROP OWNED BY "+two, "DROP ROLE "+two)
	if _, err := p.Create(ctx, provision.Tenant{ID: "new"}); err != nil {
		t.Errorf("a login is gone: %v", err)
	}
	if err := errors.Join(p.Init(ctx), p.Repair(ctx, func(provision.RepairOutcome) {})); err != nil {
		t.Error(err)
	}

	one := newWorld(t)
	q := one.initialized(provision.Config{DDL: smallDDL, NoTenantRoles: true})
	wantIs(t, q.AddLogin(ctx, one.newLogin("two", "LOGIN")), provision.ErrInvalidConfig)
}

// An AddLogin that is cut off leaves a state in which everything works for the first login, suspension included.
func TestAddLoginIsResumed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: smallDDL})
	ctx := t.Context()
	for _, id := range []string{"acme", "globex", "initech"} {
		if _, err := p.Create(ctx, provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	two := w.newLogin("two", "LOGIN")
	holder := w.connect(w.AdminDSN) // whoever works on globex keeps the batch waiting
	holder.must("BEGIN")
	holder.must(`SELECT pg_advisory_xact_lock(('x' || encode(substr(sha256(
	  'docex'::bytea || '\x00' || 'docex_system'::bytea || '\x00' || 'globex'::bytea), 1, 8), 'hex'))::bit(64)::bigint)`)
	cut, cancel := context.WithCancel(ctx)
	done := make(chan error)
	go func() { done <- p.AddLogin(cut, two) }()
	for w.value(`SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
	 WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()`) == "0" {
	}
	cancel()
	if err := <-done; err == nil {
		t.Fatal("not cut off")
	}
	holder.must("ROLLBACK")
	if err := errors.Join(p.Suspend(ctx, "globex"), w.app().pin("acme")); err != nil {
		t.Fatal(err)
	}
	role := w.value("SELECT quote_ident(role_name) FROM docex_system.tenant WHERE id = 'globex'")
	if got := w.app().code("SET ROLE " + role); got != denied {
		t.Errorf("the role of a suspended tenant: code %q", got)
	}
	if err := p.AddLogin(ctx, two); err != nil {
		t.Fatal(err)
	}
	w.wantLogins(p, []string{w.AppRole, two}, nil)
	w.wantVerified(t, p, 3)
}

// A login that was removed can take on no tenant, however it came by the role.
func TestRemovedLoginKeepsNoRole(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	if err := p.AddLogin(t.Context(), w.newLogin("two", "LOGIN")); err != nil {
		t.Fatal(err)
	}
	acme, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	w.exec(`GRANT "` + acme.Role + `" TO ` + w.AppRole)
	if err := p.RemoveLogin(t.Context(), w.AppRole); err != nil {
		t.Fatal(err)
	}
	if got := w.app().code(`SET ROLE "` + acme.Role + `"`); got != denied {
		t.Errorf("it takes on a tenant's role: %q", got)
	}
}
