package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// copied returns a copy of w's database on the same server, with the application role that it names.
func (w world) copied(name, appRole string) world {
	w.t.Helper()
	return w.another(name, w.Name, appRole)
}

// another makes a database from a template, which nobody may be connected to meanwhile.
func (w world) another(name, template, appRole string) world {
	w.t.Helper()
	pgtest.SkipOnCitus(w.t, "a copy of a database is none of the cluster")
	w.admin.SetMaxIdleConns(0)
	defer w.admin.SetMaxIdleConns(2)
	server := pgtest.Server(w.t)
	db := &pgtest.DB{Name: w.Name + name, AdminDSN: server.DSN(w.Name + name), AppRole: appRole}
	maintenance := world{DB: &pgtest.DB{AdminDSN: server.DSN("postgres")}, t: w.t}
	maintenance.admin = maintenance.Admin(w.t)
	maintenance.exec("CREATE DATABASE "+db.Name+" TEMPLATE "+template, "GRANT CONNECT ON DATABASE "+db.Name+" TO "+appRole)
	c := world{DB: db, t: w.t, admin: db.Admin(w.t)}
	db.AppDSN = strings.Replace(w.AppDSN, "/"+w.Name, "/"+db.Name, 1)
	w.t.Cleanup(func() { c.remove(maintenance) })
	return c
}

// remove drops the copy, and its roles if it was given any.
func (w world) remove(maintenance world) {
	var id string
	_ = w.admin.QueryRowContext(context.Background(), "SELECT shared_role FROM docex_system.installation").Scan(&id)
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + w.Name + " WITH (FORCE)",
		`DO $$ DECLARE r text; BEGIN FOR r IN SELECT rolname FROM pg_roles WHERE starts_with(rolname, '` + id + `') LOOP
		   EXECUTE format('DROP ROLE %I', r); END LOOP; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END $$`} {
		if _, err := maintenance.admin.ExecContext(context.Background(), statement); err != nil {
			w.t.Error(err)
		}
	}
}

// copyable is a world with tenants in each state and a reserve.
func copyable(t *testing.T) (world, *provision.Provisioner) {
	t.Helper()
	w := newWorld(t)
	w.exec("CREATE SCHEMA ref", "CREATE TABLE ref.country (name text)")
	p := w.initialized(provision.Config{DDL: oneOfEach, SharedSchemas: []string{"ref"}})
	for _, id := range []string{"acme", "globex", "initech", "ended"} {
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	err := errors.Join(p.Suspend(t.Context(), "globex"), p.Suspend(t.Context(), "ended"),
		p.Drop(t.Context(), "ended", "ended"))
	if err != nil {
		t.Fatal(err)
	}
	return w, p
}

// wantCopy fails the test unless err is a *CopyError with that original.
func wantCopy(t *testing.T, err error, original string) {
	t.Helper()
	wantIs(t, err, provision.ErrCopy)
	var e *provision.CopyError
	if !errors.As(err, &e) || e.Original != original {
		t.Errorf("the original is not %q: %v", original, err)
	}
}

// In a copy of a database whatever writes is refused, and names the original. What reads goes on. In the original
// everything goes on, and a suspension holds for both, whose roles are the same.
func TestCopyIsRefused(t *testing.T) {
	t.Parallel()
	w, p := copyable(t)
	ctx := t.Context()
	c := w.copied("_copy", w.AppRole)
	q := c.provisioner(provision.Config{DDL: oneOfEach, SharedSchemas: []string{"ref"}})
	before := c.rights()
	_, create := q.Create(ctx, provision.Tenant{ID: "new"})
	_, adopt := q.Adopt(ctx, provision.Tenant{ID: "new"}, "public")
	_, reseal := q.Reseal(ctx, "acme")
	_, many := q.CreateMany(ctx, tenants("t", 1), provision.BulkOptions{})
	_, each := q.ForEachTenant(ctx, provision.ForEachOptions{Reason: "test"},
		func(context.Context, *sql.Tx, provision.Tenant) error { return nil })
	untouched := func(context.Context, *sql.Tx, provision.Tenant) error { t.Error("called"); return nil }
	_, upgrade := q.UpgradeTenants(ctx, provision.UpgradeOptions{})
	_, export := q.Export(ctx, "acme", noDump)
	_, imported := q.Import(ctx, provision.Manifest{Format: 1, Description: "a\tb\tc\n",
		Tenant:  provision.ManifestTenant{ID: "new", Schema: "tenant_new", DDLDigest: "sha256:"},
		Archive: provision.ArchiveFile{SHA256: strings.Repeat("0", 64)}}, nil, provision.ImportOptions{})
	for op, err := range map[string]error{"upgrade": upgrade, "export": export, "import": imported,
		"partition": q.AddPartition(ctx, "acme", provision.Partition{Of: "a", Name: "b", Bounds: "DEFAULT"}),
		"forget":    q.Forget(ctx, "ended"), "add login": q.AddLogin(ctx, "x"), "remove login": q.RemoveLogin(ctx, "x"),
		"with":      q.WithTenant(ctx, "acme", provision.WithOptions{Reason: "test", AsAdministrator: true}, untouched),
		"uninstall": q.Uninstall(ctx, provision.UninstallOptions{Environment: "default", Database: c.Name})} {
		t.Run(op, func(t *testing.T) { wantCopy(t, err, w.Name) })
	}
	for op, err := range map[string]error{"init": q.Init(ctx), "create": create, "adopt": adopt, "reseal": reseal,
		"many": many, "each": each, "suspend": q.Suspend(ctx, "acme"), "resume": q.Resume(ctx, "globex"),
		"drop": q.Drop(ctx, "globex", "globex"), "rename": q.Rename(ctx, "acme", "x"),
		"repair": q.Repair(ctx, func(provision.RepairOutcome) {}), "check": q.CheckCopy(ctx),
		"confirm": q.ConfirmOriginal(ctx)} {
		t.Run(op, func(t *testing.T) { wantCopy(t, err, w.Name) })
	}
	if d := cmp.Diff(before, c.rights()); d != "" {
		t.Errorf("changed: %s", d)
	}
	_, err := q.Get(ctx, "acme")
	all, list := q.List(ctx, provision.ListOptions{})
	_, audit := q.Audit(ctx, provision.AuditOptions{})
	if err := errors.Join(err, list, audit, q.Verify(ctx, "acme"), p.CheckCopy(ctx)); err != nil || len(all) != 3 {
		t.Errorf("reading: %v, %v", all, err)
	}
	pinned := c.app()
	if err := pinned.pin("acme"); err != nil {
		t.Fatal(err)
	}
	if err := p.Suspend(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	w.exec("GRANT USAGE ON SCHEMA tenant_acme TO " + w.value(`SELECT quote_ident(role_name)
	 FROM docex_system.tenant WHERE id = 'acme'`)) // as a restored dump of the tenant's schema does
	for name, app := range map[string]session{"original": w.app(), "copy": c.app()} {
		if err := app.pin("acme"); err == nil {
			t.Errorf("%s: the suspended tenant is served", name)
		}
	}
	if err := errors.Join(p.Suspend(ctx, "acme"), p.Drop(ctx, "acme", "acme")); err != nil {
		t.Error(err)
	}
}

// What is no copy any more, or never was one: the original is gone or renamed, or the database was restored elsewhere.
func TestCopyOfWhatIsGone(t *testing.T) {
	t.Parallel()
	w, p := copyable(t)
	ctx := t.Context()
	elsewhere := func(oid string) { // as where the roles came from another server, with their comments
		w.exec(`DO $$ BEGIN EXECUTE format('COMMENT ON ROLE %I IS %L',
  (SELECT shared_role FROM docex_system.installation), 'docex: OID ` + oid + `'); END $$`)
	}
	elsewhere("1")
	if err := p.CheckCopy(ctx); err != nil {
		t.Errorf("on another server: %v", err)
	}
	c := w.copied("_copy", w.AppRole)
	q := c.provisioner(provision.Config{DDL: oneOfEach})
	wantCopy(t, q.CheckCopy(ctx), "") // both might be it
	wantCopy(t, p.Suspend(ctx, "acme"), "")
	if err := errors.Join(p.ConfirmOriginal(ctx), p.Suspend(ctx, "acme")); err != nil {
		t.Errorf("confirmed: %v", err)
	}
	wantCopy(t, q.ConfirmOriginal(ctx), w.Name) // of two who confirm only the first one succeeds
	elsewhere("1")
	w.admin.Close()
	c.exec("DROP DATABASE " + w.Name + " WITH (FORCE)")
	if err := errors.Join(q.CheckCopy(ctx), q.Init(ctx), q.Suspend(ctx, "initech")); err != nil {
		t.Errorf("the original is gone: %v", err)
	}
	d := c.copied("_next", w.AppRole)
	wantCopy(t, d.provisioner(provision.Config{DDL: oneOfEach}).CheckCopy(ctx), c.Name) // Init has recorded it
}

// The upgrade of a version that did not record the database does so, unless there is a copy already.
func TestUpgradeRecordsHome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.versionOne()
	w.exec(`GRANT USAGE ON SCHEMA docex_system TO "docex_` + w.Name[11:19] + `"`)
	c := w.copied("_copy", w.AppRole)
	p, q := w.provisioner(provision.Config{}), c.provisioner(provision.Config{})
	ctx := t.Context()
	if err := errors.Join(q.Upgrade(ctx), p.Upgrade(ctx)); err != nil {
		t.Fatal(err)
	}
	wantCopy(t, p.Init(ctx), "")
	wantCopy(t, q.Init(ctx), "")
	if err := p.ConfirmOriginal(ctx); err != nil {
		t.Error(err)
	}
	wantCopy(t, q.Init(ctx), w.Name)
	if err := errors.Join(q.Rehome(ctx, nil), q.Init(ctx), p.Init(ctx)); err != nil {
		t.Error(err)
	}
	single := newWorld(t)
	single.versionOne()
	if err := single.provisioner(provision.Config{}).Upgrade(ctx); err != nil {
		t.Fatal(err)
	}
	wantCopy(t, single.copied("_copy", single.AppRole).provisioner(provision.Config{}).CheckCopy(ctx), single.Name)
}

// Rehome gives a copy roles of its own. From then on the two know nothing of each other: each is as it was made, and
// what is done in one leaves the other as it is.
func TestRehome(t *testing.T) {
	t.Parallel()
	pgtest.SkipOnCitus(t, "a copy of a database is none of the cluster")
	w, p := copyable(t)
	t.Run("template", func(t *testing.T) { testRehome(t, w, p, w.copied("_copy", w.AppRole), false) })
	t.Run("dump, with a login of its own", func(t *testing.T) {
		dump := filepath.Join(t.TempDir(), "dump")
		login := w.AppRole + "_staging"
		w := world{DB: w.DB, admin: w.admin, t: t}
		t.Cleanup(func() { w.admin.ExecContext(context.Background(), "DROP ROLE "+login) })
		c := w.another("_dump", "template0", w.AppRole)
		pgtest.Clients(t, pgtest.Server(t))
		for _, command := range []*exec.Cmd{
			exec.Command("pg_dump", "--format=custom", "--file="+dump, w.AdminDSN),
			exec.Command("pg_restore", "--dbname="+c.AdminDSN, dump),
		} {
			if out, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
		c.exec("CREATE ROLE " + login + " LOGIN NOINHERIT PASSWORD 'secret'")
		c.AppRole, c.AppDSN = login, c.as(login, "secret")
		testRehome(t, w, p, c, true)
	})
}

// testRehome rehomes c, which is a copy of w, made by the server or restored from a dump.
func testRehome(t *testing.T, w world, p *provision.Provisioner, c world, dumped bool) {
	ctx := t.Context()
	q := c.provisioner(provision.Config{DDL: oneOfEach, SharedSchemas: []string{"ref"}, Environment: "staging"})
	original := w.rights()
	var calls []int
	if err := q.Rehome(ctx, func(done, left int) { calls = append(calls, done, left) }); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int{1, 2, 2, 1, 3, 0}, calls); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(original, w.rights()); d != "" {
		t.Errorf("the original is touched: %s", d)
	}
	w.wantVerified(t, p, 3)
	if dumped { // pg_dump leaves out the rights on the functions of range types
		repaired(t, q)
	}
	c.wantVerified(t, q, 3)
	if got := c.value(`SELECT count(*) FROM docex_system.tenant AS t, docex_system.installation AS i
	 WHERE NOT is_system AND NOT starts_with(role_name, shared_role)`); got != "0" {
		t.Errorf("%s tenants have roles of the original", got)
	}
	if got := c.value(`SELECT count(*) FROM pg_shdepend AS s JOIN pg_database AS d ON d.oid = s.dbid
	  JOIN pg_roles AS r ON r.oid = s.refobjid WHERE datname = current_database() AND starts_with(rolname, $1)`,
		w.value("SELECT shared_role FROM docex_system.installation")); got != "0" {
		t.Errorf("the original's roles have %s rights in the copy", got)
	}
	if err := errors.Join(p.CheckCopy(ctx), q.CheckCopy(ctx), q.Rehome(ctx, nil)); err != nil {
		t.Error(err)
	}
	wantApart(t, w, p, c, q)
	wantIs(t, c.provisioner(provision.Config{}).Init(ctx), provision.ErrEnvironmentMismatch)
}

// wantApart suspends, resumes, makes and drops tenants in each of two databases.
func wantApart(t *testing.T, w world, p *provision.Provisioner, c world, q *provision.Provisioner) {
	ctx := t.Context()
	if err := q.Suspend(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	app, staging := w.app(), c.app()
	if err := app.pin("acme"); err != nil {
		t.Errorf("suspended in the copy: %v", err)
	}
	app.must("TABLE parent; TABLE ref.country")
	if got := sqlState(t, staging.pin("acme")); got != pinSuspended {
		t.Errorf("suspended in the copy: code %q there", got)
	}
	if err := errors.Join(q.Resume(ctx, "acme"), p.Suspend(ctx, "acme"), staging.pin("acme")); err != nil {
		t.Fatal(err)
	}
	staging.must("TABLE parent; TABLE ref.country")
	if got := staging.code("DROP TABLE parent"); got != denied {
		t.Errorf("the copy's tenant drops its table: code %q", got)
	}
	if got := sqlState(t, w.app().pin("acme")); got != pinSuspended {
		t.Errorf("suspended in the original: code %q", got)
	}
	_, created := q.Create(ctx, provision.Tenant{ID: "new"})
	if err := errors.Join(p.Resume(ctx, "acme"), created, q.Suspend(ctx, "initech"), q.Drop(ctx, "initech", "initech"),
		p.Verify(ctx, "initech")); err != nil {
		t.Error(err)
	}
}

// A Rehome that is cut off leaves a database in which nothing can be provisioned, and the next one does the rest.
func TestRehomeIsResumed(t *testing.T) {
	t.Parallel()
	w, p := copyable(t)
	c := w.copied("_copy", w.AppRole)
	q := c.provisioner(provision.Config{DDL: oneOfEach, SharedSchemas: []string{"ref"}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := q.Rehome(ctx, func(done, left int) { cancel() })
	wantIs(t, err, context.Canceled)
	var e *provision.CopyError
	err = q.Suspend(t.Context(), "acme")
	if !errors.As(err, &e) || !e.Rehoming || !strings.Contains(err.Error(), "not for all") {
		t.Errorf("in the middle: %v", err)
	}
	w.wantVerified(t, p, 3)
	if err := errors.Join(q.Rehome(t.Context(), nil), q.Suspend(t.Context(), "acme")); err != nil {
		t.Error(err)
	}
	c.wantVerified(t, q, 3)
}

// Row security that is for a tenant's role, or for that of all tenants, holds in a copy as before.
func TestRehomeMovesPolicies(t *testing.T) {
	t.Parallel()
	w, _ := copyable(t)
	role := w.value("SELECT quote_ident(role_name) FROM docex_system.tenant WHERE id = 'acme'")
	w.exec(`CREATE TABLE tenant_acme.guarded AS SELECT generate_series(-1, 1) AS i`,
		`ALTER TABLE tenant_acme.guarded ENABLE ROW LEVEL SECURITY`,
		`CREATE POLICY everybody ON tenant_acme.guarded USING (true)`,
		`CREATE POLICY own ON tenant_acme.guarded AS RESTRICTIVE TO `+w.AppRole+`, `+role+` USING (i > 0)`,
		`INSERT INTO ref.country VALUES ('a'), ('b')`, `ALTER TABLE ref.country ENABLE ROW LEVEL SECURITY`,
		`CREATE POLICY tenants ON ref.country TO `+w.value("SELECT shared_role FROM docex_system.installation")+
			` USING (name = 'a')`)
	c := w.copied("_copy", w.AppRole)
	q := c.provisioner(provision.Config{DDL: oneOfEach, SharedSchemas: []string{"ref"}})
	if err := q.Rehome(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for name, db := range map[string]world{"original": w, "copy": c} {
		app := db.app()
		if err := app.pin("acme"); err != nil {
			t.Fatal(err)
		}
		const seen = `SELECT 1 / (ARRAY(SELECT i FROM guarded) = '{1}'
 AND ARRAY(SELECT name FROM ref.country) = '{a}')::integer`
		if got := app.code(seen); got != "" {
			t.Errorf("%s: the tenant sees other rows than those for it: code %q", name, got)
		}
	}
}

// What cannot work on Citus is refused there, and where the server has no Citus, what can.
func TestRefusedOnCitus(t *testing.T) {
	pgtest.SkipOnCitus(t, "the server has it")
	t.Parallel()
	w, p := copyable(t)
	ctx := t.Context()
	w.exec(`UPDATE docex_system.installation SET distribution = 'citus'`)
	c := w.copied("_copy", w.AppRole)
	_, upgrade := p.UpgradeTenants(ctx, provision.UpgradeOptions{})
	_, export := p.Export(ctx, "acme", noDump)
	wantIs(t, upgrade, provision.ErrCitus)
	wantIs(t, export, provision.ErrTenantActive)
	wantIs(t, c.provisioner(provision.Config{DDL: oneOfEach}).Rehome(ctx, nil), provision.ErrUnsupportedStrategy)
}
