package provision_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5/pgconn"
)

// large gives a tenant more tables than the server has locks for, each with what belongs to one.
func (w world) large(schema string, tables int) {
	w.t.Helper()
	const each = 100 // tables in a transaction
	for i := 0; i < tables; i += each {
		var b strings.Builder
		for j := i; j < i+each; j++ {
			fmt.Fprintf(&b, "CREATE TABLE %s.t%d (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);\n", schema, j)
		}
		w.exec(b.String())
	}
}

// locksWatch counts the locks that each DROP of a session holds, in the session itself, when its tables go.
const locksWatch = `
CREATE TABLE public.seen (locks bigint);
CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.seen SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid();
END $$;
CREATE EVENT TRIGGER watch_%s ON sql_drop EXECUTE FUNCTION public.watch()`

func TestDropLargeTenant(t *testing.T) {
	pgtest.SkipOnCitus(t, "thousands of tables take minutes there, and it distributes no ranges")
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	w.large("tenant_acme", 3000)
	w.exec(`CREATE VIEW tenant_acme.over AS SELECT a.id FROM tenant_acme.t0 AS a JOIN tenant_acme.t1 AS b USING (id)`,
		`CREATE TYPE tenant_acme.mood AS ENUM ('ok')`, `CREATE TYPE tenant_acme.span AS RANGE (subtype = float8)`,
		`CREATE TABLE tenant_acme.uses (m tenant_acme.mood, s tenant_acme.span, n integer DEFAULT length('x'))`,
		`CREATE AGGREGATE tenant_acme.n(*) (sfunc = int8inc, stype = bigint, initcond = '0')`,
		`CREATE FUNCTION tenant_acme.f(tenant_acme.mood) RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
		fmt.Sprintf(locksWatch, w.Name))
	if err := p.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if err := p.Drop(t.Context(), "acme", "acme"); err != nil {
		t.Fatal(err)
	}
	room := w.value(
		`SELECT current_setting('max_locks_per_transaction')::integer * current_setting('max_connections')::integer`)
	// The 100 are not of the objects.
	if got := w.value("SELECT max(locks) < $1::integer / 4 + 100 FROM public.seen", room); got != "true" {
		t.Errorf("a transaction held %s locks of %s", w.value("SELECT max(locks) FROM public.seen"), room)
	}
	got, err := p.Get(t.Context(), "acme")
	if err != nil || got.State != provision.Dropped {
		t.Errorf("it is %+v: %v", got, err)
	}
	if got := w.value(
		"SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = 'tenant_acme') + (SELECT count(*) FROM pg_roles WHERE "+
			"rolname = $1)", got.Role); got != "0" {
		t.Error("schema or role is still there")
	}
	if d := cmp.Diff([]string{"drop acme done", "drop acme done"},
		entries(t, p, provision.AuditOptions{Action: "drop"})); d != "" {
		t.Error(d)
	}
	if err := p.Verify(t.Context(), "globex"); err != nil {
		t.Error(err)
	}
}

// A drop that was cut off leaves a tenant that nobody can work for, and that Drop finishes.
func TestDropGoesOn(t *testing.T) {
	pgtest.SkipOnCitus(t, "its lock table has room for hundreds of tables")
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	w.large("tenant_acme", 600)
	if err := p.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cut, err := provision.New(w.withNotice(func(*pgconn.Notice) { cancel() }), provision.Config{})
	if err != nil {
		t.Fatal(err)
	}
	// The notice, and with it the cancellation, comes in the second batch, which then waits for the lock.
	holder := w.connect(w.AdminDSN)
	holder.must("SELECT pg_advisory_lock(4711)")
	w.exec(`CREATE SEQUENCE public.drops`, `CREATE FUNCTION public.notify() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('public.drops') = 300 THEN RAISE NOTICE 'now'; PERFORM pg_advisory_xact_lock(4711); END IF;
END $$`, `CREATE EVENT TRIGGER notify_`+w.Name+` ON sql_drop EXECUTE FUNCTION public.notify()`)
	wantIs(t, cut.Drop(ctx, "acme", "acme"), context.Canceled)
	holder.must("SELECT pg_advisory_unlock(4711)")
	got, err := p.Get(t.Context(), "acme")
	if err != nil || got.State != provision.Dropping {
		t.Fatalf("it is %+v: %v", got, err)
	}
	if got := w.value(
		"SELECT count(*) BETWEEN 1 AND 599 FROM pg_tables WHERE schemaname = 'tenant_acme' AND tablename ~ '^t[0-9]'"); got !=
		"true" {
		t.Error("no batch was committed, or all were")
	}
	for _, err := range []error{p.Suspend(t.Context(), "acme"), p.Resume(t.Context(), "acme"),
		p.Verify(t.Context(), "acme")} {
		wantIs(t, err, scope.ErrTenantNotProvisioned)
	}
	_, err = p.Create(t.Context(), provision.Tenant{ID: "acme"})
	wantIs(t, err, provision.ErrTenantExists)
	if got := sqlState(t, w.app().pin("acme")); got != pinUnknown {
		t.Errorf("pin: code %q", got)
	}
	wantIs(t, p.Drop(t.Context(), "acme", "amce"), provision.ErrNotConfirmed)
	if err := p.Drop(t.Context(), "acme", "acme"); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Get(t.Context(), "acme"); err != nil || got.State != provision.Dropped {
		t.Errorf("it is %+v: %v", got, err)
	}
}

// What would stop the drop in the end stops it before anything is gone.
func TestDropLargeChecksTheRoleFirst(t *testing.T) {
	pgtest.SkipOnCitus(t, "its lock table has room for hundreds of tables")
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	acme, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	w.large("tenant_acme", 500)
	w.exec("CREATE SCHEMA extra", `GRANT USAGE ON SCHEMA extra TO "`+acme.Role+`"`)
	if err := p.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	before := w.objects()
	wantIs(t, p.Drop(t.Context(), "acme", "acme"), provision.ErrDrift)
	if got, err := p.Get(t.Context(), "acme"); w.objects() != before || got.State != provision.Suspended {
		t.Errorf("left %s, before %s; %+v %v", w.objects(), before, got, err)
	}
	w.exec("DROP SCHEMA extra")
	if err := p.Drop(t.Context(), "acme", "acme"); err != nil {
		t.Error(err)
	}
}

// A tenant of which a drop is not finished is no tenant, and the error says what goes on with it.
func TestDroppingIsNamed(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{DDL: smallDDL})
	if err := p.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	w.exec(`UPDATE docex_system.tenant SET state = 'dropping' WHERE id = 'acme'`)
	_, upgrade := p.UpgradeTenants(t.Context(), provision.UpgradeOptions{Only: []string{"acme"}})
	for _, err := range []error{p.Verify(t.Context(), "acme"), p.Resume(t.Context(), "acme"), upgrade} {
		wantIs(t, err, scope.ErrTenantNotProvisioned)
		if err != nil && !strings.Contains(err.Error(), "docex tenant drop acme goes on") {
			t.Error(err)
		}
	}
	if err := p.Drop(t.Context(), "acme", "acme"); err != nil {
		t.Error(err)
	}
}
