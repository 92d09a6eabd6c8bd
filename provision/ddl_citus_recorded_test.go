package provision_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/provision"
)

// Where only the registry says that tenants are on Citus, a DDL that cannot be there is refused by the first call that
// would make something of it.
func TestDDLForRecordedCitus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const ddl = `CREATE TABLE t (a integer); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN RETURN NEW; END';
 CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();`
	p := w.initialized(provision.Config{DDL: provision.DDLString(ddl)})
	w.exec(`UPDATE docex_system.installation SET distribution = 'citus'`)
	ctx, before := t.Context(), w.objects()
	for name, call := range map[string]func(ctx context.Context) error{
		"init":   p.Init,
		"create": func(ctx context.Context) error { _, err := p.Create(ctx, provision.Tenant{ID: "acme"}); return err },
	} {
		err := call(ctx)
		var refused *provision.DDLError
		if !errors.As(err, &refused) || len(refused.Problems) != 1 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := refused.Problems[0]; got.Rule != "citus-trigger" || got.Line != 3 || got.Column != 2 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	routines := w.provisioner(provision.Config{DDL: provision.DDLString(
		`CREATE AGGREGATE total(bigint) (SFUNC = int8pl, STYPE = bigint, INITCOND = '0')`)})
	var unnamed *provision.CitusError
	_, err := routines.Create(ctx, provision.Tenant{ID: "acme-2-b"})
	if !errors.As(err, &unnamed) || unnamed.Missing != "name" || unnamed.Object != "acme-2-b" ||
		!strings.Contains(unnamed.Remedy, `"acme_2_b"`) || !errors.Is(err, provision.ErrDDL) {
		t.Errorf("functions in a schema whose name needs quotes: %v", err)
	}
	if after := w.objects(); after != before {
		t.Errorf("made %s", after)
	}
	plain := w.provisioner(provision.Config{DDL: provision.DDLString(`CREATE TABLE t (a integer)`)})
	if _, err := plain.Create(ctx, provision.Tenant{ID: "acme"}); !errors.Is(err, provision.ErrCitus) {
		t.Errorf("a DDL without a trigger: %v", err)
	}
}

// A Provisioner whose configuration does not name the distribution does what the registry's asks for.
func TestCitusIsRecorded(t *testing.T) {
	w := onCitus(t)
	const v1 = `CREATE TABLE t (id bigint PRIMARY KEY)`
	first := w.initialized(provision.Config{DDL: provision.DDLString(v1)})
	ctx := t.Context()
	if _, err := first.Create(ctx, provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	w.Distribution = ""
	const v2 = v1 + `; CREATE TABLE u (t bigint REFERENCES t)`
	p := w.provisioner(provision.Config{DDL: provision.DDLString(v2), DDLVersion: "2"})
	w.exec(`CREATE SCHEMA old`, `CREATE TABLE old.t (id bigint PRIMARY KEY)`,
		`CREATE TABLE old.u (t bigint REFERENCES old.t)`, `INSERT INTO old.t VALUES (1)`)
	if _, err := p.Adopt(ctx, provision.Tenant{ID: "globex"}, "old"); err != nil {
		t.Error(err)
	}
	script := provision.DDLString(`CREATE TABLE u (t bigint REFERENCES t)`)
	if report, err := p.UpgradeTenants(ctx, provision.UpgradeOptions{Script: script}); err != nil || report.Done != 1 {
		t.Errorf("%+v %v", report, err)
	}
	if err := p.Init(ctx); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"acme", "globex"} {
		if got := differencesOf(t, p, id); got != "" {
			t.Errorf("%s: %s", id, got)
		}
	}
	if got := w.value(`SELECT count(*) FROM pg_dist_partition`); got != "4" {
		t.Errorf("tables that are distributed: %s", got)
	}
	w.exec(`DO $$ BEGIN EXECUTE 'CREATE TABLE tenant_acme.v ()'; END $$`, `CREATE SCHEMA older`)
	if got := differencesOf(t, p, "acme"); !strings.Contains(got, "table v is local on the coordinator") {
		t.Errorf("a local table is not missed: %s", got)
	}
	refused := w.provisioner(provision.Config{DDL: provision.DDLString(v1 + `; CREATE TABLE k () INHERITS (t)`)})
	_, adopting := refused.Adopt(ctx, provision.Tenant{ID: "initech"}, "older")
	_, upgrading := refused.UpgradeTenants(ctx, provision.UpgradeOptions{Script: script})
	for _, err := range []error{adopting, upgrading} {
		var e *provision.DDLError
		if !errors.As(err, &e) || e.Problems[0].Rule != "citus-table" {
			t.Error(err)
		}
	}
}
