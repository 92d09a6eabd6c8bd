package provision_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/provision"
)

const (
	logV1 = noteV1 + `;
CREATE TABLE log (at integer NOT NULL, what integer) PARTITION BY RANGE (at)`
	logOf1 = "FOR VALUES FROM (0) TO (10)"
)

// Partitions are a tenant's own: a rehearsal does not see that a script writes them anew. The tenant's upgrade does.
func TestUpgradeThatRewritesPartitions(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, logV1, strings.Replace(logV1, "what integer", "what bigint", 1), "acme", "globex", "initech")
	part := provision.Partition{Of: "log", Name: "log_1", Bounds: logOf1}
	for _, id := range []string{"acme", "initech"} {
		if err := u.old.AddPartition(t.Context(), id, part); err != nil {
			t.Fatal(err)
		}
		u.exec(`INSERT INTO tenant_` + id + `.log VALUES (1, 2)`)
	}
	if err := u.old.Suspend(t.Context(), "initech"); err != nil {
		t.Fatal(err)
	}
	o := provision.UpgradeOptions{Script: provision.DDLString(`ALTER TABLE log ALTER what TYPE bigint`)}
	report, outcomes, err := u.upgrade(o)
	if err == nil || !strings.Contains(err.Error(), "writes tables anew (log_1), and acme is not suspended") ||
		report.Done != 2 || outcomes["acme"].Result != provision.UpgradeFailed {
		t.Errorf("%+v %v", report, err)
	}
	u.wantVersion("1", "acme")
	u.wantVersion("2", "globex", "initech")
	o.Rewrite = true
	if _, _, err := u.upgrade(o); err != nil {
		t.Error(err)
	}
	u.wantVersion("2", "acme")
	if got := u.value(`SELECT sum(what) FROM tenant_acme.log`); got != "2" {
		t.Errorf("the rows: %s", got)
	}
}

// Partitions of a table that is read-only are so, whoever makes them, and whatever makes rights anew.
func TestReadOnlyPartitions(t *testing.T) {
	t.Parallel()
	readOnly := []string{"log"}
	v1 := provision.Config{DDL: provision.DDLString(logV1), ReadOnlyTables: readOnly}
	const first, second = "CREATE TABLE log_1 PARTITION OF log " + logOf1, "ALTER TABLE log ADD more text"
	v2 := provision.Config{ReadOnlyTables: readOnly, DDL: provision.DDLString(logV1 + ";\n" + first + ";\n" + second)}
	a := newArchives(t, newWorld(t), v1)
	u := upgradeWorld{world: a.world, old: a.p, new: a.provisioner(v2)}
	u.create("acme")
	u.create("globex")
	part := provision.Partition{Of: "log", Name: "log_2", Bounds: "FOR VALUES FROM (10) TO (20)"}
	if err := a.p.AddPartition(t.Context(), "acme", part); err != nil {
		t.Fatal(err)
	}
	wantReadOnly := func(when, id string, tables ...string) {
		t.Helper()
		s := u.app()
		if err := s.pin(id); err != nil {
			t.Fatal(err)
		}
		s.must(`DELETE FROM note WHERE id = 7`)
		for _, table := range tables {
			s.must(`TABLE ` + table)
			if got := s.code(`DELETE FROM ` + table); got != denied {
				t.Errorf("%s: deleting from %s of %s: code %q", when, table, id, got)
			}
		}
	}
	wantReadOnly("a new partition", "acme", "log", "log_2")
	if _, _, err := u.upgrade(provision.UpgradeOptions{Script: provision.DDLString(first + ";\n" + second)}); err != nil {
		t.Fatal(err)
	}
	wantReadOnly("upgraded", "acme", "log", "log_1", "log_2")
	wantReadOnly("upgraded", "globex", "log", "log_1")
	role := u.value(`SELECT quote_ident(role_name) FROM docex_system.tenant WHERE id = 'acme'`)
	u.exec(`REVOKE ALL ON ALL TABLES IN SCHEMA tenant_acme FROM ` + role)
	var failed error
	err := u.new.Repair(t.Context(), func(o provision.RepairOutcome) { failed = errors.Join(failed, o.Err) })
	if err != nil || failed != nil {
		t.Errorf("%v %v", err, failed)
	}
	wantReadOnly("repaired", "acme", "log", "log_1", "log_2")
	a.p = u.new
	a.imports(a.export("acme"), provision.ImportOptions{ID: "copy"})
	wantReadOnly("imported", "copy", "log", "log_1", "log_2")
	u.wantVersion("", "acme", "globex", "copy")
}

// An index of a partitioned table cannot be made concurrently. The rehearsal says so, before any tenant is between the
// parts of an upgrade.
func TestUpgradeIndexesPartitions(t *testing.T) {
	t.Parallel()
	const index = "CREATE INDEX log_what ON log (what)"
	u := newUpgradeWorld(t, logV1, logV1+";\n"+index, "acme")
	o := provision.UpgradeOptions{Script: provision.DDLString("-- nothing"),
		Then: provision.DDLString(strings.Replace(index, "INDEX", "INDEX CONCURRENTLY", 1))}
	_, _, err := u.upgrade(o)
	wantIs(t, err, provision.ErrRehearsal)
	if !strings.Contains(err.Error(), `index "log_what" is of a partitioned table`) {
		t.Error(err)
	}
	u.wantVersion("1", "acme")
	o.Then = provision.DDLString(index)
	if _, _, err := u.upgrade(o); err != nil {
		t.Error(err)
	}
	u.wantVersion("2", "acme")
}
