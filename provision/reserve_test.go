package provision_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/docex/docex/provision"
)

// memberships is what makes a session of the application's collect its roles anew when it changes: the installation's
// roles, and who is a member of which. The comments on them are not.
func (w world) memberships() string {
	w.t.Helper()
	return w.value(`
WITH mine AS (
    SELECT a.* FROM pg_authid AS a, docex_system.installation AS i WHERE starts_with(a.rolname, i.shared_role)
), members AS (
    SELECT a.* FROM pg_auth_members AS a JOIN mine ON mine.oid = a.roleid
)
SELECT (SELECT string_agg(m::text, ' ' ORDER BY m.oid) FROM mine AS m)
    || (SELECT string_agg(m::text, ' ' ORDER BY m.roleid, m.member) FROM members AS m)`)
}

// Where there are many tenants, most of them are made without a change to any role. Each has one of its own, which says
// whose it is, and Verify finds nothing. A Create that fails gives its role back.
func TestReserve(t *testing.T) {
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: smallDDL})
	const n = 80
	if _, err := p.CreateMany(t.Context(), tenants("t", n), provision.BulkOptions{Concurrency: 4}); err != nil {
		t.Fatal(err)
	}
	var changes int
	for i := range 20 {
		before := w.memberships()
		tenant, err := p.Create(t.Context(), provision.Tenant{ID: fmt.Sprint("more", i)})
		if err != nil {
			t.Fatal(err)
		}
		if w.memberships() != before {
			changes++
		}
		const comment = `SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = $1`
		if got, want := w.value(comment, tenant.Role), "docex: tenant "+tenant.ID; got != want {
			t.Errorf("the comment on %s is %q, want %q", tenant.Role, got, want)
		}
	}
	if changes > 20/(n/16)+1 {
		t.Errorf("%d of 20 Creates changed roles", changes)
	}
	w.wantVerified(t, p, n+20)

	before := w.reserve()
	failing := w.provisioner(provision.Config{DDL: ddl("CREATE TABLE second (id integer); CREATE TABLE second ()")})
	if _, err := failing.Create(t.Context(), provision.Tenant{ID: "fails"}); err == nil {
		t.Fatal("made with a DDL that fails")
	}
	if after := w.reserve(); after != before {
		t.Errorf("the reserve was %s and is %s", before, after)
	}
}

// A role of the reserve that is gone, as in a database that was restored on another server, is no role to take. The
// names of dropped tenants' roles are not used again.
func TestReserveIsGone(t *testing.T) {
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: smallDDL})
	if _, err := p.CreateMany(t.Context(), tenants("t", 50), provision.BulkOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, role := range strings.Fields(w.reserve()) {
		w.exec(`DROP ROLE "` + role + `"`)
	}
	seen := map[string]bool{}
	for i := range 8 {
		id := fmt.Sprint("more", i)
		tenant, err := p.Create(t.Context(), provision.Tenant{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		if seen[tenant.Role] {
			t.Errorf("%s is the role of two", tenant.Role)
		}
		seen[tenant.Role] = true
		if err := errors.Join(p.Suspend(t.Context(), id), p.Drop(t.Context(), id, id)); err != nil {
			t.Fatal(err)
		}
	}
	w.wantVerified(t, p, 50)
}

// reserve lists the roles that are to be taken.
func (w world) reserve() string {
	w.t.Helper()
	return w.value(`SELECT string_agg(role_name, ' ' ORDER BY role_name) FROM docex_system.reserve`)
}

// wantVerified verifies all tenants and finds that no two have the same role.
func (w world) wantVerified(t *testing.T, p *provision.Provisioner, want int) {
	t.Helper()
	roles := map[string]bool{}
	err := p.VerifyAll(context.Background(), 2, func(tenant provision.Tenant, err error) {
		if roles[tenant.Role] = true; err != nil {
			t.Errorf("%s: %v", tenant.ID, err)
		}
	})
	if err != nil || len(roles) != want {
		t.Errorf("%d roles for %d tenants, %v", len(roles), want, err)
	}
}

// RoleReserve bounds how many roles are made at a time. With 1 each tenant has one that is made with it.
func TestRoleReserve(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ reserve, left int }{{1, 0}, {3, 2}, {0, 63}} {
		t.Run(fmt.Sprint(tt.reserve), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := w.initialized(provision.Config{DDL: smallDDL, RoleReserve: tt.reserve})
			w.exec(`INSERT INTO docex_system.tenant (id, display_name, strategy, schema_name, ddl_digest)
 SELECT 'filler' || i, 'x', 'schema', 'tenant_filler' || i, 'sha256:' FROM generate_series(1, 2000) AS i`)
			tenant, err := p.Create(t.Context(), provision.Tenant{ID: "acme"})
			if err != nil {
				t.Fatal(err)
			}
			if got := w.value("SELECT count(*) FROM docex_system.reserve"); got != fmt.Sprint(tt.left) {
				t.Errorf("%s roles are left, want %d", got, tt.left)
			}
			if named := strings.HasSuffix(tenant.Role, "_acme"); named != (tt.reserve == 1) {
				t.Errorf("the role is %s", tenant.Role)
			}
			if err := p.Verify(t.Context(), "acme"); err != nil {
				t.Error(err)
			}
		})
	}
	w := newWorld(t)
	if _, err := provision.New(w.admin, provision.Config{RoleReserve: -1}); !errors.Is(err, provision.ErrInvalidConfig) {
		t.Errorf("a negative one: %v", err)
	}
}
