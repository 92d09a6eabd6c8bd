package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/docex/docex/provision"
)

// Exactly one of many wins, also where the database's default isolation would hide the winner from the others.
func TestCreateRaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec("ALTER DATABASE " + w.Name + " SET default_transaction_isolation = 'serializable'")
	p := w.initialized(provision.Config{})
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			_, err := p.Create(t.Context(), provision.Tenant{ID: "acme"})
			if err == nil {
				won.Add(1)
				return
			}
			wantIs(t, err, provision.ErrTenantExists)
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d creators won", won.Load())
	}
}

// Of fifty Creates of ten ids, ten win, and nobody waits for somebody who waits for it.
func TestCreateRacesOfManyTenants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{})
	var won, lost atomic.Int32
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			_, err := p.Create(t.Context(), provision.Tenant{ID: fmt.Sprint("t-", i%10)})
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, provision.ErrTenantExists):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 10 || lost.Load() != 40 {
		t.Errorf("%d creators won, %d found a tenant", won.Load(), lost.Load())
	}
	ts, err := p.List(t.Context(), provision.ListOptions{})
	if err != nil || len(ts) != 10 {
		t.Errorf("%d tenants: %v", len(ts), err)
	}
	for _, tenant := range ts {
		if err := p.Verify(t.Context(), tenant.ID); err != nil {
			t.Error(err)
		}
	}
}

// A tenant that takes long does not hold up another: the second is made while the first is in the middle of its DDL.
func TestTenantsAreMadeSideBySide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := w.initialized(provision.Config{})
	holder := w.connect(w.AdminDSN)
	holder.must("SELECT pg_advisory_lock(4711)")
	db := w.withNotice(func(n *pgconn.Notice) {
		if n.Message != "here" {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // reached only when it is held up
		defer cancel()
		if _, err := second.Create(ctx, provision.Tenant{ID: "globex"}); err != nil {
			t.Error(err)
		}
		holder.must("SELECT pg_advisory_unlock(4711)")
	})
	w.installWaiting()
	first, err := provision.New(db, waiting)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Error(err)
	}
}

// waiting has a DDL that reports that it runs and then waits for a lock that the test holds.
var waiting = provision.Config{DDL: ddl("SELECT wait_here()"), ExtensionSchemas: []string{"helper"}}

// installWaiting makes what no DDL may hold itself.
func (w world) installWaiting() {
	w.t.Helper()
	w.exec("CREATE SCHEMA helper", `CREATE FUNCTION helper.wait_here() RETURNS void LANGUAGE plpgsql AS
$$ BEGIN RAISE NOTICE 'here'; PERFORM pg_advisory_xact_lock(4711); END $$`,
		"CREATE FUNCTION helper.die() RETURNS boolean LANGUAGE sql AS 'SELECT pg_terminate_backend(pg_backend_pid())'")
}

// ddl is a DDL of two files, the second of which is text.
func ddl(text string) fstest.MapFS {
	return fstest.MapFS{"010.sql": {Data: []byte("CREATE TABLE first (id integer)")}, "020.sql": {Data: []byte(text)}}
}

func TestFailedDDLLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.initialized(provision.Config{})
	before := w.objects()
	for _, c := range []struct{ name, text, where, code string }{
		{"a missing table", "CREATE TABLE a (id integer);\n\nSELECT é FROM nowhere", "020.sql:3:", "42P01"},
		{"a missing type", "CREATE TABLE a (id integer);\nCREATE TABLE b (c citext)", "020.sql:2:", "42704"},
		{"an error at run time", "SELECT 1/0", "020.sql:", "22012"},
		{"COMMIT in a procedure", "CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN COMMIT; END'; CALL p()", "020.sql:",
			"2D000"},
	} {
		_, err := w.provisioner(provision.Config{DDL: ddl(c.text)}).Create(t.Context(), provision.Tenant{ID: "acme"})
		wantIs(t, err, provision.ErrDDL)
		if sqlState(t, err) != c.code || !strings.Contains(err.Error(), c.where) {
			t.Errorf("%s: %v, want code %s at %s", c.name, err, c.code, c.where)
		}
		if got := w.objects(); got != before {
			t.Errorf("%s: left %s, before %s", c.name, got, before)
		}
	}
	if _, err := w.provisioner(provision.Config{}).Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Errorf("the handle is not clean: %v", err)
	}
}

// The cancellation comes in the middle of the DDL.
func TestCancelledCreateLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.initialized(provision.Config{})
	w.installWaiting()
	before := w.objects()
	ctx, cancel := context.WithCancel(t.Context())
	db := w.withNotice(func(*pgconn.Notice) { cancel() })
	holder := w.connect(w.AdminDSN)
	holder.must("SELECT pg_advisory_lock(4711)")

	p, err := provision.New(db, waiting)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Create(ctx, provision.Tenant{ID: "acme"})
	wantIs(t, err, context.Canceled)
	holder.must("SELECT pg_advisory_unlock(4711)")

	// A Create of the same id waits for the cancelled one's advisory lock, so the server is done with it after this.
	if _, err := w.provisioner(provision.Config{}).Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatalf("the id is not free: %v", err)
	}
	w.exec("DROP SCHEMA tenant_acme CASCADE", "DELETE FROM docex_system.tenant WHERE id = 'acme'",
		"DROP ROLE "+pgx.Identifier{w.value("SELECT 'docex_' || id || '_acme' FROM docex_system.installation")}.Sanitize())
	if got := w.objects(); got != before {
		t.Errorf("left %s, before %s", got, before)
	}
}

// withNotice returns an administrator's handle that calls f at each notice of the server.
func (w world) withNotice(f func(*pgconn.Notice)) *sql.DB {
	w.t.Helper()
	cfg, err := pgx.ParseConfig(w.AdminDSN)
	if err != nil {
		w.t.Fatal(err)
	}
	cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { f(n) }
	db := stdlib.OpenDB(*cfg)
	w.t.Cleanup(func() { db.Close() })
	return db
}

func TestKilledConnectionLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.initialized(provision.Config{})
	w.installWaiting()
	before := w.objects()
	_, err := w.provisioner(provision.Config{DDL: ddl("SELECT die()"), ExtensionSchemas: []string{"helper"}}).
		Create(t.Context(), provision.Tenant{ID: "acme"})
	if err == nil {
		t.Fatal("Create succeeded on a killed connection")
	}
	if got := w.objects(); got != before {
		t.Errorf("left %s, before %s", got, before)
	}
	if _, err := w.provisioner(provision.Config{}).Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Errorf("the handle does not recover: %v", err)
	}
}
