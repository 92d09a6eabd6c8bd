package provision_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

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

// While a worker is down, and while it is silent, each operation ends, with an error that says what is in effect. It is
// not parallel: a silent worker is silent for all databases.
func TestOperationsWithoutAWorker(t *testing.T) {
	if !pgtest.Citus() {
		t.Skip("needs a Citus cluster: DOCEX_CITUS_DSN")
	}
	w, p := twoTenants(t, provision.Config{})
	w.exec(`ALTER DATABASE ` + w.Name + ` SET citus.node_connection_timeout = '1s'`)
	w.admin.SetMaxIdleConns(0) // the next session has that setting
	if err := p.Suspend(t.Context(), "globex"); err != nil {
		t.Fatal(err)
	}
	states := func() string {
		return w.value(`SELECT string_agg(id || ' ' || state, ', ' ORDER BY id) FROM docex_system.tenant WHERE NOT is_system`)
	}
	for name, stop := range map[string]func() func(){
		"stopped": func() func() { return w.StopWorker(t, 0) },
		"silent":  func() func() { return w.SilenceWorker(t, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			start := stop()
			_, creating := p.Create(ctx, provision.Tenant{ID: "initech"})
			for operation, err := range map[string]error{"create": creating, "resume": p.Resume(ctx, "globex"),
				"drop": p.Drop(ctx, "globex", "globex"), "repair": p.Repair(ctx, func(provision.RepairOutcome) {}),
				"export": exported(ctx, p, "globex")} {
				var e *provision.CitusError
				if !errors.As(err, &e) || e.Missing != "worker" || e.Suspended {
					t.Errorf("%s: %v", operation, err)
				}
			}
			if got := states(); got != "acme active, globex suspended" {
				t.Errorf("tenants: %s", got)
			}
			var e *provision.CitusError
			if err := p.Suspend(ctx, "acme"); !errors.As(err, &e) || !e.Suspended {
				t.Errorf("suspend: %v", err)
			}
			if got := states(); got != "acme suspended, globex suspended" {
				t.Errorf("tenants: %s", got)
			}
			address, _ := w.Worker(t, 0)
			all, err := p.Overview(ctx, provision.OverviewOptions{Sizes: true})
			if err != nil {
				t.Error(err)
			}
			for _, o := range all {
				if (o.Bytes < 0) != (o.Node == address) {
					t.Errorf("%s on %s has %d bytes", o.ID, o.Node, o.Bytes)
				}
			}
			start()
			if err := p.Resume(ctx, "acme"); err != nil {
				t.Error(err)
			}
		})
	}
	if err := p.Drop(t.Context(), "globex", "globex"); err != nil {
		t.Error(err)
	}
}

func exported(ctx context.Context, p *provision.Provisioner, id string) error {
	_, err := p.Export(ctx, id, func(context.Context, provision.Dump) (provision.ArchiveFile, error) {
		return provision.ArchiveFile{}, nil
	})
	return err
}
