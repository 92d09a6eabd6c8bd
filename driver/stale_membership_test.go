package driver_test

import (
	"bytes"
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/scope"
)

// A backend walks the login's memberships and keeps the result. PostgreSQL 15 to 18 miss a change that is committed
// while they walk (acl.c, roles_is_member_of): the backend then goes on with the memberships of before until the next
// change of any. So a role can be taken on that is revoked, and one that is granted cannot. The tests below make that
// so by other means, for good.

// A suspended tenant is refused where its role can still be taken on, also for what touches nothing of the tenant's.
func TestSuspendedWithMembership(t *testing.T) {
	w := newOwnWorld(t)
	acme, err := w.prov.Get(context.Background(), "acme")
	finish(t, err)
	mustExec(t, w.admin, fmt.Sprintf("CREATE ROLE pgtest_detour; GRANT pgtest_detour TO %s; GRANT %q TO pgtest_detour",
		w.AppRole, acme.Role))
	pooled := w.Pooler(t, "transaction", 1)
	for name, db := range map[string]*sql.DB{
		"session":          w.open(t, 1),
		"another tenant's": w.open(t, 1),
		"transaction":      w.open(t, 1, "docex_pin", "transaction"),
		"pooled":           w.openConnector(t, 1, w.connectorTo(t, pooled)),
		"simple":           w.open(t, 1, "default_query_exec_mode", "simple_protocol"),
	} {
		for what, run := range map[string]func(ctx context.Context) error{
			"select 1": func(ctx context.Context) error { return db.QueryRowContext(ctx, "SELECT 1").Scan(new(int)) },
			"show":     func(ctx context.Context) error { return execText("SHOW transaction_isolation")(ctx, db) },
			"begin": func(ctx context.Context) error {
				tx, err := db.BeginTx(ctx, nil)
				if err == nil {
					_ = tx.Rollback()
				}
				return err
			},
		} {
			wantClean(t, db)
			wantSeen(t, db, "acme")
			if name == "another tenant's" {
				wantSeen(t, db, "globex")
			}
			finish(t, w.prov.Suspend(context.Background(), "acme"))
			if err := run(as("acme")); !errors.Is(err, scope.ErrTenantSuspended) {
				t.Errorf("%s, %s: got %v, want %v", name, what, err, scope.ErrTenantSuspended)
			}
			finish(t, w.prov.Resume(context.Background(), "acme"))
		}
		wantClean(t, db)
	}
}

// A tenant that was resumed or made a moment ago is served by another server session, where one refuses its role. A
// login that may not take it on is told so.
func TestRoleIsRefusedThoughTheTenantIsActive(t *testing.T) {
	t.Parallel()
	w := newOwnWorld(t)
	acme, err := w.prov.Get(context.Background(), "acme")
	finish(t, err)
	other := acme.Role[:len(acme.Role)-1] + "x"
	mustExec(t, w.admin, fmt.Sprintf("CREATE ROLE %q", other))
	t.Cleanup(func() { mustExec(t, w.admin, fmt.Sprintf("DROP ROLE %q", other)) }) // no database knows it
	var misname atomic.Int32                                                       // how often
	edit := func(sent []byte) []byte {
		for real, wrong := range map[string]string{
			acme.Role:             other,
			"'role', p.role_name": "'role', 'postgres' ", // the pin that asks the registry for the name
		} {
			if bytes.Contains(sent, []byte(real)) && misname.Add(-1) >= 0 {
				sent = bytes.Replace(sent, []byte(real), []byte(wrong), 1)
			}
		}
		return sent
	}
	direct, pooled := slowProxy(t, w.AppDSN, edit), slowProxy(t, w.Pooler(t, "transaction", 1), edit)
	for name, db := range map[string]*sql.DB{
		"session":     w.openConnector(t, 1, w.connectorTo(t, direct, "docex_pin", "session")),
		"transaction": w.openConnector(t, 1, w.connectorTo(t, direct)),
		"pooled":      w.openConnector(t, 1, w.connectorTo(t, pooled)),
	} {
		for what, run := range map[string]func() error{
			"query": func() error { _, err := seen(as("acme"), db); return err },
			"begin": func() error {
				tx, err := db.BeginTx(as("acme"), nil)
				if err == nil {
					err = tx.Rollback()
				}
				return err
			},
		} {
			for _, known := range []bool{false, true} { // whether the registry has named the role before
				if known {
					wantSeen(t, db, "acme")
				}
				wantSeen(t, db, "globex")
				misname.Store(1)
				if err := run(); err != nil || misname.Load() > 0 {
					t.Errorf("%s, %s, known %t: got %v; refused: %t", name, what, known, err, misname.Load() <= 0)
				}
				misname.Store(0)
				wantSeen(t, db, "globex")
				misname.Store(100)
				if err := run(); !errors.Is(err, sqldriver.ErrBadConn) {
					t.Errorf("%s, %s, known %t: got %v while every session refuses the role", name, what, known, err)
				}
				misname.Store(0)
			}
		}
		wantClean(t, db)
	}
	mustExec(t, w.admin, fmt.Sprintf("REVOKE %q FROM %s", acme.Role, w.AppRole))
	for name, dsn := range map[string]string{"direct": w.AppDSN, "pooled": pooled} {
		_, err := seen(as("acme"), w.openConnector(t, 1, w.connectorTo(t, dsn)))
		if err == nil || !strings.Contains(err.Error(), "the login role may not use this tenant") {
			t.Errorf("%s: got %v for a login without the role", name, err)
		}
	}
}

// The registry says that a tenant may work, the server refuses its role, and the connection is lost while the registry
// is asked once more: that is left to another connection, which finds the reason.
func TestRoleIsRefusedAndCut(t *testing.T) {
	w := newOwnWorld(t)
	acme, err := w.prov.Get(context.Background(), "acme")
	finish(t, err)
	mustExec(t, w.admin, fmt.Sprintf("REVOKE %q FROM %s", acme.Role, w.AppRole))
	p := pgproxy.Start(t, w.AppDSN, 0)
	for _, pin := range []string{"session", "transaction"} {
		db := w.openConnector(t, 1, w.connectorTo(t, p.DSN, "docex_pin", pin))
		disarm := p.CutAnswer("pg_auth_members")
		_, err := seen(as("acme"), db)
		if err == nil || !strings.Contains(err.Error(), "the login role may not use this tenant") ||
			strings.Contains(err.Error(), "could not be asked") {
			t.Errorf("%s: got %v", pin, err)
		}
		if !disarm() {
			t.Errorf("%s: nothing was asked", pin)
		}
		wantSeen(t, db, "globex")
	}
}
