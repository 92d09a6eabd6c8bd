package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/driver/drivertest"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// listed returns what Tenants yields.
func listed(ctx context.Context, db *sql.DB) (ids []string, err error) {
	for id, err := range driver.Tenants(ctx, db) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// rolled is what Tenants yields in a world: sorted, without the tenant that is suspended.
var rolled = slices.Sorted(slices.Values(tenants))

// The sessions of the loop's tenants, and those of the question, are one, and each statement is its tenant's.
func TestTenants(t *testing.T) {
	w := newWorld(t)
	ways := w.workWays(t)
	for name, db := range w.wrapped(t, w.AppDSN) {
		if name == "pgx" { // a middleware that hides pgx hides what Tenants needs
			ways["wrapped"] = db
		}
	}
	for _, mode := range modes {
		ways[mode] = w.open(t, 1, "default_query_exec_mode", mode)
	}
	for name, db := range ways {
		t.Run(name, func(t *testing.T) {
			db.SetMaxOpenConns(1)
			wantSeen(t, db, "hooli")
			var ids []string
			for id, err := range driver.Tenants(t.Context(), db) {
				if err != nil {
					t.Fatal(err)
				}
				bound := driver.Bind(db, scope.UserContext{UserID: "job", TenantID: id})
				wantSeen(t, bound, id)
				finish(t, bound.Close())
				ids = append(ids, id)
			}
			if diff := cmp.Diff(rolled, ids); diff != "" {
				t.Error(diff)
			}
			wantClean(t, db)
		})
	}
}

// The question leaves the session to the tenant that had it: nothing is pinned anew, and nothing that the tenant has
// set is lost.
func TestTenantsLeavesTheSession(t *testing.T) {
	w := newWorld(t)
	r := new(eventLog)
	db := w.openConnector(t, 1, w.connector(t, driver.Config{Observer: r}))
	wantSeen(t, db, "acme")
	r.take()
	if ids, err := listed(t.Context(), db); err != nil || len(ids) != len(rolled) {
		t.Fatalf("%q, %v", ids, err)
	}
	var role, tenant string
	wantSeen(t, db, "acme")
	events := r.take()
	const whose = "SELECT current_user, current_setting('docex.tenant_id')"
	err := db.QueryRowContext(as("acme"), whose).Scan(&role, &tenant)
	if err != nil || role != w.role(t, "acme") || tenant != "acme" || len(events) > 0 {
		t.Errorf("role %q, tenant %q, events %v, %v", role, tenant, events, err)
	}
}

// Several pages hold each tenant once, in order. A loop may end before that, and the next begins anew.
func TestTenantsInPages(t *testing.T) {
	w := newOwnWorld(t)
	mustExec(t, w.admin, `INSERT INTO docex_system.tenant (id, display_name, strategy, schema_name, ddl_digest)
		SELECT 'p' || n, 'p', 'schema', 'p' || n, '' FROM generate_series(1, 3000 - $1) AS n`, len(tenants))
	db := w.open(t, 1)
	all := driver.Tenants(t.Context(), db)
	for range 2 {
		n, last := 0, ""
		for id, err := range all {
			if err != nil || id <= last {
				t.Fatalf("%q behind %q, %v", id, last, err)
			}
			if n, last = n+1, id; n == 1500 {
				break
			}
		}
		if n != 1500 || db.Stats().InUse > 0 {
			t.Errorf("%d tenants, %d connections in use", n, db.Stats().InUse)
		}
	}
	if ids, err := listed(t.Context(), db); len(ids) != 3000 || err != nil { // the last page is full
		t.Errorf("%d tenants, %v", len(ids), err)
	}
}

// Work for a tenant that is suspended in the course of the loop is refused, and the job goes on.
func TestTenantsMeanwhileSuspended(t *testing.T) {
	w := newOwnWorld(t)
	db := w.open(t, 2)
	var served []string
	for id, err := range driver.Tenants(t.Context(), db) {
		if err != nil {
			t.Fatal(err)
		}
		if id == "globex" {
			finish(t, w.prov.Suspend(t.Context(), id))
		}
		switch _, err := seen(as(id), db); {
		case err == nil:
			served = append(served, id)
		case id != "globex" || !errors.Is(err, scope.ErrTenantSuspended):
			t.Errorf("%s: %v", id, err)
		}
	}
	if want := []string{"acme", "hooli", "initech", "umbrella"}; !slices.Equal(served, want) {
		t.Errorf("served %q, want %q", served, want)
	}
}

// Connections that the server has ended are no error while others can be had.
func TestTenantsOnLostConnections(t *testing.T) {
	w := newWorld(t)
	db := w.open(t, 3)
	for range 2 { // pgx asks whether a connection is alive when it is used again, and then not for a second
		var conns []*sql.Conn
		for range 3 {
			conns = append(conns, checkout(t, db))
			wantSeen(t, conns[len(conns)-1], "acme")
		}
		for _, c := range conns {
			finish(t, c.Close())
		}
	}
	w.killBackends(t)
	if ids, err := listed(t.Context(), db); err != nil || !slices.Equal(ids, rolled) {
		t.Errorf("%q, %v", ids, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := listed(ctx, db); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	wantClean(t, db)
}

// The server tells a session that works for a tenant nothing, whatever got past the guard: not under the tenant's role,
// and not where tenants have no roles.
func TestNoTenantLearnsOfOthers(t *testing.T) {
	const ask = "SELECT id FROM docex_system.active_tenants('', 10)"
	refused := func(t *testing.T, err error) {
		t.Helper()
		if pgErr, ok := errors.AsType[*pgconn.PgError](err); !ok || pgErr.Code != "42501" {
			t.Errorf("got %v, want the server's refusal", err)
		}
	}
	t.Run("roles", func(t *testing.T) {
		w := newWorld(t)
		db := w.unguarded(t, 1)
		_, err := db.ExecContext(as("acme"), ask)
		refused(t, err)
		role := pgx.Identifier{w.role(t, "acme")}.Sanitize()
		for _, set := range []string{"SET docex.tenant_id = 'acme'", "SET role = " + role} {
			conn, err := pgx.Connect(t.Context(), w.AppDSN)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close(context.Background())
			if _, err := conn.Exec(t.Context(), ask); err != nil {
				t.Errorf("the login itself: %v", err)
			}
			_, err = conn.Exec(t.Context(), set+"; "+ask)
			refused(t, err)
		}
	})
	t.Run("no roles", func(t *testing.T) {
		w := rolelessWorld(t)
		_, err := w.unguarded(t, 1).ExecContext(as("acme"), ask)
		refused(t, err)
		if ids, err := listed(as("acme"), w.open(t, 1)); err != nil || !slices.Equal(ids, []string{"acme", "globex"}) {
			t.Errorf("%q, %v", ids, err)
		}
	})
}

// rolelessWorld has the tenants acme and globex, without roles.
func rolelessWorld(t *testing.T) *world {
	t.Helper()
	empty := pgtest.NewDB(t)
	w := &world{DB: empty, admin: empty.Admin(t)}
	var err error
	w.prov, err = provision.New(w.admin, onto(w.DB, provision.Config{NoTenantRoles: true}))
	if err != nil {
		t.Fatal(err)
	}
	finish(t, w.prov.Init(t.Context()))
	for _, id := range []string{"acme", "globex"} {
		if _, err := w.prov.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// What keeps Tenants from an answer has a name, and is told once.
func TestTenantsErrors(t *testing.T) {
	older := newOwnWorld(t)
	mustExec(t, older.admin, "DROP FUNCTION docex_system.active_tenants")
	bare := pgtest.NewDB(t)
	lying := newOwnWorld(t)
	mustExec(t, lying.admin, `CREATE OR REPLACE FUNCTION docex_system.active_tenants(after text, most integer)
		RETURNS TABLE (id text) LANGUAGE sql AS $$ SELECT 'acme' FROM generate_series(1, 1000) $$`)
	closed := newOwnWorld(t)
	const revoke = "REVOKE EXECUTE ON FUNCTION docex_system.active_tenants FROM %q"
	mustExec(t, closed.admin, fmt.Sprintf(revoke, closed.AppRole))
	w := newWorld(t)
	mock, _, _ := drivertest.New(t, driver.Config{})
	bound := driver.Bind(w.open(t, 1), scope.UserContext{UserID: "u", TenantID: "acme"})
	defer bound.Close()
	double, _ := mocked(t)
	errs := map[string]struct {
		db   *sql.DB
		want error
		text string
	}{
		"older system schema":    {older.open(t, 1), scope.ErrUpgradeRequired, "the system schema must be upgraded"},
		"not initialised":        {(&world{DB: bare}).open(t, 1), scope.ErrNotInitialized, "the database is not"},
		"an answer without end":  {lying.open(t, 1), nil, "the server's answer is no list of tenants"},
		"another login":          {closed.open(t, 1), nil, "the login role may not ask"},
		"a handle of Bind's":     {bound, scope.ErrTenantMismatch, ""},
		"a handle of pgx's":      {w.admin, driver.ErrNotDocex, ""},
		"a mock":                 {mock, nil, "the base driver is not pgx"},
		"a mock, without pins":   {double, nil, "the base driver is not pgx"},
		"no server at that port": {w.openConnector(t, 1, w.connectorTo(t, "postgres://x@127.0.0.1:1/x")), nil, "connect"},
	}
	for name, tt := range errs {
		t.Run(name, func(t *testing.T) {
			ids, err := listed(t.Context(), tt.db)
			switch {
			case err == nil, tt.want != nil && !errors.Is(err, tt.want), !strings.Contains(err.Error(), tt.text):
				t.Errorf("%d ids, %v", len(ids), err)
			}
		})
	}
}
