package driver_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"runtime"
	"testing"
	"time"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is a database with the tenants acme, globex, initech, umbrella and hooli, in each of which docbasket holds one
// row, named after the tenant; and with the suspended tenant mothballed.
type world struct {
	*pgtest.DB
	admin *sql.DB
	prov  *provision.Provisioner
}

var tenants = []string{"acme", "globex", "initech", "umbrella", "hooli"}

// It is a copy of a template, in which provision refuses to change anything.
func newWorld(t testing.TB) *world {
	t.Helper()
	db := pgtest.NewDBFrom(t, "world", func(db *pgtest.DB) { populate(t, db) })
	return openWorld(t, db)
}

// newOwnWorld is newWorld for tests that suspend or drop tenants: it is no copy, and shares no roles with other tests.
func newOwnWorld(t testing.TB) *world {
	t.Helper()
	db := pgtest.NewDB(t)
	populate(t, db)
	return openWorld(t, db)
}

func openWorld(t testing.TB, db *pgtest.DB) *world {
	t.Helper()
	w := &world{DB: db, admin: db.Admin(t)}
	// Init did this; a database made from a template does not inherit it.
	mustExec(t, w.admin, fmt.Sprintf("REVOKE TEMPORARY ON DATABASE %q FROM PUBLIC", db.Name))
	w.prov = provisioner(t, w.admin, db)
	return w
}

func provisioner(t testing.TB, admin *sql.DB, db *pgtest.DB) *provision.Provisioner {
	t.Helper()
	p, err := provision.New(admin, onto(db, provision.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// onto completes the configuration with what the database is.
func onto(db *pgtest.DB, cfg provision.Config) provision.Config {
	cfg.AppRole, cfg.Distribution = db.AppRole, provision.Distribution(db.Distribution)
	return cfg
}

func populate(t testing.TB, db *pgtest.DB) {
	t.Helper()
	admin, err := sql.Open("pgx", db.AdminDSN)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	ctx := context.Background()
	p := provisioner(t, admin, db)
	if err := p.Init(ctx); err != nil {
		t.Fatal(err)
	}
	for _, id := range append([]string{"mothballed"}, tenants...) {
		tenant, err := p.Create(ctx, provision.Tenant{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, admin, fmt.Sprintf("INSERT INTO %q.docbasket (name) VALUES ('%s')", tenant.Schema, id))
	}
	if err := p.Suspend(ctx, "mothballed"); err != nil {
		t.Fatal(err)
	}
}

// open returns a guarded handle with at most n connections, as the application's role.
func (w *world) open(t testing.TB, n int, params ...string) *sql.DB {
	t.Helper()
	return w.openConnector(t, n, w.connector(t, testConfig, params...))
}

// testConfig is the strictest but for texts of several statements, which are tested too.
var testConfig = driver.Config{Policy: guard.Policy{MultiStatement: true}}

// unguarded is open without the guard: the server's wall is alone.
func (w *world) unguarded(t testing.TB, n int, params ...string) *sql.DB {
	t.Helper()
	c := w.connector(t, driver.Config{}, params...)
	c.DisableGuard()
	return w.openConnector(t, n, c)
}

// meet has every tenant pinned once: they share from their second statement on, when it is known that they are alike.
func meet(t testing.TB, db *sql.DB) {
	t.Helper()
	for _, tenant := range tenants {
		if _, err := db.ExecContext(as(tenant), "SELECT 1"); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) connector(t testing.TB, cfg driver.Config, params ...string) *driver.Connector {
	t.Helper()
	c, err := driver.NewConnector(withParams(t, w.AppDSN, params...), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// connectorTo is connector for another way to the same database.
func (w *world) connectorTo(t testing.TB, dsn string, params ...string) *driver.Connector {
	t.Helper()
	c, err := driver.NewConnector(withParams(t, dsn, params...), testConfig)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) openConnector(t testing.TB, n int, c *driver.Connector) *sql.DB {
	t.Helper()
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	t.Cleanup(func() { closeDB(t, db) })
	return db
}

// withParams adds name, value pairs to a DSN.
func withParams(t testing.TB, dsn string, params ...string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for i := 0; i+1 < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// closeDB closes the handle once all connections have been given back. A cancelled transaction's is given back by a
// goroutine of database/sql, which may come after the caller's own Rollback has returned.
func closeDB(t testing.TB, db *sql.DB) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); db.Stats().InUse > 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Errorf("%d connections were not given back", db.Stats().InUse)
			break
		}
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// as returns a context for a user of the tenant.
func as(tenant string) context.Context { return withTenant(context.Background(), tenant) }

func withTenant(ctx context.Context, tenant string) context.Context {
	return scope.With(ctx, scope.UserContext{UserID: "u-" + tenant, TenantID: tenant})
}

func mustExec(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// queryer is a DB, Conn or Tx.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// seen returns the tenant whose data q reads for ctx.
func seen(ctx context.Context, q queryer) (string, error) {
	var name string
	err := q.QueryRowContext(ctx, "SELECT min(name) FROM docbasket WHERE name NOT LIKE $1", "new-%").Scan(&name)
	return name, err
}

// wantSeen fails the test unless q reads the tenant's own data.
func wantSeen(t testing.TB, q queryer, tenant string) {
	t.Helper()
	got, err := seen(as(tenant), q)
	if err != nil {
		t.Errorf("%s: %v", tenant, err)
	} else if got != tenant {
		t.Errorf("as %s: saw the data of %q", tenant, got)
	}
}

// wantClean fails the test unless every tenant sees its own data through db.
func wantClean(t testing.TB, db *sql.DB) {
	t.Helper()
	for _, tenant := range tenants {
		wantSeen(t, db, tenant)
	}
}

// baskets counts a tenant's rows of that name, past the driver.
func (w *world) baskets(t testing.TB, tenant, name string) int {
	t.Helper()
	var n int
	query := fmt.Sprintf("SELECT count(*) FROM %q.docbasket WHERE name = $1", scope.SchemaPrefix+tenant)
	if err := w.admin.QueryRow(query, name).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
