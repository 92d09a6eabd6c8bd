package around

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io/fs"
	"testing"

	"github.com/docex/docex/provision"
	"github.com/peterldowns/pgtestdb"
)

// Migrator makes pgtestdb's template: docex with these tenants. The TestRole of pgtestdb's Config is the administrator
// there, so it needs CREATEROLE or more. Config.AppRole is a login that the tests' server has.
type Migrator struct {
	Config  provision.Config
	Tenants []string
}

// Hash names the template: another configuration, DDL or seed, or other tenants, are another one.
func (m Migrator) Hash() (string, error) {
	sum := sha256.New()
	settings := m.Config
	settings.DDL, settings.Seed = nil, nil
	fmt.Fprintf(sum, "%#v %q", settings, m.Tenants)
	for _, folder := range []fs.FS{m.Config.DDL, m.Config.Seed} {
		fmt.Fprint(sum, folder != nil)
		if folder == nil {
			continue
		}
		names, err := fs.Glob(folder, "*.sql")
		if err != nil {
			return "", err
		}
		for _, name := range names {
			text, err := fs.ReadFile(folder, name)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(sum, "%q %q", name, text)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}

func (m Migrator) Migrate(ctx context.Context, admin *sql.DB, _ pgtestdb.Config) error {
	p, err := provision.New(admin, m.Config)
	if err != nil {
		return err
	}
	if err := p.Init(ctx); err != nil {
		return err
	}
	for _, id := range m.Tenants {
		if _, err := p.Create(ctx, provision.Tenant{ID: id}); err != nil {
			return err
		}
	}
	return nil
}

// NewTestDB returns a clone for one test, with the template's tenants. Read and write in it as you like. Roles belong
// to the server, so all clones share the tenants' roles: what would change those, such as Create or Suspend, is refused
// in a clone with provision.ErrCopy.
func NewTestDB(t testing.TB, cfg pgtestdb.Config, m Migrator) *pgtestdb.Config {
	return pgtestdb.Custom(t, cfg, m)
}

// NewOwnTestDB returns a clone with roles of its own, for a test that creates, suspends or drops tenants, of any id. It
// takes one transaction more for each tenant of the template. Uninstall drops the roles before pgtestdb drops the
// clone.
func NewOwnTestDB(t testing.TB, cfg pgtestdb.Config, m Migrator) (*pgtestdb.Config, *provision.Provisioner) {
	clone := pgtestdb.Custom(t, cfg, m)
	admin, err := clone.Connect()
	if err != nil {
		t.Fatal(err)
	}
	p, err := provision.New(admin, m.Config)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Rehome(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer admin.Close()
		if t.Failed() {
			return // pgtestdb leaves the clone to be looked at
		}
		err := p.Uninstall(context.Background(), provision.UninstallOptions{
			Environment: cmp.Or(m.Config.Environment, provision.DefaultEnvironment),
			Database:    clone.Database, WithTenants: true})
		if err != nil {
			t.Error(err)
		}
	})
	return clone, p
}
