// Package docextest gives each test a PostgreSQL database with docex in it, and tenants.
//
//	db := docextest.New(t, docextest.Config{Provision: provision.Config{DDL: os.DirFS("ddl")}})
//	acme, globex := db.Tenant(t, "acme"), db.Tenant(t, "globex")
//	// write as acme, ask as globex
//
// The server is that of Config.DSN, or else that of the variable DATABASE_URL, or else one that the first test starts:
// of the programs that are on the machine, in the folder that DOCEX_PG_BIN names if it is set, or fetched. It is gone
// when the test process ends, in whatever way. Where there is nothing to start, the test is skipped, and the message
// says what to install. With the variable CI set, it fails.
//
// The database belongs to the test alone and is dropped with its roles when the test ends. So ids of tenants are each
// test's own, and tests may run in parallel. On a server that it has started, the package prepares a database for each
// configuration once and copies that, which takes half as long.
//
// On a server of yours, a test process that is killed leaves databases docex_test_… and roles docex_… behind.
//
// Both walls are those of production: the application logs in as a role that may do nothing, and each tenant has a
// role of its own. Not promised: that data survives a crash of the server, or that passwords withstand being guessed.
// The package works on Unix systems, and does not set Citus up. Tests without a server are for package drivertest.
package docextest

import (
	"cmp"
	"context"
	"database/sql"
	"io/fs"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// Config says what a test's database is like. The zero value is DocEX's own tables under the strictest policy.
type Config struct {
	// Provision is the configuration that the program's tenants are made with. New fills in AppRole.
	Provision provision.Config
	// Driver is the configuration that the program opens its handle with.
	Driver driver.Config
	// Setup holds files *.sql, which the administrator runs in the order of their names before docex is set up: for the
	// schemas, tables and extensions that all tenants share. provision.DDLString makes a folder of a string. Nil means
	// none.
	//
	// A role that they make is the whole server's: it may be there already, and it stays. What they set by ALTER DATABASE
	// or GRANT ON DATABASE is missing where the database is a copy.
	Setup fs.FS
	// DSN is the URL of a server to use, postgres://user:password@host:port/database. The user must be a superuser, or
	// have CREATEDB and CREATEROLE. Empty means the variable DATABASE_URL, or a server that the package starts.
	DSN string
}

// DB is a test's database. It may be used from any goroutine.
type DB struct {
	// The application's handle, opened by docex: each statement needs a UserContext, such as [DB.Tenant] returns.
	*sql.DB
	// Admin is the administrator's handle, which nothing guards.
	Admin *sql.DB
	// Provisioner suspends tenants, migrates them, and whatever else a test is about.
	Provisioner *provision.Provisioner
	// AppDSN and AdminDSN are the URLs of the two logins, with their passwords, for programs that open a handle
	// themselves.
	AppDSN, AdminDSN string
}

// New returns a database for t, and fails t if it cannot be set up. It is dropped when t ends, whoever is still
// connected to it.
func New(t testing.TB, cfg Config) *DB {
	t.Helper()
	s := serverFor(t, cfg.DSN)
	cfg.Provision.RoleReserve = cmp.Or(cfg.Provision.RoleReserve, 1) // nothing of it would be used
	copied := s.ours && !cfg.Provision.NoTenantRoles                 // Rehome is for roles
	var raw *pgtest.DB
	if copied {
		raw = s.NewCopy(t, fingerprint(t, cfg), func(d *pgtest.DB) error { return prepare(t, d, cfg) })
	} else {
		raw = s.NewDB(t)
	}
	db, err := open(t, raw, cfg)
	switch {
	case err != nil:
	case copied:
		err = db.Provisioner.Rehome(t.Context(), nil)
	default:
		err = db.setUp(t.Context(), cfg)
	}
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// open returns the handles of a database, which are closed when t ends. They connect when they are used.
func open(t testing.TB, raw *pgtest.DB, cfg Config) (*DB, error) {
	t.Helper()
	cfg.Provision.AppRole = raw.AppRole
	db := &DB{Admin: raw.Admin(t), AppDSN: raw.AppDSN, AdminDSN: raw.AdminDSN}
	connector, err := driver.NewConnector(db.AppDSN, cfg.Driver)
	if err != nil {
		return nil, err
	}
	db.DB = sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.DB.Close() }) // the database goes, whatever is still at work
	db.Provisioner, err = provision.New(db.Admin, cfg.Provision)
	return db, err
}

// Tenant makes a tenant and returns t's context with a UserContext for it, whose UserID is "docextest". The tenant
// goes with the database, so subtests that share one need ids of their own. It fails t if it cannot be made.
func (db *DB) Tenant(t testing.TB, id string) context.Context {
	t.Helper()
	return scope.With(t.Context(), db.tenant(t, id))
}

// Bound makes a tenant as [DB.Tenant] does, and returns driver.Bind's handle for it: for code that passes no context.
// It is closed when t ends.
func (db *DB) Bound(t testing.TB, id string) *sql.DB {
	t.Helper()
	bound := driver.Bind(db.DB, db.tenant(t, id))
	t.Cleanup(func() { _ = bound.Close() })
	return bound
}

func (db *DB) tenant(t testing.TB, id string) scope.UserContext {
	t.Helper()
	if _, err := db.Provisioner.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
		t.Fatal(err)
	}
	return scope.UserContext{UserID: "docextest", TenantID: id}
}
