package provision_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// A tenant is stopped though a worker is down, the error says what is in effect, and the workers get it afterwards.
func TestSuspendWithoutAWorker(t *testing.T) {
	if !pgtest.Citus() {
		t.Skip("needs a Citus cluster: DOCEX_CITUS_DSN")
	}
	w, p := twoTenants(t, provision.Config{})
	acme, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	app := w.app()
	if err := app.pin("acme"); err != nil {
		t.Fatal(err)
	}
	start := w.StopWorker(t, 0)
	err = p.Suspend(t.Context(), "acme")
	var e *provision.CitusError
	if !errors.As(err, &e) || !e.Suspended || e.Missing != "worker" {
		t.Fatalf("Suspend: %v", err)
	}
	if got := app.code("SELECT count(*) FROM document"); got != noSuchTable {
		t.Errorf("a pinned session: code %q", got)
	}
	if got := sqlState(t, app.pin("acme")); got != pinSuspended {
		t.Errorf("pin: code %q", got)
	}
	if err := p.Resume(t.Context(), "acme"); !errors.Is(err, provision.ErrCitus) {
		t.Errorf("Resume: %v", err)
	}
	if got := sqlState(t, w.app().pin("acme")); got != pinSuspended {
		t.Errorf("pin after Resume that failed: code %q", got)
	}
	start()
	may := func() (answers string) {
		t.Helper()
		const ask = `SELECT string_agg(result, ' ') FROM run_command_on_workers(format('SELECT has_schema_privilege(%L, %L,
''USAGE'') OR pg_has_role(%L, %L, ''MEMBER'')', $1::text, $2::text, $3::text, $1::text))`
		if err := w.admin.QueryRow(ask, acme.Role, acme.Schema, w.AppRole).Scan(&answers); err != nil {
			t.Fatal(err)
		}
		return answers
	}
	if got := may(); !strings.Contains(got, "t") {
		t.Errorf("before: %s", got)
	}
	if err := p.Suspend(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if got := may(); strings.Contains(got, "t") {
		t.Errorf("on the workers the role may still do something: %s", got)
	}
}
