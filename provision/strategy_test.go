package provision_test

import (
	"errors"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// The tests' PostgreSQL has no Citus: Init says so, and changes nothing.
func TestInitWithoutCitus(t *testing.T) { // not parallel: it counts the server's roles
	w := newWorld(t)
	if w.value("SELECT count(*) FROM pg_available_extensions WHERE name = 'citus'") != "0" {
		t.Skip("this server has Citus")
	}
	const state = `SELECT format('%s schemas, %s roles, public %s, database %s', (SELECT count(*) FROM pg_namespace),
 (SELECT count(*) FROM pg_roles), (SELECT nspacl FROM pg_namespace WHERE nspname = 'public'),
 (SELECT datacl FROM pg_database WHERE datname = current_database()))`
	before := w.value(state)
	err := w.provisioner(provision.Config{Distribution: provision.Citus}).Init(t.Context())
	wantIs(t, err, provision.ErrCitus)
	var missing *provision.CitusError
	if !errors.As(err, &missing) || missing.Missing != "package" || missing.Database != w.Name {
		t.Errorf("error is %v, want a *CitusError about the package", err)
	}
	if after := w.value(state); after != before {
		t.Errorf("changed from\n%s\nto\n%s", before, after)
	}
}

// Where tenants are is fixed by the first Init, and left out it is as recorded.
func TestDistributionIsRecorded(t *testing.T) {
	t.Parallel()
	pgtest.SkipOnCitus(t, "the test begins with a local installation")
	w := newWorld(t)
	w.initialized(provision.Config{})
	wantIs(t, w.provisioner(provision.Config{Distribution: provision.Citus}).Init(t.Context()),
		provision.ErrSettingsMismatch)
	_, err := w.initialized(provision.Config{Distribution: provision.Local}).Create(t.Context(),
		provision.Tenant{ID: "acme"})
	if err != nil {
		t.Error(err)
	}
	if got := w.value(
		"SELECT rolcanlogin::text FROM pg_roles WHERE rolname LIKE 'docex\\_' || (SELECT id FROM " +
			"docex_system.installation) || '\\_acme'"); got != "false" {
		t.Errorf("the tenant's role can log in: %s", got)
	}
}
