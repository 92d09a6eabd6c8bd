package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// statements returns a TenantFunc that runs SQL.
func statements(sqls ...string) provision.TenantFunc {
	return func(ctx context.Context, tx *sql.Tx, _ provision.Tenant) error {
		for _, s := range sqls {
			if _, err := tx.ExecContext(ctx, s); err != nil {
				return err
			}
		}
		return nil
	}
}

// log returns outcome and detail of the entries about a tenant.
func (w world) log(id string) string {
	w.t.Helper()
	return w.value(`SELECT COALESCE(string_agg(format('%s %s: %s', action, outcome, detail), E'\n' ORDER BY id), '')
 FROM docex_system.audit WHERE tenant_id = $1 AND action <> 'create'`, id)
}

func TestWithTenant(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	var got string
	look := func(ctx context.Context, tx *sql.Tx, tn provision.Tenant) error {
		var role, path, id string
		_, err := tx.ExecContext(ctx, `INSERT INTO docbasket (name) VALUES ('x')`)
		if err == nil {
			err = tx.QueryRowContext(ctx, `SELECT current_user, current_setting('search_path'),
 current_setting('docex.tenant_id')`).Scan(&role, &path, &id)
		}
		got = fmt.Sprintf("%t %s %s", role == tn.Role, path, id)
		return err
	}
	if err := p.WithTenant(t.Context(), "acme", provision.WithOptions{Reason: "ticket 17"}, look); err != nil {
		t.Fatal(err)
	}
	if got != `true "tenant_acme", pg_temp acme` {
		t.Errorf("f found %s", got)
	}
	if got := w.value("SELECT (SELECT count(*) FROM tenant_acme.docbasket) || ' ' || " +
		"(SELECT count(*) FROM tenant_globex.docbasket)"); got != "1 0" {
		t.Errorf("rows: %s", got)
	}
	failure := errors.New("no")
	err := p.WithTenant(t.Context(), "acme", provision.WithOptions{Reason: "r"},
		func(ctx context.Context, tx *sql.Tx, tn provision.Tenant) error {
			return errors.Join(statements("UPDATE docbasket SET name = 'y'")(ctx, tx, tn), failure)
		})
	wantIs(t, err, failure)
	if got := w.value("SELECT name FROM tenant_acme.docbasket"); got != "x" {
		t.Errorf("the row is %s, want what failed undone", got)
	}
	want := `with tenant done: start as the tenant: ticket 17
with tenant done: end as the tenant: ticket 17
with tenant done: start as the tenant: r
with tenant failed: no`
	if d := cmp.Diff(want, w.log("acme")); d != "" {
		t.Error(d)
	}
	if got := w.admin.Stats().InUse; got != 0 {
		t.Errorf("%d connections in use", got)
	}
}

func TestWithTenantRefuses(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	never := func(context.Context, *sql.Tx, provision.Tenant) error { t.Error("called"); return nil }
	if err := p.Suspend(t.Context(), "globex"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id   string
		o    provision.WithOptions
		f    provision.TenantFunc
		want error
	}{
		{"acme", provision.WithOptions{}, never, provision.ErrNoReason},
		{"acme", provision.WithOptions{Reason: "a\x00"}, never, provision.ErrInvalidConfig},
		{"acme", provision.WithOptions{Reason: "r"}, nil, provision.ErrInvalidConfig},
		{"globex", provision.WithOptions{Reason: "r"}, never, scope.ErrTenantSuspended},
		{"nobody", provision.WithOptions{Reason: "r"}, never, scope.ErrTenantNotProvisioned},
		{"$system", provision.WithOptions{Reason: "r"}, never, scope.ErrSystemTenant},
		{"No", provision.WithOptions{Reason: "r"}, never, scope.ErrInvalidTenantID},
	} {
		wantIs(t, p.WithTenant(t.Context(), c.id, c.o, c.f), c.want)
	}
	const refused = "SELECT count(*) FROM docex_system.audit WHERE action = 'with tenant' AND outcome = 'refused'"
	if got := w.value(refused); got != "5" {
		t.Errorf("%s refusals in the audit log, want 5", got)
	}
	w.exec("ALTER TABLE docex_system.audit RENAME TO gone")
	if err := p.WithTenant(t.Context(), "acme", provision.WithOptions{Reason: "r"}, never); err == nil {
		t.Error("it ran without an audit log")
	}
}

// A change of tables and its record are one step, or none.
func TestWithTenantReseals(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	if err := p.Suspend(t.Context(), "globex"); err != nil {
		t.Fatal(err)
	}
	newDDL := w.provisioner(provision.Config{DDLVersion: "2"})
	var accepted string
	o := provision.WithOptions{Reason: "v2", AsAdministrator: true, Reseal: true,
		Accepted: func(tn provision.Tenant, ds []provision.Difference) { accepted += tn.ID + lines(ds) + "\n" }}
	for _, id := range []string{"acme", "globex"} {
		if err := newDDL.WithTenant(t.Context(), id, o, statements("ALTER TABLE document ADD v2 date DEFAULT now()")); err !=
			nil {
			t.Fatal(err)
		}
		tn, err := p.Get(t.Context(), id)
		if err := errors.Join(err, p.Verify(t.Context(), id)); err != nil || tn.DDLVersion != "2" {
			t.Errorf("version %q, %v", tn.DDLVersion, err)
		}
		if !strings.Contains(accepted, id+"\n") ||
			!strings.Contains(accepted, "extra column document.v2 (date DEFAULT now()") {
			t.Errorf("accepted %s", accepted)
		}
		if got := w.log(id); !strings.Contains(got, "reseal done: sha256:") {
			t.Errorf("audit log: %s", got)
		}
	}
	acme, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	w.exec(`ALTER ROLE "` + acme.Role + `" BYPASSRLS`)
	err = newDDL.WithTenant(t.Context(), "acme", o, statements("ALTER TABLE document ADD v3 integer"))
	wantIs(t, err, provision.ErrDrift)
	if w.value("SELECT count(*) FROM information_schema.columns WHERE column_name = 'v3'") != "0" {
		t.Error("the change stays without its record")
	}
}

// Under the tenant's role tables stay as they are, and the error says how to change them. Other refusals get no such
// advice.
func TestWithTenantNamesAsAdministrator(t *testing.T) {
	t.Parallel()
	_, p := twoTenants(t, provision.Config{})
	for _, c := range []struct {
		sql     string
		advised bool
	}{
		{"CREATE TABLE x (i integer)", true},
		{"ALTER TABLE document ADD x integer", true},
		{"DROP TABLE document", true},
		{"TABLE tenant_globex.document", false},
		{"CREATE EXTENSION file_fdw", false},
		{"TABLE nowhere", false},
	} {
		err := p.WithTenant(t.Context(), "acme", provision.WithOptions{Reason: "r"}, statements(c.sql))
		if err == nil || strings.Contains(err.Error(), "AsAdministrator") != c.advised {
			t.Errorf("%s: %v", c.sql, err)
		}
		if c.advised {
			wantIs(t, err, provision.ErrPrivileges)
		}
	}
}

func TestWithTenantKeepsItsTransaction(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	o := provision.WithOptions{Reason: "r", AsAdministrator: true, Reseal: true}
	for _, harmless := range []string{"RESET ALL", `SET datestyle = German; SET timezone = 'Asia/Tokyo';
SET intervalstyle = iso_8601; SET quote_all_identifiers = on; SET bytea_output = escape; SET extra_float_digits = 0;
ALTER TABLE document ADD a date DEFAULT '2020-02-01', ADD b timestamptz DEFAULT '2020-02-01 UTC',
  ADD c interval DEFAULT '1 day', ADD d bytea DEFAULT '\x00', ADD e float8 DEFAULT 0.1::float8 + 0.2`} {
		err := p.WithTenant(t.Context(), "acme", o, statements(strings.Split(harmless, ";")...))
		if err := errors.Join(err, p.Verify(t.Context(), "acme")); err != nil {
			t.Errorf("%s: %v", harmless, err)
		}
	}
	err := p.WithTenant(t.Context(), "acme", o, statements("COMMIT", "BEGIN"))
	if err == nil || !strings.Contains(err.Error(), "ended the transaction itself") {
		t.Errorf("error is %v", err)
	}
	// Neither role nor path of f's is left for what comes behind it.
	acme, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	o.Reason = "again"
	err = p.WithTenant(t.Context(), "acme", o, statements(
		`CREATE FUNCTION quote_ident(n name) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$caught$$; END'`,
		`SET LOCAL ROLE "`+acme.Role+`"`))
	if err := errors.Join(err, p.Verify(t.Context(), "acme")); err != nil {
		t.Error(err)
	}
	if got := w.log("acme"); !strings.HasSuffix(got, "with tenant done: end as administrator: again") {
		t.Errorf("audit log: %s", got)
	}
}

// lockers tries what takes a lock, in every way in which that would wait for ever.
func lockers(p, other *provision.Provisioner, ctx context.Context, id string) map[string]error {
	fresh, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, create := p.Create(ctx, provision.Tenant{ID: "initech"})
	_, reseal := other.Reseal(fresh, id)
	_, forEach := p.ForEachTenant(ctx, provision.ForEachOptions{Reason: "r"}, statements())
	elsewhere := make(chan error)
	go func() { elsewhere <- p.Verify(ctx, id) }() // a goroutine of f's, with f's context
	return map[string]error{
		"Create": create, "Reseal": reseal, "ForEachTenant": forEach, "Verify in a goroutine": <-elsewhere,
		"Verify": p.Verify(ctx, id), "Suspend": p.Suspend(ctx, id), "Resume": p.Resume(ctx, id),
		"Rename": p.Rename(fresh, id, "x"), "Drop": p.Drop(ctx, id, id), "Init": p.Init(ctx),
		"WithTenant": other.WithTenant(fresh, id, provision.WithOptions{Reason: "r"}, statements()),
		"VerifyAll":  p.VerifyAll(ctx, 1, func(provision.Tenant, error) {}),
	}
}

// Nothing of it hangs, on one connection either.
func TestInsideRun(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	other, err := provision.New(w.Admin(t), provision.Config{AppRole: w.AppRole})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	calls := 0
	f := func(ctx context.Context, _ *sql.Tx, tn provision.Tenant) error {
		calls++
		for call, err := range lockers(p, other, ctx, tn.ID) {
			if !errors.Is(err, provision.ErrInsideRun) || !strings.Contains(err.Error(), "option Reseal") {
				t.Errorf("%s: %v", call, err)
			}
		}
		return nil
	}
	_, elsewhere := twoTenants(t, provision.Config{}) // a run on another database, meanwhile
	w.admin.SetMaxOpenConns(1)
	err = elsewhere.WithTenant(ctx, "acme", provision.WithOptions{Reason: "r"},
		func(context.Context, *sql.Tx, provision.Tenant) error {
			ended := make(chan error)
			go func() { ended <- bothRuns(ctx, p, f) }()
			return <-ended
		})
	if err != nil || calls != 3 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if err := p.Verify(ctx, "acme"); err != nil {
		t.Error(err)
	}
}

func bothRuns(ctx context.Context, p *provision.Provisioner, f provision.TenantFunc) error {
	_, err := p.ForEachTenant(ctx, provision.ForEachOptions{Reason: "r"}, f)
	return errors.Join(err, p.WithTenant(ctx, "acme", provision.WithOptions{Reason: "r", AsAdministrator: true}, f))
}

// Another database's tenants are other locks.
func TestInsideRunOfAnotherDatabase(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	_, q := twoTenants(t, provision.Config{})
	err := p.WithTenant(t.Context(), "acme", provision.WithOptions{Reason: "r"},
		func(ctx context.Context, _ *sql.Tx, _ provision.Tenant) error {
			return q.WithTenant(ctx, "acme", provision.WithOptions{Reason: "r"},
				func(ctx context.Context, _ *sql.Tx, _ provision.Tenant) error {
					wantIs(t, p.Verify(ctx, "globex"), provision.ErrInsideRun)
					wantIs(t, q.Verify(ctx, "globex"), provision.ErrInsideRun)
					return nil
				})
		})
	if err != nil {
		t.Error(err)
	}
	if got := w.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = " +
		"(SELECT oid FROM pg_database WHERE datname = current_database())"); got != "0" {
		t.Errorf("%s locks are left", got)
	}
}

// What others do with the tenant waits for f, and goes on when it has returned.
func TestSuspendWaitsForRun(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	suspended := make(chan error, 1)
	var left context.Context
	_, err := p.ForEachTenant(t.Context(), provision.ForEachOptions{Reason: "r", Only: []string{"acme"}},
		func(ctx context.Context, tx *sql.Tx, _ provision.Tenant) error {
			left = ctx
			go func() { suspended <- p.Suspend(t.Context(), "acme") }()
			w.eventually(`SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`)
			_, err := tx.ExecContext(ctx, "TABLE document")
			return err
		})
	if err := errors.Join(err, <-suspended); err != nil {
		t.Fatal(err)
	}
	if err := p.Resume(context.WithoutCancel(left), "acme"); err != nil {
		t.Errorf("the function's context, when it has returned: %v", err)
	}
}

// eventually waits until a query is true, which the test's deadline bounds.
func (w world) eventually(query string) {
	w.t.Helper()
	for w.value(query) != "true" {
		select {
		case <-w.t.Context().Done():
			w.t.Fatalf("never: %s", query)
		case <-time.After(time.Millisecond):
		}
	}
}
