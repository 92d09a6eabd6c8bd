package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

// runs returns outcome and detail of the entries that ForEachTenant left in the audit log.
func (w world) runs() string {
	w.t.Helper()
	return w.value(`SELECT COALESCE(string_agg(outcome || ': ' || detail, E'\n' ORDER BY id), '') FROM docex_system.audit
 WHERE action = 'for each tenant'`)
}

func TestForEachTenant(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	ctx := t.Context()
	_, create := p.Create(ctx, provision.Tenant{ID: "sleeping"})
	if err := errors.Join(create, p.Suspend(ctx, "sleeping")); err != nil {
		t.Fatal(err)
	}
	var got []string
	n, err := p.ForEachTenant(ctx, provision.ForEachOptions{Reason: "ticket 17"},
		func(ctx context.Context, tx *sql.Tx, tn provision.Tenant) error {
			var role, path, id, user, login string
			_, err := tx.ExecContext(ctx, `INSERT INTO docbasket (name) VALUES ('made for ' || $1)`, tn.ID)
			if err == nil {
				err = tx.QueryRowContext(ctx, `SELECT current_user, current_setting('search_path'),
 current_setting('docex.tenant_id'), current_setting('docex.user_id'), session_user`).
					Scan(&role, &path, &id, &user, &login)
			}
			got = append(got, fmt.Sprintf("%s: %t %s %s %t", tn.ID, role == tn.Role, path, id, user == login))
			return err
		})
	if err != nil || n != 2 {
		t.Errorf("%d done, %v", n, err)
	}
	if d := cmp.Diff([]string{`acme: true "tenant_acme", pg_temp acme true`,
		`globex: true "tenant_globex", pg_temp globex true`}, got); d != "" {
		t.Error(d)
	}
	for _, id := range []string{"acme", "globex"} {
		if got := w.value("SELECT string_agg(name, ',') FROM tenant_" + id + ".docbasket"); got != "made for "+id {
			t.Errorf("%s has %q", id, got)
		}
	}
	want := "done: start as each tenant: ticket 17\ndone: end, 2 done, 0 failed, 1 passed over, as each tenant: ticket 17"
	if d := cmp.Diff(want, w.runs()); d != "" {
		t.Error(d)
	}
	if got := w.value("SELECT format('%s %s', current_user = session_user, current_setting('search_path'))"); got !=
		`t "$user", public` {
		t.Errorf("the handle is left with %s", got)
	}
}

// The second wall stands here too: what reaches for another tenant is the server's to refuse, and undone.
func TestForEachTenantStaysInside(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	reach := func(ctx context.Context, tx *sql.Tx, tn provision.Tenant) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO docbasket (name) VALUES ('half')"); err != nil {
			return err
		}
		other := map[string]string{"acme": "globex", "globex": "acme"}[tn.ID]
		_, err := tx.ExecContext(ctx, "DELETE FROM tenant_"+other+".docbasket")
		return err
	}
	for _, keepGoing := range []bool{false, true} {
		n, err := p.ForEachTenant(t.Context(), provision.ForEachOptions{Reason: "test", KeepGoing: keepGoing}, reach)
		wantIs(t, err, provision.ErrPrivileges)
		if n != 0 || sqlState(t, err) != denied || strings.Contains(err.Error(), `"globex"`) != keepGoing {
			t.Errorf("KeepGoing %t: %d done, %v", keepGoing, n, err)
		}
	}
	if got := w.value(
		"SELECT (SELECT count(*) FROM tenant_acme.docbasket) + (SELECT count(*) FROM tenant_globex.docbasket)"); got != "0" {
		t.Errorf("%s rows are left of what failed", got)
	}
	if got := w.runs(); !strings.Contains(got, "failed: end, 0 done, 1 failed") ||
		!strings.Contains(got, "failed: end, 0 done, 2 failed") {
		t.Errorf("audit log: %s", got)
	}
	n, err := p.ForEachTenant(t.Context(), provision.ForEachOptions{Reason: "test", AsAdministrator: true}, reach)
	if err != nil || n != 2 {
		t.Errorf("as administrator: %d done, %v", n, err)
	}
}

func TestForEachTenantRefuses(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	never := func(context.Context, *sql.Tx, provision.Tenant) error { t.Error("called"); return nil }
	for _, c := range []struct {
		o    provision.ForEachOptions
		want error
	}{
		{provision.ForEachOptions{}, provision.ErrNoReason},
		{provision.ForEachOptions{Reason: " \t"}, provision.ErrNoReason},
		{provision.ForEachOptions{Reason: "a\x00"}, provision.ErrInvalidConfig},
		{provision.ForEachOptions{Reason: "r", Suspended: true}, provision.ErrInvalidConfig},
		{provision.ForEachOptions{Reason: "r", Concurrency: -1}, provision.ErrInvalidConfig},
	} {
		_, err := p.ForEachTenant(t.Context(), c.o, never)
		wantIs(t, err, c.want)
	}
	if got := w.value(
		"SELECT count(*) FROM docex_system.audit WHERE action = 'for each tenant' AND outcome = 'refused'"); got != "5" {
		t.Errorf("%s refusals in the audit log, want 5", got)
	}
	w.exec("ALTER TABLE docex_system.audit RENAME TO gone")
	if _, err := p.ForEachTenant(t.Context(), provision.ForEachOptions{Reason: "r"}, never); err == nil {
		t.Error("it ran without an audit log")
	}
	w = newWorld(t)
	_, err := w.initialized(provision.Config{NoTenantRoles: true}).ForEachTenant(t.Context(),
		provision.ForEachOptions{Reason: "r"}, never)
	wantIs(t, err, provision.ErrInvalidConfig)
}

func TestForEachTenantSuspended(t *testing.T) {
	t.Parallel()
	_, p := twoTenants(t, provision.Config{})
	if err := p.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	var ids []string
	o := provision.ForEachOptions{Reason: "r", AsAdministrator: true, Suspended: true}
	_, err := p.ForEachTenant(t.Context(), o, func(ctx context.Context, tx *sql.Tx, tn provision.Tenant) error {
		ids = append(ids, tn.ID)
		_, err := tx.ExecContext(ctx, "TABLE document")
		return err
	})
	if err != nil || !slices.Equal(ids, []string{"acme", "globex"}) {
		t.Errorf("%v, %v", ids, err)
	}
}

// An administrator that is no superuser is no member of the tenants' roles to begin with.
func TestForEachTenantWithoutSuperuser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admin = w.operator("CREATEROLE")
	p := w.initialized(provision.Config{})
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		n, err := p.ForEachTenant(t.Context(), provision.ForEachOptions{Reason: "r"},
			func(ctx context.Context, tx *sql.Tx, tn provision.Tenant) error {
				var role string
				err := tx.QueryRowContext(ctx, "SELECT current_user FROM (SELECT count(*) FROM document) AS d").Scan(&role)
				if role != tn.Role {
					t.Errorf("runs as %s", role)
				}
				return err
			})
		if err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
		if err := p.Verify(t.Context(), "acme"); err != nil {
			t.Errorf("something is left: %v", err)
		}
	}
}

// Statements that pgx keeps prepared have the types of one tenant. Triggers that are put off to the commit run as the
// tenant.
func TestForEachTenantWithTypesAndTriggers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admin = w.operator("CREATEROLE")
	p := w.initialized(provision.Config{DDL: provision.DDLString(`
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE note (mood mood);
CREATE TABLE seen (who text);
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql
  AS 'BEGIN INSERT INTO seen VALUES (current_user); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER look AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION look();`)})
	for _, id := range []string{"acme", "globex"} {
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	n, err := p.ForEachTenant(t.Context(), provision.ForEachOptions{Reason: "r", KeepGoing: true},
		func(ctx context.Context, tx *sql.Tx, _ provision.Tenant) error {
			var mood string
			return tx.QueryRowContext(ctx, "INSERT INTO note VALUES ($1) RETURNING mood", "ok").Scan(&mood)
		})
	if err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	const who = `SELECT COALESCE(bool_and(who = role_name), false) FROM docex_system.tenant, tenant_acme.seen WHERE id ` +
		`= 'acme'`
	if w.value(who) != "true" {
		t.Errorf("the trigger ran as %s", w.value("SELECT string_agg(who, ', ') FROM tenant_acme.seen"))
	}
}

// Pages follow one another while tenants come and go, on one connection as well as on several: each tenant that was
// there before and stays is visited once.
func TestForEachTenantVisitsEachOnce(t *testing.T) {
	t.Parallel()
	for _, connections := range []int{1, 4} {
		w := newWorld(t)
		w.admin.SetMaxOpenConns(connections)
		p := w.initialized(provision.Config{})
		w.exec(`INSERT INTO docex_system.tenant (id, display_name, strategy, schema_name, ddl_digest)
 SELECT format('t%s', lpad(n::text, 4, '0')), 'x', 'schema', format('tenant_t%s', lpad(n::text, 4, '0')), 'sha256:'
   FROM generate_series(1, 650) AS n`)
		var visits [651]atomic.Int32
		o := provision.ForEachOptions{Reason: "r", AsAdministrator: true, Concurrency: 4}
		_, err := p.ForEachTenant(t.Context(), o, func(ctx context.Context, tx *sql.Tx, tn provision.Tenant) error {
			var n int
			if _, err := fmt.Sscanf(tn.ID, "t%04d", &n); err != nil {
				return nil // one of those that come below
			}
			visits[n].Add(1)
			_, err := tx.ExecContext(ctx, `INSERT INTO docex_system.tenant (id, display_name, strategy, schema_name, ddl_digest)
 VALUES ('a' || $1::text, 'x', 'schema', 'tenant_a' || $1::text, 'sha256:')`, tn.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for n := range visits {
			if got := visits[n].Load(); n > 0 && got != 1 {
				t.Fatalf("%d connections: tenant %d was visited %d times", connections, n, got)
			}
		}
	}
}

// What f cannot do: end the transaction and have its work count. And cancelling ends the run, which the audit log
// shows.
func TestForEachTenantEnds(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	o := provision.ForEachOptions{Reason: "r", KeepGoing: true}
	n, err := p.ForEachTenant(t.Context(), o, func(_ context.Context, tx *sql.Tx,
		_ provision.Tenant) error {
		return tx.Commit()
	})
	if n != 0 || !errors.Is(err, sql.ErrTxDone) {
		t.Errorf("committed by itself: %d, %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	n, err = p.ForEachTenant(ctx, o, func(context.Context, *sql.Tx,
		provision.Tenant) error {
		calls++
		cancel()
		return nil
	})
	wantIs(t, err, context.Canceled)
	if n != 0 || calls != 1 || !strings.HasSuffix(w.runs(),
		"failed: end, 0 done, 1 failed, 0 passed over, as each tenant: r") {
		t.Errorf("%d done, %d calls, audit log: %s", n, calls, w.runs())
	}
	if s := w.admin.Stats(); s.InUse != 0 {
		t.Errorf("%d connections in use", s.InUse)
	}
}

func TestForEachTenantOnly(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	for _, id := range []string{"initech", "asleep"} {
		if _, err := p.Create(t.Context(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Suspend(t.Context(), "asleep"); err != nil {
		t.Fatal(err)
	}
	var ids []string
	visit := func(o provision.ForEachOptions) error {
		ids = nil
		n, err := p.ForEachTenant(t.Context(), o, func(_ context.Context, _ *sql.Tx, tn provision.Tenant) error {
			ids = append(ids, tn.ID)
			return nil
		})
		if n != len(ids) {
			t.Errorf("%d done, visited %v", n, ids)
		}
		return err
	}
	for _, c := range []struct{ only, want []string }{
		{[]string{"initech", "acme", "initech"}, []string{"acme", "initech"}},
		{[]string{}, nil},
	} {
		if err := visit(provision.ForEachOptions{Reason: "r", Only: c.only}); err != nil || !slices.Equal(ids, c.want) {
			t.Errorf("%v: visited %v, %v", c.only, ids, err)
		}
	}
	err := visit(provision.ForEachOptions{Reason: "r", Only: []string{"acme", "asleep", "nobody", "No"}})
	for _, want := range []error{scope.ErrTenantSuspended, scope.ErrTenantNotProvisioned, scope.ErrInvalidTenantID} {
		wantIs(t, err, want)
	}
	if len(ids) > 0 || !strings.Contains(w.runs(), "refused: ") {
		t.Errorf("visited %v, audit log: %s", ids, w.runs())
	}
	o := provision.ForEachOptions{Reason: "r", Only: []string{"asleep"}, AsAdministrator: true, Suspended: true}
	if err := visit(o); err != nil || !slices.Equal(ids, []string{"asleep"}) {
		t.Errorf("visited %v, %v", ids, err)
	}
}

// What ForEachTenant changes and what it records are one transaction per tenant.
func TestForEachTenantReseals(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	w.exec("ALTER TABLE tenant_globex.document ADD v2 text")
	accepted := map[string]int{}
	o := provision.ForEachOptions{Reason: "v2", AsAdministrator: true, KeepGoing: true, Concurrency: 2, Reseal: true,
		Accepted: func(tn provision.Tenant, ds []provision.Difference) { accepted[tn.ID] = len(ds) }}
	n, err := p.ForEachTenant(t.Context(), o, statements("ALTER TABLE document ADD v2 text"))
	if n != 1 || sqlState(t, err) != "42701" || accepted["acme"] == 0 || len(accepted) != 1 {
		t.Errorf("%d done, %v; accepted %v", n, err, accepted)
	}
	if err := p.Verify(t.Context(), "acme"); err != nil {
		t.Error(err)
	}
	wantIs(t, p.Verify(t.Context(), "globex"), provision.ErrDrift)
	n, err = p.ForEachTenant(t.Context(), provision.ForEachOptions{Reason: "as they are", Reseal: true}, statements())
	if err := errors.Join(err, p.Verify(t.Context(), "globex")); err != nil || n != 2 {
		t.Errorf("%d done, %v", n, err)
	}
	if got := w.log("globex"); !strings.Contains(got, "reseal done") {
		t.Errorf("audit log: %s", got)
	}
}
