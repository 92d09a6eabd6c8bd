package provision_test

import (
	"errors"
	"testing"

	"github.com/docex/docex/provision"
	"github.com/jackc/pgx/v5/pgconn"
)

// A session that is pinned, and has planned its statements, stops with the suspension and not with its next pin.
func TestSuspendStopsPinnedSessions(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	ctx := t.Context()
	app := w.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	statements := map[string]string{
		"sel": "SELECT count(*) FROM document",
		"qua": "SELECT count(*) FROM tenant_acme.document",
		"ins": "INSERT INTO docbasket (name) VALUES (gen_random_uuid()::text)",
	}
	want := map[string]string{"sel": noSuchTable, "qua": denied, "ins": noSuchTable}
	for name, sql := range statements {
		if _, err := app.conn.Prepare(ctx, name, sql); err != nil {
			t.Fatal(err)
		}
		for range 7 { // past the custom plans, to the generic one that is kept
			app.mustPrepared(name)
		}
	}
	if err := p.Suspend(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	for name := range statements {
		_, err := app.conn.Exec(ctx, name)
		if got := sqlState(t, err); got != want[name] {
			t.Errorf("%s after Suspend: code %q, want %q", name, got, want[name])
		}
	}
	if got := sqlState(t, app.pin("acme")); got != pinSuspended {
		t.Errorf("pin after Suspend: code %q, want %q", got, pinSuspended)
	}
	if err := app.pin("globex"); err != nil {
		t.Errorf("the other tenant: %v", err)
	}
	if err := p.Resume(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	for name := range statements {
		app.mustPrepared(name)
	}
}

// The server does not warn of what there is nothing of: an operator would look for what is wrong.
func TestNoWarnings(t *testing.T) {
	t.Parallel()
	w, _ := twoTenants(t, provision.Config{})
	var warnings []string
	p, err := provision.New(w.withNotice(func(n *pgconn.Notice) {
		if n.Severity == "WARNING" {
			warnings = append(warnings, n.Message)
		}
	}), provision.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	err = errors.Join(p.Suspend(ctx, "acme"), p.Resume(ctx, "acme"), p.Suspend(ctx, "acme"), p.Drop(ctx, "acme", "acme"))
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) > 0 {
		t.Errorf("the server warns: %q", warnings)
	}
}

func (s session) mustPrepared(name string) {
	s.t.Helper()
	if _, err := s.conn.Exec(s.t.Context(), name); err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
}

func TestSuspendInsideATransaction(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	app := w.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	app.must("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM document")
	if err := p.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if got := app.code("INSERT INTO docbasket (name) VALUES ('late')"); got != noSuchTable {
		t.Errorf("in a transaction that began before: code %q, want %q", got, noSuchTable)
	}
}

// The registry says one thing and the database another: that is said, not papered over.
func TestSuspendReportsDrift(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	w.exec("DELETE FROM docex_system.installation")
	wantIs(t, p.Suspend(t.Context(), "globex"), provision.ErrDrift)
}

// A tenant that somebody has removed by hand, in part or whole, can be suspended and dropped, and not resumed.
func TestSuspendWhatIsGone(t *testing.T) {
	t.Parallel()
	w, p := twoTenants(t, provision.Config{})
	globex, err := p.Get(t.Context(), "globex")
	if err != nil {
		t.Fatal(err)
	}
	w.exec("DROP SCHEMA tenant_acme CASCADE", `DROP OWNED BY "`+globex.Role+`"`, `DROP ROLE "`+globex.Role+`"`)
	for _, id := range []string{"acme", "globex"} {
		if err := p.Suspend(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if got := sqlState(t, w.app().pin(id)); got != pinSuspended {
			t.Errorf("pin of %s: code %q, want %q", id, got, pinSuspended)
		}
		wantIs(t, p.Resume(t.Context(), id), provision.ErrDrift)
		if err := p.Drop(t.Context(), id, id); err != nil {
			t.Fatal(err)
		}
	}
}
