package provision_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/provision"
)

// Uninstall leaves the server as it was before Init, except what Init took from PUBLIC: with tenants in every state, a
// reserve, shared schemas and default privileges, with roles per tenant and without.
func TestUninstall(t *testing.T) {
	t.Parallel()
	for _, without := range []bool{false, true} {
		w := newWorld(t)
		w.exec("CREATE SCHEMA ref", "CREATE TABLE ref.country (name text)", "CREATE SCHEMA ext")
		cfg := provision.Config{DDL: smallDDL, SharedSchemas: []string{"ref"}, ExtensionSchemas: []string{"ext"},
			NoTenantRoles: without}
		w.exec("REVOKE TEMPORARY ON DATABASE "+w.Name+" FROM PUBLIC", "REVOKE ALL ON SCHEMA public FROM PUBLIC")
		before := w.serverWide()
		p := w.initialized(cfg)
		ctx := t.Context()
		w.exec(`INSERT INTO docex_system.tenant (id, display_name, strategy, schema_name, ddl_digest)
 SELECT 'filler' || i, 'x', 'schema', 'tenant_filler' || i, 'sha256:' FROM generate_series(1, 100) AS i`)
		if _, err := p.CreateMany(ctx, tenants("t", 4), provision.BulkOptions{}); err != nil {
			t.Fatal(err)
		}
		w.exec("DELETE FROM docex_system.tenant WHERE id LIKE 'filler%'")
		if err := errors.Join(p.Suspend(ctx, "t1"), p.Suspend(ctx, "t2"), p.Drop(ctx, "t2", "t2")); err != nil {
			t.Fatal(err)
		}
		options := provision.UninstallOptions{Environment: "default", Database: w.Name}
		wantIs(t, p.Uninstall(ctx, provision.UninstallOptions{WithTenants: true}), provision.ErrNotConfirmed)
		wantIs(t, p.Uninstall(ctx, provision.UninstallOptions{Environment: "default", WithTenants: true}),
			provision.ErrNotConfirmed)
		wantIs(t, p.Uninstall(ctx, options), provision.ErrTenantsLeft)
		w.exec("CREATE VIEW ref.mine AS TABLE docex_system.tenant")
		calls := 0
		options.WithTenants, options.Progress = true, func(done, left int) {
			if calls++; done != calls || done+left != 3 {
				t.Errorf("call %d: %d done, %d left", calls, done, left)
			}
		}
		wantIs(t, p.Uninstall(ctx, options), provision.ErrDrift)
		w.exec("DROP VIEW ref.mine", "CREATE TABLE docex_system.mine (i integer)")
		if err := p.Uninstall(ctx, options); !errors.Is(err, provision.ErrDrift) ||
			!strings.HasSuffix(err.Error(), "extra table mine") {
			t.Errorf("a table of somebody else's: %v", err)
		}
		if calls != 0 {
			t.Error("tenants were dropped before that was found")
		}
		w.exec("DROP TABLE docex_system.mine")
		if err := p.Uninstall(ctx, options); err != nil || calls != 3 {
			t.Fatalf("%d tenants: %v", calls, err)
		}
		if d := cmp.Diff(before, w.serverWide()); d != "" {
			t.Errorf("before (-) and after (+): %s", d)
		}
		wantIs(t, p.Uninstall(ctx, options), provision.ErrNotInitialized)
		if err := p.Init(ctx); err != nil {
			t.Error(err)
		}
	}
}

// serverWide is what there is that docex may have made: schemas and their rights, default privileges, settings, and
// roles that the application is a member of or that have rights here.
func (w world) serverWide() []string {
	w.t.Helper()
	return strings.Split(w.value(`
WITH line (line) AS (
    SELECT format('schema %s %s', nspname, NULLIF(nspacl, acldefault('n', nspowner))) FROM pg_namespace
    UNION ALL SELECT format('table %s %s', oid::regclass, NULLIF(relacl, acldefault('r', relowner))) FROM pg_class
      WHERE relnamespace = 'ref'::regnamespace
    UNION ALL SELECT format('future %s', defaclacl) FROM pg_default_acl
    UNION ALL SELECT format('database %s', datacl) FROM pg_database WHERE datname = current_database()
    UNION ALL SELECT format('setting %s', setconfig) FROM pg_db_role_setting AS s
      JOIN pg_database AS d ON d.oid = s.setdatabase WHERE datname = current_database()
    UNION ALL SELECT format('member %s', roleid::regrole) FROM pg_auth_members WHERE member = $1::regrole
    UNION ALL SELECT DISTINCT format('known %s', s.refobjid::regrole) FROM pg_shdepend AS s
      JOIN pg_database AS d ON d.oid = s.dbid OR s.classid = 'pg_database'::regclass AND s.objid = d.oid
      WHERE datname = current_database() AND s.refclassid = 'pg_authid'::regclass
)
SELECT string_agg(line, E'\x01' ORDER BY line COLLATE "C") FROM line`, w.AppRole), "\x01")
}
