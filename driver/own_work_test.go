package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// workWays are the ways to a database on which tenants do maintenance and take locks.
func (w *world) workWays(t *testing.T) map[string]*sql.DB {
	return map[string]*sql.DB{
		"direct":           w.openConnector(t, 4, w.connector(t, driver.Config{})),
		"behind PgBouncer": w.openConnector(t, 4, w.connectorTo(t, w.Pooler(t, "transaction", 4))),
	}
}

func beginAs(t *testing.T, db *sql.DB, tenant string) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(as(tenant), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	return tx
}

// A lock keeps other transactions of the tenant out, and no other tenant's.
func TestOwnLocks(t *testing.T) {
	w := newWorld(t)
	for name, db := range w.workWays(t) {
		t.Run(name, func(t *testing.T) {
			first, second, other := beginAs(t, db, "acme"), beginAs(t, db, "acme"), beginAs(t, db, "globex")
			if _, err := first.ExecContext(as("acme"), "SELECT docex_system.lock($1)", "jobs"); err != nil {
				t.Fatal(err)
			}
			try := func(tx *sql.Tx, tenant, name string) (got bool) {
				t.Helper()
				if err := tx.QueryRowContext(as(tenant), "SELECT docex_system.try_lock($1)", name).Scan(&got); err != nil {
					t.Fatal(err)
				}
				return got
			}
			if try(second, "acme", "jobs") {
				t.Error("the tenant's lock is held twice")
			}
			if !try(second, "acme", "mails") || !try(other, "globex", "jobs") {
				t.Error("another name's or another tenant's lock is held")
			}
			if err := first.Rollback(); err != nil {
				t.Fatal(err)
			}
			if !try(second, "acme", "jobs") {
				t.Error("the lock outlived its transaction")
			}
			if _, err := second.ExecContext(as("acme"), "SELECT docex_system.lock(NULL)"); err == nil {
				t.Error("a lock without a name")
			}
		})
	}
}

// A tenant's message reaches who listens to the tenant's channel, and nobody who listens to another's of that name.
func TestOwnMessages(t *testing.T) {
	w := newWorld(t)
	db := w.openConnector(t, 1, w.connector(t, driver.Config{}))
	listen := func(tenant string) (conn *pgx.Conn, channel string) {
		t.Helper()
		err := db.QueryRowContext(as(tenant), "SELECT docex_system.channel($1)", "jobs").Scan(&channel)
		if err != nil {
			t.Fatal(err)
		}
		if conn, err = pgx.Connect(t.Context(), w.AppDSN); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		if _, err := conn.Exec(t.Context(), "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
			t.Fatal(err)
		}
		return conn, channel
	}
	acmes, channel := listen("acme")
	globexs, others := listen("globex")
	if channel == others {
		t.Fatalf("two tenants have the channel %s", channel)
	}
	for _, tenant := range []string{"acme", "globex"} {
		if _, err := db.ExecContext(as(tenant), "SELECT docex_system.notify('jobs', $1)", "for "+tenant); err != nil {
			t.Fatal(err)
		}
	}
	for tenant, conn := range map[string]*pgx.Conn{"acme": acmes, "globex": globexs} {
		got, err := conn.WaitForNotification(t.Context())
		if err != nil || got.Payload != "for "+tenant {
			t.Errorf("%s hears %+v, %v", tenant, got, err)
		}
	}
}

// workWorld is a world of its own in which acme and globex have more than DocEX's tables.
func workWorld(t *testing.T) *world {
	pgtest.SkipOnCitus(t, "some of the tables have triggers, and it distributes none of these")
	w := newOwnWorld(t)
	for _, tenant := range tenants[:2] {
		schema := "tenant_" + tenant
		for _, ddl := range []string{
			"CREATE TABLE {}.parent (id int PRIMARY KEY); CREATE TABLE {}.child (id int REFERENCES {}.parent)",
			"CREATE MATERIALIZED VIEW {}.totals AS SELECT count(*) AS n FROM {}.docbasket",
			"CREATE UNIQUE INDEX ON {}.totals (n); GRANT SELECT ON {}.totals TO {role}",
			"CREATE TABLE {}.secret (id int); ALTER TABLE {}.secret ENABLE ROW LEVEL SECURITY",
			"CREATE TABLE {}.watched (id int); CREATE FUNCTION {}.watch() RETURNS trigger LANGUAGE plpgsql AS " +
				"'BEGIN RETURN NULL; END'",
			"CREATE TRIGGER watch BEFORE TRUNCATE ON {}.watched EXECUTE FUNCTION {}.watch()",
			"CREATE TABLE {}.ledger (id int); CREATE TRIGGER keep BEFORE DELETE ON {}.ledger FOR EACH ROW " +
				"EXECUTE FUNCTION {}.watch()",
			"CREATE TABLE {}.ruled (id int); CREATE RULE keep AS ON DELETE TO {}.ruled DO INSTEAD NOTHING",
			"CREATE TABLE {}.readable (id int); INSERT INTO {}.readable VALUES (1)",
			"REVOKE ALL ON {}.readable FROM {role}; GRANT SELECT ON {}.readable TO {role}",
			"CREATE TABLE {}.parts (id int) PARTITION BY RANGE (id); CREATE TABLE {}.part PARTITION OF {}.parts DEFAULT",
			"ALTER TABLE {}.part ENABLE ROW LEVEL SECURITY",
		} {
			ddl = strings.ReplaceAll(ddl, "{}", schema)
			mustExec(t, w.admin, strings.ReplaceAll(ddl, "{role}", pgx.Identifier{w.role(t, tenant)}.Sanitize()))
		}
	}
	return w
}

func (w *world) role(t *testing.T, tenant string) string {
	t.Helper()
	got, err := w.prov.Get(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	return got.Role
}

// A tenant empties, analyzes and refreshes what is its own, and nothing else.
func TestOwnMaintenance(t *testing.T) {
	w := workWorld(t)
	for name, db := range w.workWays(t) {
		t.Run(name, func(t *testing.T) {
			must := func(query string, args ...any) {
				t.Helper()
				if _, err := db.ExecContext(as("acme"), query, args...); err != nil {
					t.Errorf("%s: %v", query, err)
				}
			}
			must("INSERT INTO parent VALUES (1)")
			must("INSERT INTO child VALUES (1)")
			must("SELECT docex_system.truncate_tables('parent', 'tenant_acme.child')")
			must("SELECT docex_system.truncate_tables($1, $2)", "parent", `"child"`)
			must("SELECT docex_system.truncate_tables(VARIADIC '{}')")
			must("SELECT docex_system.analyze_tables('docbasket', 'totals')")
			must("INSERT INTO docbasket (name) VALUES ($1)", name)
			must("SELECT docex_system.refresh_view('totals')")
			must("SELECT docex_system.refresh_view($1, true)", "totals")
			var left, n int
			if err := db.QueryRowContext(as("acme"), "SELECT (SELECT count(*) FROM parent) + (SELECT count(*) FROM child), n"+
				" FROM totals").Scan(&left, &n); err != nil || left != 0 || n < 2 {
				t.Errorf("%d rows are left, and the view counts %d: %v", left, n, err)
			}
			var analyzed bool
			if err := w.admin.QueryRow("SELECT count(*) > 0 FROM pg_stats WHERE schemaname = 'tenant_acme' AND " +
				"tablename = 'docbasket'").Scan(&analyzed); err != nil || !analyzed {
				t.Errorf("no statistics: %v", err)
			}
			for _, call := range []string{
				"truncate_tables('tenant_globex.docbasket')", "truncate_tables('docex_system.tenant')",
				"truncate_tables('pg_catalog.pg_class')", "truncate_tables('no_such')", "truncate_tables('totals')",
				"truncate_tables('parent')", "truncate_tables('secret')", "truncate_tables('watched')",
				"truncate_tables('ledger')", "truncate_tables('ruled')", "truncate_tables('docbasket', 'ledger')",
				"truncate_tables('readable')", "truncate_tables('parts')", "truncate_tables(NULL)", "truncate_tables('')",
				"truncate_tables()",
				`truncate_tables('docbasket; DROP TABLE docbasket')`, `truncate_tables('"docbasket"; --"')`,
				"analyze_tables('tenant_globex.docbasket')", "analyze_tables('pg_class')", "analyze_tables(NULL)",
				"refresh_view('tenant_globex.totals')", "refresh_view('docbasket')", "refresh_view(NULL)",
			} {
				var refused *pgconn.PgError
				if _, err := db.ExecContext(as("acme"), "SELECT docex_system."+call); !errors.As(err, &refused) {
					t.Errorf("%s: %v, want the server's refusal", call, err)
				}
			}
			if w.baskets(t, "globex", "globex") != 1 {
				t.Error("globex has lost its row")
			}
			var read int
			if err := db.QueryRowContext(as("acme"), "SELECT count(*) FROM readable").Scan(&read); err != nil || read != 1 {
				t.Errorf("%d rows in a table that is readable only: %v", read, err)
			}
			wantClean(t, db)
		})
	}
}

// What refreshing a view runs with the administrator's rights finds nothing that the tenant's role has made for it.
func TestOwnWorkBesideTemporaryObjects(t *testing.T) {
	w := newOwnWorld(t)
	role := pgx.Identifier{w.role(t, "acme")}.Sanitize()
	mustExec(t, w.admin, fmt.Sprintf("GRANT TEMPORARY ON DATABASE %q TO PUBLIC", w.Name)) // as provision.Config.KeepPublic leaves it
	for _, ddl := range []string{
		"CREATE FUNCTION tenant_acme.counted() RETURNS bigint LANGUAGE plpgsql AS " +
			"'BEGIN RETURN (SELECT count(*) FROM docbasket); END'",
		"CREATE MATERIALIZED VIEW tenant_acme.totals AS SELECT tenant_acme.counted() AS n WITH NO DATA",
		"GRANT SELECT ON tenant_acme.totals TO " + role,
	} {
		mustExec(t, w.admin, ddl)
	}
	conn, err := pgx.Connect(t.Context(), w.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, query := range []string{
		"SET ROLE " + role,
		"CREATE FUNCTION pg_temp.harm() RETURNS int LANGUAGE plpgsql AS " +
			"'BEGIN UPDATE tenant_globex.docbasket SET name = current_user; RETURN 1; END'",
		"CREATE TEMPORARY VIEW docbasket AS SELECT pg_temp.harm()",
	} {
		if _, err := conn.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	for _, call := range []string{"refresh_view('totals')", "analyze_tables('totals')"} {
		var refused *pgconn.PgError
		if _, err := conn.Exec(t.Context(), "SELECT docex_system."+call); !errors.As(err, &refused) || refused.Code != "55000" {
			t.Errorf("%s: %v, want it refused", call, err)
		}
	}
	if w.baskets(t, "globex", "globex") != 1 {
		t.Error("acme's role has changed globex's row")
	}
}

// Without a tenant the functions do nothing, whoever calls them, and whatever docex.tenant_id says.
func TestOwnWorkNeedsATenant(t *testing.T) {
	w := newOwnWorld(t)
	acme := w.role(t, "acme")
	conn, err := pgx.Connect(t.Context(), w.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	code := func(query string) string {
		t.Helper()
		_, err := conn.Exec(t.Context(), query)
		var e *pgconn.PgError
		if errors.As(err, &e) {
			return e.Code
		}
		if err != nil {
			t.Fatal(err)
		}
		return ""
	}
	if got := code("SELECT docex_system.try_lock('x')"); got != "42501" {
		t.Errorf("the login role itself: code %q", got)
	}
	mustExec(t, w.admin, "GRANT EXECUTE ON FUNCTION docex_system.try_lock(text) TO PUBLIC")
	if got := code("SET docex.tenant_id = 'globex'; SELECT docex_system.try_lock('x')"); got != "DX005" {
		t.Errorf("for nobody: code %q", got)
	}
	if got := code("SET ROLE " + pgx.Identifier{acme}.Sanitize() + "; SELECT docex_system.try_lock('x')"); got != "" {
		t.Errorf("as acme: code %q", got)
	}
	if err := w.prov.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if got := code("SELECT docex_system.try_lock('x')"); got != "DX005" {
		t.Errorf("as acme, which is suspended: code %q", got)
	}
}

// A transaction that began before its tenant was suspended does no more work, whatever its snapshot shows.
func TestOwnWorkEndsWithASuspension(t *testing.T) {
	w := workWorld(t)
	for name, db := range w.workWays(t) {
		for _, level := range []sql.IsolationLevel{sql.LevelReadCommitted, sql.LevelRepeatableRead, sql.LevelSerializable} {
			tx, err := db.BeginTx(as("acme"), &sql.TxOptions{Isolation: level})
			if err != nil {
				t.Fatal(err)
			}
			execAll(t, tx, as("acme"), "SELECT name FROM docbasket")
			if err := w.prov.Suspend(t.Context(), "acme"); err != nil {
				t.Fatal(err)
			}
			for _, call := range []string{"truncate_tables('parent', 'child')", "refresh_view('totals')",
				"analyze_tables('docbasket')", "notify('jobs', '')", "try_lock('jobs')"} {
				execAll(t, tx, as("acme"), "SAVEPOINT s")
				var refused *pgconn.PgError
				_, err := tx.ExecContext(as("acme"), "SELECT docex_system."+call)
				if !errors.As(err, &refused) || refused.Code != "DX005" {
					t.Errorf("%s, %s: %s of a suspended tenant: %v", name, level, call, err)
				}
				execAll(t, tx, as("acme"), "ROLLBACK TO s")
			}
			if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
			if err := w.prov.Resume(t.Context(), "acme"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Without roles per tenant the functions go by the tenant that the driver has set.
func TestOwnWorkWithoutRoles(t *testing.T) {
	empty := pgtest.NewDB(t)
	w := &world{DB: empty, admin: empty.Admin(t)}
	p, err := provision.New(w.admin, onto(w.DB, provision.Config{NoTenantRoles: true}))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"acme", "globex"} {
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
		mustExec(t, w.admin, fmt.Sprintf("INSERT INTO tenant_%s.docbasket (name) VALUES ('%[1]s')", id))
	}
	db := w.openConnector(t, 2, w.connector(t, driver.Config{}))
	first, second := beginAs(t, db, "acme"), beginAs(t, db, "globex")
	for tenant, tx := range map[string]*sql.Tx{"acme": first, "globex": second} {
		var got bool
		if err := tx.QueryRowContext(as(tenant), "SELECT docex_system.try_lock('x')").Scan(&got); err != nil || !got {
			t.Errorf("%s: %t, %v", tenant, got, err)
		}
	}
	if _, err := first.ExecContext(as("acme"), "SELECT docex_system.truncate_tables('tenant_globex.docbasket')"); err == nil {
		t.Error("acme has emptied globex's table")
	}
}

// The guard's hints name what works, and the policy can open what tenants share by design.
func TestSharedByDesign(t *testing.T) {
	w := newWorld(t)
	db := w.openConnector(t, 1, w.connector(t, driver.Config{Policy: guard.Policy{
		AllowFunctions: []string{"pg_advisory_xact_lock", "pg_try_advisory_xact_lock", "pg_notify"}}}))
	for _, query := range []string{"SELECT pg_advisory_xact_lock(1)", "SELECT pg_try_advisory_xact_lock(1, 2)",
		"SELECT pg_notify('jobs', 'x')"} {
		if _, err := db.ExecContext(as("acme"), query); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
	for _, query := range []string{"SELECT pg_advisory_lock(1)", "SELECT pg_advisory_unlock(1)", "LISTEN jobs",
		"NOTIFY jobs"} {
		if _, err := db.ExecContext(as("acme"), query); !errors.Is(err, guard.ErrDenied) {
			t.Errorf("%s: %v, want it refused", query, err)
		}
	}
	for _, name := range []string{"pg_advisory_lock", "pg_advisory_unlock_all", "pg_sleep", "set_config", "lo_create"} {
		if _, err := guard.New(guard.Policy{AllowFunctions: []string{name}}); err == nil {
			t.Errorf("a policy opens %s", name)
		}
	}
}
