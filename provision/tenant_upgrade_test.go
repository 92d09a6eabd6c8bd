package provision_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// Two versions of a DDL, and what leads from one to the other.
const (
	noteV1 = `CREATE TABLE note (id bigint PRIMARY KEY, body text NOT NULL)`
	noteV2 = `CREATE TABLE note (id bigint PRIMARY KEY, body text NOT NULL, length integer NOT NULL);
CREATE TABLE tag (name text PRIMARY KEY);
CREATE FUNCTION tags() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM tag'`
	noteUp = `ALTER TABLE note ADD length integer;
UPDATE note SET length = length(body);
ALTER TABLE note ALTER length SET NOT NULL;
CREATE TABLE tag (name text PRIMARY KEY);
CREATE FUNCTION tags() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM tag'`
)

// upgradeWorld is a database with tenants of version 1, each with a row, and provisioners of both.
type upgradeWorld struct {
	world
	old, new *provision.Provisioner
}

func newUpgradeWorld(t *testing.T, v1, v2 string, ids ...string) upgradeWorld {
	t.Helper()
	return upgradeWorldIn(newWorld(t), v1, v2, ids...)
}

func upgradeWorldIn(w world, v1, v2 string, ids ...string) upgradeWorld {
	w.t.Helper()
	u := upgradeWorld{world: w,
		old: w.initialized(provision.Config{DDL: provision.DDLString(v1), DDLVersion: "1"}),
		new: w.provisioner(provision.Config{DDL: provision.DDLString(v2), DDLVersion: "2"})}
	for _, id := range ids {
		u.create(id)
	}
	return u
}

// create makes a tenant of version 1 with a row.
func (u upgradeWorld) create(id string) {
	u.t.Helper()
	if _, err := u.old.Create(u.t.Context(), provision.Tenant{ID: id}); err != nil {
		u.t.Fatal(err)
	}
	u.exec(`INSERT INTO tenant_` + id + `.note (id, body) VALUES (1, 'note of ` + id + `')`)
}

// upgrade runs an upgrade with noteUp, unless o has another script, and returns the outcomes by tenant.
func (u upgradeWorld) upgrade(o provision.UpgradeOptions) (
	provision.UpgradeReport, map[string]provision.UpgradeOutcome, error,
) {
	u.t.Helper()
	outcomes := map[string]provision.UpgradeOutcome{}
	if o.Script == nil {
		o.Script = provision.DDLString(noteUp)
	}
	o.Progress = func(o provision.UpgradeOutcome, _ provision.UpgradeCounts) { outcomes[o.Tenant.ID] = o }
	report, err := u.new.UpgradeTenants(u.t.Context(), o)
	return report, outcomes, err
}

// wantVersion checks registry and schema.
func (u upgradeWorld) wantVersion(version string, ids ...string) {
	u.t.Helper()
	for _, id := range ids {
		got, err := u.new.Get(u.t.Context(), id)
		if err != nil || got.DDLVersion != version || u.new.Behind(got) != (version == "1") {
			u.t.Errorf("%s has version %q, want %q; behind %v: %v", id, got.DDLVersion, version, u.new.Behind(got), err)
		}
		if err := u.new.Verify(u.t.Context(), id); err != nil {
			u.t.Errorf("%s: %v", id, err)
		}
		if pgtest.Citus() {
			u.wantDistributed(id)
		}
	}
}

func TestUpgradeTenants(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, noteV1, noteV2, "acme", "globex", "initech", "gone")
	if err := u.old.Suspend(t.Context(), "globex"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(u.old.Suspend(t.Context(), "gone"), u.old.Drop(t.Context(), "gone", "gone")); err != nil {
		t.Fatal(err)
	}
	report, outcomes, err := u.upgrade(provision.UpgradeOptions{DryRun: true})
	if err != nil || len(report.Tenants) != 3 || len(outcomes) > 0 || len(report.Rehearsed) != 1 ||
		report.Rehearsed[0].DDLVersion != "1" || report.Rehearsed[0].Tenants != 3 {
		t.Errorf("a dry run: %+v %v", report, err)
	}
	u.wantVersion("1", "acme", "globex", "initech")
	report, outcomes, err = u.upgrade(provision.UpgradeOptions{Concurrency: 2, To: "2"})
	if err != nil || report.UpgradeCounts != (provision.UpgradeCounts{Found: 3, Done: 3}) || len(outcomes) != 3 {
		t.Errorf("%+v %v", report, err)
	}
	u.wantVersion("2", "acme", "globex", "initech")
	if got, want := u.value(`SELECT length FROM tenant_globex.note`), "14"; got != want {
		t.Errorf("length %s, want %s", got, want)
	}
	made, err := u.new.Create(t.Context(), provision.Tenant{ID: "fresh"})
	acme, _ := u.new.Get(t.Context(), "acme")
	if err != nil || acme.Catalog != made.Catalog || acme.DDLDigest != made.DDLDigest {
		t.Errorf("upgraded %+v, made %+v: %v", acme, made, err)
	}
	app := u.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	app.must(`INSERT INTO tag VALUES ('a'); SELECT tags()`) // rights on what is new
	if got := sqlState(t, u.app().pin("globex")); got != pinSuspended {
		t.Errorf("globex: %s", got)
	}
	report, _, err = u.upgrade(provision.UpgradeOptions{Only: []string{"acme"}})
	if err != nil || report.UpgradeCounts != (provision.UpgradeCounts{Found: 1, Current: 1}) {
		t.Errorf("once more: %+v %v", report, err)
	}
	es, err := u.new.Audit(t.Context(), provision.AuditOptions{Action: "upgrade tenant"})
	if err != nil || len(es) != 3 || !strings.Contains(es[0].Detail, made.DDLDigest) {
		t.Errorf("the audit log says %+v: %v", es, err)
	}
}

// A script that does not make what the new DDL makes touches nobody.
func TestRehearsalStopsTheUpgrade(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, noteV1, noteV2, "acme")
	for _, c := range []struct{ script, want string }{
		{strings.Replace(noteUp, "length integer", "length bigint", 1), "column note.length is bigint"},
		{strings.Replace(noteUp, "CREATE TABLE tag (name text PRIMARY KEY);", "CREATE TABLE tag (name text);", 1),
			"missing constraint tag.tag_pkey"},
		{noteUp + "; SELECT 1/0", "division by zero"},
		{"ALTER TABLE nothing ADD a integer", `ddl.sql:1: ALTER TABLE nothing ADD a integer: ERROR: relation "nothing"`},
	} {
		_, outcomes, err := u.upgrade(provision.UpgradeOptions{Script: provision.DDLString(c.script)})
		wantIs(t, err, provision.ErrRehearsal)
		var e *provision.RehearsalError
		if !errors.As(err, &e) || e.DDLVersion != "1" || e.Tenants != 1 || !strings.Contains(err.Error(), c.want) ||
			len(outcomes) > 0 {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	u.wantVersion("1", "acme")
	if got := u.value(`SELECT count(*) FROM docex_system.ddl`); got != "1" {
		t.Errorf("%s DDLs are kept", got)
	}
	if got := u.value(`SELECT count(*) FROM pg_roles WHERE rolname LIKE '%rehearsal' AND
		rolname LIKE (SELECT shared_role FROM docex_system.installation) || '%'`); got != "0" {
		t.Error("the rehearsal's role is there")
	}
}

func TestUpgradeRefusals(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, noteV1, noteV2, "acme")
	for _, c := range []struct {
		o    provision.UpgradeOptions
		want error
	}{
		{provision.UpgradeOptions{Script: provision.DDLString("SET search_path = x")}, provision.ErrDDL},
		{provision.UpgradeOptions{Script: provision.DDLString("COMMIT")}, provision.ErrDDL},
		{provision.UpgradeOptions{Script: provision.DDLString("CREATE INDEX CONCURRENTLY i ON note (id)")}, provision.ErrDDL},
		{provision.UpgradeOptions{Then: provision.DDLString("CREATE INDEX CONCURRENTLY ON note (body)")}, provision.ErrDDL},
		{provision.UpgradeOptions{Then: provision.DDLString("DROP INDEX CONCURRENTLY a, b")}, provision.ErrDDL},
		{provision.UpgradeOptions{Only: []string{"nobody"}}, scope.ErrTenantNotProvisioned},
		{provision.UpgradeOptions{Only: []string{"NOBODY"}}, scope.ErrInvalidTenantID},
		{provision.UpgradeOptions{To: "3"}, provision.ErrInvalidConfig},
		{provision.UpgradeOptions{Concurrency: -1}, provision.ErrInvalidConfig},
		{provision.UpgradeOptions{LockTimeout: -1}, provision.ErrInvalidConfig},
		{provision.UpgradeOptions{MaxFailures: -1}, provision.ErrInvalidConfig},
		{provision.UpgradeOptions{Retries: -2}, provision.ErrInvalidConfig},
	} {
		_, _, err := u.upgrade(c.o)
		wantIs(t, err, c.want)
	}
	same := u.provisioner(provision.Config{DDL: provision.DDLString(noteV2), DDLVersion: "1"})
	_, err := same.UpgradeTenants(t.Context(), provision.UpgradeOptions{Script: provision.DDLString(noteUp)})
	wantIs(t, err, provision.ErrDDLVersion)
	u.wantVersion("1", "acme")
}

// A tenant that is upgraded is like those that were made from the new DDL before, or it is not upgraded.
func TestUpgradeMakesWhatWasMade(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, noteV1, noteV2, "acme")
	if _, err := u.new.Create(t.Context(), provision.Tenant{ID: "fresh"}); err != nil {
		t.Fatal(err)
	}
	u.exec(`UPDATE docex_system.catalog SET description = replace(description, 'length', 'len')`)
	_, _, err := u.upgrade(provision.UpgradeOptions{})
	wantIs(t, err, provision.ErrRehearsal)
	if !strings.Contains(err.Error(), "another schema now than when its first tenant was made") {
		t.Error(err)
	}
	u.wantVersion("1", "acme")
}

// It takes no more rights than Create, and no roles of tenants.
func TestUpgradeByAnOperator(t *testing.T) {
	t.Parallel()
	for _, noRoles := range []bool{false, true} {
		w := newWorld(t)
		w.admin = w.operator("CREATEROLE")
		v1 := provision.Config{DDL: provision.DDLString(noteV1), NoTenantRoles: noRoles, KeepPublic: true}
		v2 := v1
		v2.DDL = provision.DDLString(noteV2)
		u := upgradeWorld{world: w, old: w.initialized(v1), new: w.provisioner(v2)}
		u.create("acme")
		if report, _, err := u.upgrade(provision.UpgradeOptions{}); err != nil || report.Done != 1 {
			t.Errorf("no roles: %v: %+v %v", noRoles, report, err)
		}
		if err := u.new.Verify(t.Context(), "acme"); err != nil {
			t.Error(err)
		}
	}
}

// A script that writes a table anew is for suspended tenants, or allowed by name.
func TestUpgradeThatRewrites(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, noteV1, strings.Replace(noteV1, "body text", "body varchar(20)", 1), "acme", "globex")
	o := provision.UpgradeOptions{Script: provision.DDLString(`ALTER TABLE note ALTER body TYPE varchar(20)`)}
	if err := u.old.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	_, _, err := u.upgrade(o)
	wantIs(t, err, provision.ErrRehearsal)
	if !strings.Contains(err.Error(), "writes tables anew (note), and globex is not suspended") {
		t.Error(err)
	}
	only := o
	only.Only = []string{}
	if report, _, err := u.upgrade(only); err != nil || report.Found != 0 {
		t.Errorf("no tenants are meant: %+v %v", report, err)
	}
	only.Only = []string{"acme"}
	report, _, err := u.upgrade(only)
	if err != nil || report.Done != 1 || len(report.Rehearsed) != 1 || len(report.Rehearsed[0].Rewritten) != 1 {
		t.Errorf("%+v %v", report, err)
	}
	u.create("initech")
	if err := errors.Join(u.old.Suspend(t.Context(), "globex"), u.old.Suspend(t.Context(), "initech")); err != nil {
		t.Fatal(err)
	}
	resume := o
	resume.Progress = func(provision.UpgradeOutcome, provision.UpgradeCounts) {
		if err := u.old.Resume(t.Context(), "initech"); err != nil {
			t.Error(err)
		}
	}
	report, err = u.new.UpgradeTenants(t.Context(), resume)
	if err == nil || report.Done != 1 || !strings.Contains(err.Error(), "initech is not suspended") {
		t.Errorf("one that was resumed meanwhile: %+v %v", report, err)
	}
	u.wantVersion("1", "initech")
	o.Rewrite = true
	if _, _, err := u.upgrade(o); err != nil {
		t.Error(err)
	}
	u.wantVersion("2", "acme", "globex", "initech")
}

// A tenant that cannot be upgraded is left as it was, and the others are upgraded.
func TestUpgradeLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, noteV1, noteV2, "acme", "data", "drifted", "role", "indexed", "done")
	u.exec(`ALTER TABLE tenant_data.note ADD CHECK (body <> 'x')`, `INSERT INTO tenant_data.note VALUES (2, 'y')`,
		`ALTER TABLE tenant_drifted.note ADD extra integer`, `CREATE INDEX own ON tenant_indexed.note (body)`)
	for _, id := range []string{"data", "indexed"} { // accepted
		if _, err := u.old.Reseal(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	u.exec(`SET search_path = tenant_done; ` + noteUp + `; SET search_path = DEFAULT;
		REVOKE ALL ON FUNCTION tenant_done.tags() FROM PUBLIC`)
	role, err := u.old.Get(t.Context(), "role")
	if err != nil {
		t.Fatal(err)
	}
	u.exec(`ALTER ROLE "` + role.Role + `" BYPASSRLS`)
	script := noteUp + `; CREATE UNIQUE INDEX once ON note ((length(body) > 0)); DROP INDEX once` // data has two such rows
	report, outcomes, err := u.upgrade(provision.UpgradeOptions{Script: provision.DDLString(script), Concurrency: 3})
	if err == nil || report.UpgradeCounts != (provision.UpgradeCounts{Found: 6, Done: 2, Drifted: 3, Failed: 1}) {
		t.Errorf("%+v %v", report, err)
	}
	for id, want := range map[string]string{"acme": "", "indexed": "",
		"data": `23505`, "drifted": `extra column note.extra`, "role": `BYPASSRLS`, "done": `which Reseal records`} {
		if got := fmt.Sprint(outcomes[id].Err); !strings.Contains(got, want) || (want == "") != (outcomes[id].Err == nil) {
			t.Errorf("%s: %s, want %q", id, got, want)
		}
	}
	if outcomes["drifted"].Result != provision.UpgradeDrifted || outcomes["data"].Result != provision.UpgradeFailed {
		t.Errorf("%+v", outcomes)
	}
	u.wantVersion("2", "acme", "indexed")
	u.wantVersion("1", "data")
	if got := u.value(`SELECT count(*) FROM pg_attribute WHERE attname = 'length' AND attrelid IN
		('tenant_data.note'::regclass, 'tenant_drifted.note'::regclass, 'tenant_role.note'::regclass)`); got != "0" {
		t.Error("something is left of the script")
	}
	es, err := u.new.Audit(t.Context(), provision.AuditOptions{TenantID: "data", Action: "upgrade tenant"})
	if err != nil || len(es) != 1 || es[0].Outcome != provision.Failed {
		t.Errorf("the audit log says %+v: %v", es, err)
	}
	// One that has drifted to where the script leads all the same.
	u.exec(`ALTER TABLE tenant_drifted.note DROP extra; ALTER TABLE tenant_drifted.note ADD length integer`)
	lenient := strings.Replace(noteUp, "ADD length", "ADD IF NOT EXISTS length", 1)
	report, _, err = u.upgrade(provision.UpgradeOptions{Script: provision.DDLString(lenient), Only: []string{"drifted"}})
	if err != nil || report.Done != 1 {
		t.Errorf("%+v %v", report, err)
	}
}

func TestUpgradeStopsAfterFailures(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, noteV1, noteV2, "a", "b", "c", "d")
	for _, id := range []string{"a", "b", "c", "d"} {
		u.exec(`CREATE TABLE tenant_` + id + `.tag ()`)
	}
	report, _, err := u.upgrade(provision.UpgradeOptions{MaxFailures: 2})
	if err == nil || report.UpgradeCounts != (provision.UpgradeCounts{Found: 4, Drifted: 2}) {
		t.Errorf("%+v %v", report, err)
	}
}

// Tenants that somebody makes from the old DDL while the upgrade runs are upgraded in the end.
func TestUpgradeFindsLateTenants(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, noteV1, noteV2, "a", "b")
	var made []string
	_, err := u.new.UpgradeTenants(t.Context(), provision.UpgradeOptions{Script: provision.DDLString(noteUp),
		Progress: func(o provision.UpgradeOutcome, _ provision.UpgradeCounts) {
			if len(made) < 2 {
				made = append(made, fmt.Sprintf("%s0", o.Tenant.ID)) // before the last id, and behind
				u.create(made[len(made)-1])
			}
		}})
	if err != nil {
		t.Error(err)
	}
	u.wantVersion("2", append(made, "a", "b")...)
}

// The text of a DDL that an older docex used is not kept.
func TestUpgradeFromGivenDDL(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, noteV1, noteV2, "acme")
	u.exec(`UPDATE docex_system.ddl SET names = NULL, texts = NULL`)
	_, _, err := u.upgrade(provision.UpgradeOptions{})
	wantIs(t, err, provision.ErrRehearsal)
	if !strings.Contains(err.Error(), "its text is not kept") {
		t.Error(err)
	}
	if _, _, err := u.upgrade(provision.UpgradeOptions{From: []fs.FS{provision.DDLString(noteV1)}}); err != nil {
		t.Error(err)
	}
	u.wantVersion("2", "acme")
}

// A program that has a view of either kind and waits for a table would be in a deadlock with a script that changes the
// view. So views are locked beforehand, too.
func TestUpgradeWaitsForViews(t *testing.T) {
	t.Parallel()
	const views = `;
CREATE VIEW shown AS SELECT id, body FROM note;
CREATE MATERIALIZED VIEW "Counted" AS SELECT count(*) AS notes FROM note`
	u := newUpgradeWorld(t, noteV1+views, noteV2+views, "acme")
	for name, statement := range map[string]string{
		"shown":   "COMMENT ON VIEW tenant_acme.shown IS 'locks nothing but the view'",
		"Counted": `SELECT * FROM tenant_acme."Counted"`,
	} {
		tx, err := u.admin.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if _, err := tx.Exec(statement); err != nil {
			t.Fatal(err)
		}
		_, outcomes, err := u.upgrade(provision.UpgradeOptions{LockTimeout: 1e6, Retries: 1})
		if err == nil || outcomes["acme"].Result != provision.UpgradeFailed ||
			!strings.Contains(outcomes["acme"].Err.Error(), fmt.Sprintf("table %q is in use", name)) {
			t.Errorf("%s: %+v %v", name, outcomes, err)
		}
		u.wantVersion("1", "acme")
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := u.upgrade(provision.UpgradeOptions{}); err != nil {
		t.Error(err)
	}
	u.wantVersion("2", "acme")
}

// A program that has a table is not thrown out of its transaction, and does not wait behind the upgrade for long.
func TestUpgradeWaitsForPrograms(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, noteV1+"; CREATE TABLE first (id integer)", noteV2+"; CREATE TABLE first (id integer)", "acme")
	tx, err := u.admin.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	// Of two in a deadlock it would be the one that the server throws out.
	if _, err := tx.Exec(`SET LOCAL deadlock_timeout = '1ms'; SELECT * FROM tenant_acme.note`); err != nil {
		t.Fatal(err)
	}
	_, outcomes, err := u.upgrade(provision.UpgradeOptions{LockTimeout: 1e6, Retries: 1})
	if err == nil || outcomes["acme"].Result != provision.UpgradeFailed ||
		!strings.Contains(outcomes["acme"].Err.Error(), `table "note" is in use`) {
		t.Errorf("%+v %v", outcomes, err)
	}
	u.wantVersion("1", "acme")
	done := make(chan error)
	go func() {
		_, err := u.new.UpgradeTenants(t.Context(), provision.UpgradeOptions{Script: provision.DDLString(noteUp)})
		done <- err
	}()
	// While it waits for note it holds nothing that the transaction could need: there is no deadlock.
	u.eventually(`SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'tenant_acme.note'::regclass`)
	if _, err := tx.Exec(`INSERT INTO tenant_acme.first VALUES (1)`); err != nil {
		t.Error(err)
	}
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	u.wantVersion("2", "acme")
}

// A script is read as the DDL is: of a migration only what leads up runs, and a transaction around a file is taken for
// the tenant's.
func TestUpgradeScriptIsReadAsTheDDL(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, noteV1, noteV2, "acme")
	for name, script := range map[string]string{
		"3_tags.sql":    "-- +goose Up\n" + noteUp + ";\n-- +goose Down\nDROP TABLE note;\n",
		"3_tags.up.sql": "BEGIN;\n" + noteUp + ";\nCOMMIT;\n",
	} {
		files := fstest.MapFS{name: {Data: []byte(script)}}
		if report, _, err := u.upgrade(provision.UpgradeOptions{Script: files, DryRun: true}); err != nil ||
			len(report.Tenants) != 1 {
			t.Errorf("%s: %+v %v", name, report, err)
		}
	}
	rows := provision.DDLString("COPY note FROM stdin;\n1\tx'\n2\ty\n\\.\n")
	_, _, err := u.upgrade(provision.UpgradeOptions{Script: rows})
	var refused *provision.DDLError
	if !errors.As(err, &refused) || len(refused.Problems) != 1 || refused.Problems[0].Line != 1 {
		t.Errorf("COPY with its rows: %v", err)
	}
}

// Tenants whose tables a tool has made come to a DDL by Reseal, and on from there.
func TestUpgradeFromNoDDL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := upgradeWorld{world: w, old: w.initialized(provision.Config{DDL: provision.NoDDL()}),
		new: w.provisioner(provision.Config{DDL: provision.DDLString(noteV1), DDLVersion: "2"})}
	if _, err := u.old.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	o := provision.UpgradeOptions{Script: provision.DDLString(noteV1)}
	if report, _, err := u.upgrade(o); err != nil || report.Done != 1 {
		t.Errorf("from nothing: %+v %v", report, err)
	}
	u.wantVersion("2", "acme")
	if _, err := u.old.Create(t.Context(), provision.Tenant{ID: "globex"}); err != nil {
		t.Fatal(err)
	}
	w.exec(strings.Replace(noteV1, "note", "tenant_globex.note", 1))
	if _, err := u.new.Reseal(t.Context(), "globex"); err != nil {
		t.Error(err)
	}
	u.wantVersion("2", "globex")
}

// A column that a tenant has of its own, and that was accepted, stands before those that an upgrade adds to the table.
// One that was not accepted is a difference.
func TestUpgradeOfATableWithAnOwnColumn(t *testing.T) {
	t.Parallel()
	u := newUpgradeWorld(t, noteV1, noteV2, "acme", "globex")
	u.exec(`ALTER TABLE tenant_acme.note ADD own integer`, `ALTER TABLE tenant_globex.note ADD own integer`)
	if _, err := u.old.Reseal(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	report, outcomes, err := u.upgrade(provision.UpgradeOptions{})
	if err == nil || report.Done != 1 || outcomes["globex"].Result != provision.UpgradeDrifted {
		t.Errorf("%+v %v", report, err)
	}
	u.wantVersion("2", "acme")
	u.exec(`ALTER TABLE tenant_globex.note DROP own`)
	if _, _, err := u.upgrade(provision.UpgradeOptions{}); err != nil {
		t.Error(err)
	}
	v3 := strings.Replace(noteV2, "length integer NOT NULL", "length integer NOT NULL, more text", 1)
	u.old, u.new = u.new, u.provisioner(provision.Config{DDL: provision.DDLString(v3), DDLVersion: "3"})
	o := provision.UpgradeOptions{Script: provision.DDLString("ALTER TABLE note ADD more text")}
	if _, _, err := u.upgrade(o); err != nil {
		t.Error(err)
	}
	u.wantVersion("3", "acme", "globex")
	const order = `SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute
 WHERE attrelid = 'tenant_acme.note'::regclass AND attnum > 0`
	if got := u.value(order); got != "id body own length more" {
		t.Errorf("columns %s", got)
	}
}

// A docex before version 5 ran all of a migration, its way down included. What it made of that can be upgraded, too.
// What is in folders below the one that it was made of does not matter.
func TestUpgradeFromAnOldFolder(t *testing.T) {
	t.Parallel()
	const text = "-- +goose Up\n" + noteV1 + ";\n-- +goose Down\nDROP TABLE note;\n"
	w := newWorld(t)
	u := upgradeWorld{world: w, old: w.initialized(provision.Config{DDL: provision.NoDDL()}),
		new: w.provisioner(provision.Config{DDL: provision.DDLString(noteV1), DDLVersion: "2"})}
	if _, err := u.old.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(fmt.Appendf(nil, "1_note.sql\x00%d\x00%s", len(text), text))
	w.exec(`DELETE FROM docex_system.ddl`,
		`UPDATE docex_system.tenant SET ddl_digest = 'sha256:`+hex.EncodeToString(digest[:])+`' WHERE id = 'acme'`)
	report, _, err := u.upgrade(provision.UpgradeOptions{Script: provision.DDLString(noteV1), From: []fs.FS{
		fstest.MapFS{"1_note.sql": {Data: []byte(text)}, "seed/1.sql": {Data: []byte("SELECT 1")}}}})
	if err != nil || report.Done != 1 {
		t.Errorf("%+v %v", report, err)
	}
	u.wantVersion("2", "acme")
}
