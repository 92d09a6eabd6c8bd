package provision_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// citusCatalogs makes tables like the two of Citus that say which schemas and tables are distributed.
func (w world) citusCatalogs() {
	w.t.Helper()
	c := w.connect(w.AdminDSN)
	c.must(`SET allow_system_table_mods = on`)
	c.must(`CREATE TABLE pg_catalog.pg_dist_schema (schemaid oid, colocationid integer)`)
	c.must(`CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass, colocationid integer)`)
}

// Verify says where a tenant's tables are, if they are not where the installation has them.
func TestVerifySaysWhereTablesAre(t *testing.T) {
	t.Parallel()
	pgtest.SkipOnCitus(t, "it has the catalogs that the test makes")
	w := newWorld(t)
	p := w.initialized(provision.Config{Distribution: provision.Local, NoTenantRoles: true,
		DDL: provision.DDLString(`CREATE TABLE a (n integer); CREATE TABLE b (n integer); CREATE TABLE "C" (n integer)`)})
	for _, id := range []string{"acme", "globex"} {
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	w.citusCatalogs()
	check := func(p *provision.Provisioner, acme, globex string) {
		t.Helper()
		for id, want := range map[string]string{"acme": acme, "globex": globex} {
			if got := differencesOf(t, p, id); got != want {
				t.Errorf("%s: got %q, want %q", id, got, want)
			}
		}
	}
	check(p, "", "")
	w.exec(`INSERT INTO pg_dist_schema VALUES ('tenant_acme'::regnamespace, 7)`)
	check(p, "schema tenant_acme is distributed by Citus, want local", "")

	w.exec(`UPDATE docex_system.installation SET distribution = 'citus'`,
		`INSERT INTO pg_dist_partition VALUES ('tenant_acme.a', 7), ('tenant_acme."C"', 8)`)
	check(w.provisioner(provision.Config{NoTenantRoles: true, Distribution: provision.Citus,
		DDL: provision.DDLString(`CREATE TABLE a (n integer)`)}),
		"table \"C\" is distributed outside of it, want in the tenant's shard group\n"+
			"table b is local on the coordinator, want in the tenant's shard group",
		"schema tenant_globex is local on the coordinator, want distributed by Citus")
}

// differencesOf returns what Verify says of a tenant, and checks that VerifyAll says the same.
func differencesOf(t *testing.T, p *provision.Provisioner, id string) string {
	t.Helper()
	said := func(err error) string {
		var drift *provision.DriftError
		if !errors.As(err, &drift) {
			if err != nil {
				t.Errorf("%s: %v", id, err)
			}
			return ""
		}
		var all []string
		for _, d := range drift.Differences {
			all = append(all, d.String())
		}
		return strings.Join(all, "\n")
	}
	one := said(p.Verify(t.Context(), id))
	err := p.VerifyAll(t.Context(), 2, func(tenant provision.Tenant, err error) {
		if all := said(err); tenant.ID == id && all != one {
			t.Errorf("%s: VerifyAll says\n%s\nVerify says\n%s", id, all, one)
		}
	})
	if err != nil {
		t.Error(err)
	}
	return one
}
