package around

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
	"github.com/peterldowns/pgtestdb"
)

// cloning is the server, a template, and the application's login.
type cloning struct {
	cfg      pgtestdb.Config
	migrator Migrator
	app      *url.URL
}

func newCloning(t *testing.T) cloning {
	t.Helper()
	db := pgtest.NewDB(t)
	u, err := url.Parse(db.AdminDSN)
	if err != nil {
		t.Fatal(err)
	}
	app, err := url.Parse(db.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	admin := pgtestdb.Role{Username: db.AppRole + "_admin", Password: "test", Capabilities: "SUPERUSER"}
	c := cloning{
		cfg: pgtestdb.Config{DriverName: "pgx", Host: u.Hostname(), Port: u.Port(), User: u.User.Username(),
			Password: password, Database: strings.TrimPrefix(u.Path, "/"), Options: u.RawQuery, TestRole: &admin},
		migrator: Migrator{
			Config:  provision.Config{AppRole: db.AppRole, DDL: provision.DDLString("CREATE TABLE doc (name text)")},
			Tenants: []string{"acme", "globex"},
		},
		app: app,
	}
	t.Cleanup(func() { c.removeTemplate(t) })
	return c
}

// removeTemplate leaves the tests' server as it was. A server that is thrown away needs no such thing.
func (c cloning) removeTemplate(t *testing.T) {
	server, err := c.cfg.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	template := c.cfg
	const find = "SELECT datname FROM pg_database WHERE datistemplate AND pg_get_userbyid(datdba) = $1"
	if err := server.QueryRow(find, c.cfg.TestRole.Username).Scan(&template.Database); err != nil {
		t.Fatal(err)
	}
	admin, err := template.Connect()
	if err != nil {
		t.Fatal(err)
	}
	p, err := provision.New(admin, c.migrator.Config)
	must(t, err)
	must(t, p.Uninstall(context.Background(), provision.UninstallOptions{
		Environment: provision.DefaultEnvironment, Database: template.Database, WithTenants: true}))
	closed(t, admin)
	for _, statement := range []string{"ALTER DATABASE " + template.Database + " IS_TEMPLATE false",
		"DROP DATABASE " + template.Database, "DROP ROLE " + c.cfg.TestRole.Username} {
		_, err := server.Exec(statement)
		must(t, err)
	}
}

// open opens a clone as the application.
func (c cloning) open(t *testing.T, clone *pgtestdb.Config) *sql.DB {
	t.Helper()
	u := *c.app
	u.Path = clone.Database
	db, err := sql.Open(driver.Name, u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, db) })
	return db
}

// What makes another installation makes another template. pgtestdb keeps templates from one run to the next.
func TestMigratorHash(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range []Migrator{{}, {Tenants: []string{"acme"}},
		{Config: provision.Config{DDL: provision.DDLString("a")}},
		{Config: provision.Config{DDL: provision.DDLString("b")}},
		{Config: provision.Config{Environment: "staging"}},
		{Config: provision.Config{Seed: provision.DDLString("a")}},
		{Config: provision.Config{SharedSchemas: []string{"ref"}}}} {
		hash, err := m.Hash()
		if err != nil || seen[hash] {
			t.Errorf("%v: %s, %v", m, hash, err)
		}
		seen[hash] = true
	}
}

// Clones have the template's tenants, and each has rows of its own.
func TestPgtestdb(t *testing.T) {
	t.Parallel()
	c := newCloning(t)
	t.Run("clones", func(t *testing.T) {
		for range 2 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				clone := NewTestDB(t, c.cfg, c.migrator)
				db := c.open(t, clone)
				for _, tenant := range []string{"acme", "globex"} {
					_, err := db.ExecContext(as(tenant), "INSERT INTO doc VALUES ('a')")
					must(t, err)
					if n := value[int](t, db, as(tenant), "SELECT count(*) FROM doc"); n != 1 {
						t.Errorf("%s has %d rows", tenant, n)
					}
				}
				admin, err := clone.Connect()
				must(t, err)
				defer admin.Close()
				p, err := provision.New(admin, c.migrator.Config)
				must(t, err)
				must(t, p.Verify(t.Context(), "acme"))
				if _, err := p.Create(t.Context(), provision.Tenant{ID: "new"}); !errors.Is(err, provision.ErrCopy) {
					t.Errorf("a tenant of a clone's: %v", err)
				}
			})
		}
	})
	t.Run("own", func(t *testing.T) {
		for range 2 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				clone, p := NewOwnTestDB(t, c.cfg, c.migrator)
				db := c.open(t, clone)
				_, err := p.Create(t.Context(), provision.Tenant{ID: "new"})
				must(t, err)
				must(t, p.Suspend(t.Context(), "globex"))
				for _, tenant := range []string{"acme", "new"} {
					_, err := db.ExecContext(as(tenant), "INSERT INTO doc VALUES ('a')")
					must(t, err)
				}
				if _, err := db.ExecContext(as("globex"), "SELECT 1"); !errors.Is(err, scope.ErrTenantSuspended) {
					t.Errorf("suspended: %v", err)
				}
				must(t, p.VerifyAll(t.Context(), 1, func(_ provision.Tenant, err error) { must(t, err) }))
			})
		}
	})
}
