// Package stdlib stands in for pgx's package of that name in pgx's own tests. What opens a database opens docex, for
// one tenant, in the way that the environment variable DOCEX_SUITE names; without it, pgx. Everything else is pgx's.
package stdlib

import (
	"database/sql"
	sqldriver "database/sql/driver"
	"net/url"
	"os"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/proof/pgxsuite/require"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	pgxstdlib "github.com/jackc/pgx/v5/stdlib"
)

// Tenant is whom the tests run for.
const Tenant = "acme"

// The ways to a database, as DOCEX_SUITE names them.
const (
	Plain = ""     // pgx, without docex
	DSN   = "dsn"  // driver.NewConnector, and each context brings the tenant
	Bind  = "bind" // driver.NewConnector, and driver.Bind brings it
	Wrap  = "wrap" // driver.Wrap over pgx's connector, and each context brings the tenant
)

// Guard names the environment variable that is set when the guard judges the tests' statements, but for DDL, without
// which hardly any test would run. When it is empty the guard lets everything through.
const Guard = "DOCEX_SUITE_GUARD"

// What the tests use of pgx's package as it is.
type (
	// Conn is pgx's.
	Conn = pgxstdlib.Conn
	// OptionOpenDB is pgx's.
	OptionOpenDB = pgxstdlib.OptionOpenDB
	// ShouldPingParams is pgx's.
	ShouldPingParams = pgxstdlib.ShouldPingParams
)

// What the tests use of pgx's package as it is.
var (
	OptionAfterConnect     = pgxstdlib.OptionAfterConnect
	OptionBeforeConnect    = pgxstdlib.OptionBeforeConnect
	OptionResetSession     = pgxstdlib.OptionResetSession
	OptionShouldPing       = pgxstdlib.OptionShouldPing
	RandomizeHostOrderFunc = pgxstdlib.RandomizeHostOrderFunc
	RegisterConnConfig     = pgxstdlib.RegisterConnConfig
	UnregisterConnConfig   = pgxstdlib.UnregisterConnConfig
)

func way() string { return os.Getenv("DOCEX_SUITE") }

// OpenDB opens a database from a pgx configuration. Of that, driver.NewConnector can be given what a DSN can say: here
// the execution mode. A configuration with options is one for driver.Wrap.
func OpenDB(t testing.TB, config pgx.ConnConfig, opts ...OptionOpenDB) *sql.DB {
	t.Helper()
	if way() == Plain {
		return pgxstdlib.OpenDB(config, opts...)
	}
	if way() == Wrap || len(opts) > 0 {
		return open(t, driver.Wrap(pgxstdlib.GetConnector(config, opts...), driver.Config{}))
	}
	c, err := driver.NewConnector(withMode(t, config), driver.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return open(t, c)
}

// withMode returns the DSN that config was parsed from, with the execution mode that the test has set since.
func withMode(t testing.TB, config pgx.ConnConfig) string {
	t.Helper()
	u, err := url.Parse(config.ConnString())
	if err != nil {
		t.Fatal(err)
	}
	names := map[pgx.QueryExecMode]string{
		pgx.QueryExecModeCacheStatement: "cache_statement",
		pgx.QueryExecModeCacheDescribe:  "cache_describe",
		pgx.QueryExecModeDescribeExec:   "describe_exec",
		pgx.QueryExecModeExec:           "exec",
		pgx.QueryExecModeSimpleProtocol: "simple_protocol",
	}
	q := u.Query()
	q.Set("default_query_exec_mode", names[config.DefaultQueryExecMode])
	u.RawQuery = q.Encode()
	return u.String()
}

// OpenDBFromPool opens a database from a pool of pgx's, which driver.Wrap alone can take.
func OpenDBFromPool(t testing.TB, pool *pgxpool.Pool) *sql.DB {
	t.Helper()
	if way() == Plain {
		return pgxstdlib.OpenDBFromPool(pool)
	}
	db := open(t, driver.Wrap(pgxstdlib.GetPoolConnector(pool), driver.Config{}))
	db.SetMaxIdleConns(0)
	return db
}

// Open stands in for sql.Open.
func Open(t testing.TB, driverName, dsn string) (*sql.DB, error) {
	t.Helper()
	switch way() {
	case Plain:
		return sql.Open(driverName, dsn)
	case Wrap:
		base, err := pgxstdlib.GetDefaultDriver().(sqldriver.DriverContext).OpenConnector(dsn)
		if err != nil {
			return nil, err
		}
		return open(t, driver.Wrap(base, driver.Config{})), nil
	default:
		c, err := driver.NewConnector(dsn, driver.Config{})
		if err != nil {
			return nil, err
		}
		return open(t, c), nil
	}
}

func open(t testing.TB, c *driver.Connector) *sql.DB {
	t.Helper()
	// The method is in no build but the suite's: its file is a test of package driver.
	any(c).(interface {
		Exempt(func(*guard.Denial) bool)
	}).Exempt(exempt)
	uc := scope.UserContext{UserID: "pgx", TenantID: Tenant}
	if way() != Bind {
		return sql.OpenDB(tenantConnector{c, uc})
	}
	db := sql.OpenDB(c)
	t.Cleanup(func() { require.NoError(t, db.Close()) }) // the test closes the bound one
	return driver.Bind(db, uc)
}

func exempt(d *guard.Denial) bool {
	return os.Getenv(Guard) == "" || d.Rule == guard.RuleStatementKind
}

// ConnOf stands in for the type assertion to pgx's connection in what sql.Conn.Raw hands out.
func ConnOf(t testing.TB, dc any) *Conn {
	t.Helper()
	c, ok := dc.(*Conn)
	if !ok {
		t.Fatalf("%T is not pgx's connection", dc)
	}
	return c
}
