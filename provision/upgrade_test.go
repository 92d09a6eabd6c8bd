package provision_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// versionOne makes the system schema as version 1 did, with one tenant that has a schema.
func (w world) versionOne() {
	w.t.Helper()
	pgtest.SkipOnCitus(w.t, "version 1 did not know it")
	text, err := os.ReadFile("testdata/system_v1.sql")
	if err != nil {
		w.t.Fatal(err)
	}
	w.exec(strings.ReplaceAll(string(text), "{{system}}", "docex_system"),
		`CREATE ROLE "docex_`+w.Name[11:19]+`" NOLOGIN`,
		`GRANT CONNECT ON DATABASE `+w.Name+` TO "docex_`+w.Name[11:19]+`"`,
		`INSERT INTO docex_system.installation (id, version, environment, app_role, shared_role)
		 VALUES ('`+w.Name[11:19]+`', 1, 'default', '`+w.AppRole+`', 'docex_`+w.Name[11:19]+`')`,
		`INSERT INTO docex_system.tenant (id, display_name, is_system, strategy, schema_name)
		 VALUES ('$system', 'system', true, 'schema', 'docex_system')`,
		`INSERT INTO docex_system.tenant (id, display_name, strategy, schema_name, ddl_digest)
		 VALUES ('acme', 'Acme', 'schema', 'tenant_acme', 'sha256:0')`,
		`CREATE SCHEMA tenant_acme`)
}

// systemShape describes the system schema's columns, constraints, indexes, functions, triggers and rights, one a line.
func (w world) systemShape() []string {
	w.t.Helper()
	return strings.Split(w.value(`
WITH n AS (SELECT 'docex_system'::regnamespace::oid AS oid),
  c AS (SELECT * FROM pg_class WHERE relnamespace = (SELECT oid FROM n)),
lines (line) AS (
    SELECT format('column %s.%s %s null %s default %s identity %s', c.relname, a.attname,
      format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
                  pg_get_expr(d.adbin, d.adrelid), a.attidentity)
      FROM c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE c.relkind = 'r'
    UNION ALL
    SELECT format('constraint %s.%s %s', c.relname, k.conname, pg_get_constraintdef(k.oid)) FROM c
      JOIN pg_constraint AS k ON k.conrelid = c.oid
     WHERE k.contype <> 'n'
    UNION ALL SELECT pg_get_indexdef(oid) FROM c WHERE relkind = 'i'
    UNION ALL SELECT format('%s %s %s', pg_get_functiondef(f.oid), f.prosecdef, f.proacl) FROM pg_proc AS f, n
      WHERE f.pronamespace = n.oid
    UNION ALL SELECT pg_get_triggerdef(t.oid) FROM c JOIN pg_trigger AS t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal
    UNION ALL SELECT format('rights %s %s', relname, COALESCE(relacl, acldefault('r', relowner))) FROM c
      WHERE relkind IN ('r', 'S')
    UNION ALL SELECT format('rights %s', nspacl) FROM pg_namespace WHERE nspname = 'docex_system'
)
SELECT string_agg(line, E'\x01' ORDER BY line COLLATE "C") FROM (
	SELECT replace(line, i.shared_role, 'shared_role') FROM lines, docex_system.installation AS i) AS it (line)`), "\x01")
}

// An upgraded system schema is the same as a new one, whatever happened on the way.
func TestUpgradeEqualsInit(t *testing.T) {
	t.Parallel()
	fresh := newWorld(t)
	fresh.initialized(provision.Config{})
	old := newWorld(t)
	old.versionOne()
	p := old.provisioner(provision.Config{})
	if err := p.Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.ReplaceAll(strings.Join(fresh.systemShape(), "\x01"), fresh.AppRole, old.AppRole),
		"\x01")
	if d := cmp.Diff(want, old.systemShape()); d != "" {
		t.Errorf("upgraded (+) and new (-) differ: %s", d)
	}
	if err := p.Upgrade(t.Context()); err != nil {
		t.Errorf("a second Upgrade: %v", err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Errorf("Init afterwards: %v", err)
	}
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "globex"}); err != nil {
		t.Error(err)
	}
	if err := old.app().pin("globex"); err != nil {
		t.Error(err)
	}
	if got, err := p.Get(t.Context(), "acme"); err != nil || got.DisplayName != "Acme" {
		t.Errorf("the old tenant is %+v: %v", got, err)
	}
}

func TestUpgradeIsRequired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.versionOne()
	p := w.provisioner(provision.Config{})
	ctx := t.Context()
	_, create := p.Create(ctx, provision.Tenant{ID: "globex"})
	_, get := p.Get(ctx, "acme")
	_, audit := p.Audit(ctx, provision.AuditOptions{})
	for _, err := range []error{p.Init(ctx), create, get, audit, p.Suspend(ctx, "acme")} {
		wantIs(t, err, provision.ErrUpgradeRequired)
	}
	wantIs(t, w.provisioner(provision.Config{Environment: "staging"}).Upgrade(ctx), provision.ErrEnvironmentMismatch)
	if got := w.value("SELECT version FROM docex_system.installation"); got != "1" {
		t.Errorf("version %s after refusals", got)
	}
}

func TestUpgradeRefusesToGoBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.provisioner(provision.Config{})
	wantIs(t, p.Upgrade(t.Context()), scope.ErrNotInitialized)
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.exec("UPDATE docex_system.installation SET version = version + 1")
	wantIs(t, p.Upgrade(t.Context()), provision.ErrSettingsMismatch)
	wantIs(t, p.Init(t.Context()), provision.ErrSettingsMismatch)
}

// An upgrade that fails in the middle has changed nothing.
func TestFailedUpgradeChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.versionOne()
	w.exec("CREATE TABLE docex_system.catalog ()")
	before := w.systemShape()
	if got := sqlState(t, w.provisioner(provision.Config{}).Upgrade(t.Context())); got != "42P07" {
		t.Errorf("code %q, want 42P07", got)
	}
	if d := cmp.Diff(before, w.systemShape()); d != "" {
		t.Error(d)
	}
}
