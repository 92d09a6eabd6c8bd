package driver_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/scope"
)

// movedDDL has a function of the tenant's own DDL change what the pin has set. The guard trusts it.
const movedDDL = `
	CREATE FUNCTION %[1]q.wander() RETURNS text LANGUAGE sql AS $$ SELECT set_config('search_path', 'tenant_globex', false) $$;
	CREATE FUNCTION %[1]q.resign() RETURNS text LANGUAGE sql AS $$ SELECT set_config('role', 'none', false) $$;
	GRANT EXECUTE ON FUNCTION %[1]q.wander(), %[1]q.resign() TO PUBLIC;`

// After such a function has run, nobody reads another tenant's rows, and the session does not stay as it left it.
func TestFunctionsThatMoveThePin(t *testing.T) {
	w := newWorld(t)
	mustExec(t, w.admin, fmt.Sprintf(movedDDL, "tenant_acme"))
	eachMode(t, func(t *testing.T, mode ...string) {
		for _, function := range []string{"wander", "resign"} {
			db := w.open(t, 1, mode...)
			execAll(t, db, as("acme"), "SELECT tenant_acme."+function+"()")
			wantSeen(t, db, "acme") // the same tenant, which would inherit the session as it is
			execAll(t, db, as("acme"), "SELECT tenant_acme."+function+"()")
			wantClean(t, db)

			c := checkout(t, db)
			execAll(t, c, as("acme"), "SELECT tenant_acme."+function+"()")
			if got, err := seen(as("acme"), c); err == nil && got != "acme" {
				t.Errorf("%s: in the same checkout acme sees %q", function, got)
			}
			_ = c.Close() // it may have been closed already
			wantClean(t, db)
		}
	})
}

// From 18 on the server reports search_path, and a checkout ends at the statement after the one that moved it.
func TestMovedPathIsNoticed(t *testing.T) {
	w := newWorld(t)
	var version int
	if err := w.admin.QueryRow("SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		t.Fatal(err)
	}
	if version < 180000 {
		t.Skip("PostgreSQL reports search_path from 18 on; .ci/run runs this on 18")
	}
	mustExec(t, w.admin, fmt.Sprintf(movedDDL, "tenant_acme"))
	db := w.open(t, 1)
	c := checkout(t, db)
	execAll(t, c, as("acme"), "SELECT tenant_acme.wander()")
	_, err := c.ExecContext(as("acme"), "SELECT 1")
	if err == nil || errors.Is(err, scope.ErrTenantMismatch) {
		t.Errorf("a statement behind a moved search_path: %v", err)
	}
	_ = c.Close()
	wantClean(t, db)
}

// A pin function that answers no row has refused nobody and named no role: that is no pin.
func TestPinFunctionWithoutAnAnswer(t *testing.T) {
	w := newOwnWorld(t)
	mustExec(t, w.admin, `CREATE OR REPLACE FUNCTION docex_system.pin(tenant_id text, expected_schema text)
		RETURNS TABLE (role_name text, shape text) LANGUAGE sql AS 'SELECT NULL::text, NULL::text WHERE false'`)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		for name, attempt := range attempts {
			if err := attempt(as("acme"), db, "refused"); err == nil {
				t.Errorf("%s ran", name)
			}
		}
	})
}

// An older docex's pin function answers less.
func TestPinFunctionOfAnOlderVersion(t *testing.T) {
	w := newOwnWorld(t)
	mustExec(t, w.admin, `DROP FUNCTION docex_system.pin; CREATE FUNCTION docex_system.pin(tenant_id text, expected_schema text)
		RETURNS TABLE (role_name text) LANGUAGE sql AS $$ SELECT 'none' $$`)
	if _, err := seen(as("acme"), w.open(t, 1)); !errors.Is(err, scope.ErrUpgradeRequired) {
		t.Errorf("got %v", err)
	}
}

// The role that a tenant had when it was first pinned is not the one for ever.
func TestRoleThatChanged(t *testing.T) {
	pgtest.SkipOnCitus(t, "the workers are not told of a role's new name")
	w := newOwnWorld(t)
	db := w.open(t, 1)
	wantClean(t, db)
	var role string
	if err := w.admin.QueryRow("SELECT role_name FROM docex_system.tenant WHERE id = 'acme'").Scan(&role); err != nil {
		t.Fatal(err)
	}
	mustExec(t, w.admin, fmt.Sprintf(`ALTER ROLE %q RENAME TO %q; UPDATE docex_system.tenant SET role_name = '%[2]s' WHERE id = 'acme'`,
		role, role+".new"))
	wantSeen(t, db, "globex")
	_, _ = seen(as("acme"), db) // may fail: the server knows no such role any more
	wantClean(t, db)
	if err := w.prov.Suspend(context.Background(), "acme"); err != nil {
		t.Fatal(err)
	}
	if _, err := seen(as("acme"), db); !errors.Is(err, scope.ErrTenantSuspended) {
		t.Errorf("got %v, want %v", err, scope.ErrTenantSuspended)
	}
}
