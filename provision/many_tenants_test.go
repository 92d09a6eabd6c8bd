package provision_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/docex/docex/internal/testkit/pgserver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// What goes through all tenants has a transaction for each, so that locks and what a kill undoes do not grow with their
// number.
func TestManyTenantsOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: smallDDL})
	ctx := t.Context()
	if _, err := p.CreateMany(ctx, tenants("t", 29), provision.BulkOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Create(ctx, provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	w.loseRoles()
	w.wantRepairedBeforeCancel(p)
	if got := len(repaired(t, p)); got != 30-25 {
		t.Errorf("%d are repaired by the next run", got)
	}
	w.wantTransactions("repair", 30)
	w.wantVerified(t, p, 30)
	c := w.copied("_copy", w.AppRole)
	q := c.provisioner(provision.Config{DDL: smallDDL})
	if err := q.Rehome(ctx, nil); err != nil {
		t.Fatal(err)
	}
	c.wantTransactions("rehome", 30)
	c.wantVerified(t, q, 30)
}

// wantRepairedBeforeCancel interrupts Repair at its first report. All that it did is reported.
func (w world) wantRepairedBeforeCancel(p *provision.Provisioner) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	reported := 0
	err := p.Repair(ctx, func(o provision.RepairOutcome) {
		cancel()
		if reported++; o.Err != nil || len(o.Repaired) == 0 {
			w.t.Errorf("%s: repaired %d, %v", o.Tenant.ID, len(o.Repaired), o.Err)
		}
	})
	wantIs(w.t, err, context.Canceled)
	if done := w.value(transactions, "repair"); done != fmt.Sprint(reported) || reported != 25 {
		w.t.Errorf("%s tenants are repaired, and %d reported", done, reported)
	}
}

// transactions counts those that recorded an action on tenants.
const transactions = `
SELECT count(DISTINCT xmin::text) FROM docex_system.audit WHERE action = $1 AND tenant_id <> '' AND outcome = 'done'`

func (w world) wantTransactions(action string, want int) {
	w.t.Helper()
	if got := w.value(transactions, action); got != fmt.Sprint(want) {
		w.t.Errorf("%s: %s transactions, want %d", action, got, want)
	}
}

// Drop leaves a role that a copy of the database knows. When the copy is gone Uninstall removes all of them, even if
// they are more than the server has locks for.
func TestUninstallManyRoles(t *testing.T) {
	t.Parallel()
	server, err := pgserver.StartOwn(t.Context(), "max_locks_per_transaction=10", "max_connections=10")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	w := world{DB: &pgtest.DB{Name: "postgres", AdminDSN: server.DSN("postgres"), AppRole: "app"}, t: t}
	w.admin = w.Admin(t)
	w.exec("CREATE ROLE app LOGIN NOINHERIT")
	p := w.initialized(provision.Config{DDL: smallDDL})
	ctx := t.Context()
	_, err = p.Create(ctx, provision.Tenant{ID: "acme"})
	w.exec(`
INSERT INTO docex_system.tenant (id, display_name, strategy, schema_name, role_name, state, dropped_at, suspended_at,
                                 ddl_digest)
 SELECT 'gone' || n, 'x', 'schema', 'tenant_gone' || n, shared_role || '_gone' || n, 'dropped', now(), now(), 'sha256:'
   FROM docex_system.installation, generate_series(1, 3000) AS n`, `
DO $$ DECLARE r text; BEGIN
  FOR r IN SELECT role_name FROM docex_system.tenant WHERE state = 'dropped' LOOP
    EXECUTE format('CREATE ROLE %I', r);
    COMMIT;
  END LOOP;
END $$`)
	const roles = `SELECT count(*) FROM pg_roles WHERE rolname ~ '^docex_'`
	options := provision.UninstallOptions{Environment: "default", Database: "postgres"}
	wantIs(t, errors.Join(err, p.Uninstall(ctx, options)), provision.ErrTenantsLeft)
	if got := w.value(roles); got != "3002" {
		t.Errorf("%s roles, after it was refused", got)
	}
	options.WithTenants = true
	if err := p.Uninstall(ctx, options); err != nil {
		t.Fatal(err)
	}
	if got := w.value(roles); got != "0" {
		t.Errorf("%s roles are left", got)
	}
}
