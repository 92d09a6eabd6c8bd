package doctor

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// What a node says is compared with the coordinator, and each finding has something to do.
func TestNodeFindings(t *testing.T) {
	coordinator := node{name: "c:1", coordinator: true, active: true, answers: true, Server: "16.2", Citus: "13.0-1",
		Library: "13.0.5", Rights: []string{"CONNECT"},
		Roleless: []string{"globex"}} // which another check finds
	same := coordinator
	same.name, same.coordinator = "w:2", false
	for _, c := range []struct {
		change func(*node)
		want   string // empty: nothing is wrong
	}{
		{func(*node) {}, ""},
		{func(n *node) { n.Server = "16.9" }, ""},
		{func(n *node) { n.active, n.answers = false, false }, "is not active"},
		{func(n *node) { n.answers, n.why = false, "failed\nto connect" }, "cannot be reached: failed to connect"},
		{func(n *node) { n.Server = "15.9" }, "PostgreSQL 15.9"},
		{func(n *node) { n.Library = "13.0.6" }, "loaded: 13.0.6"},
		{func(n *node) { n.Roleless = []string{"acme"} }, "no roles of tenants: acme"},
		{func(n *node) { n.Roleless, n.Shut = []string{"acme"}, []string{"acme"} }, "no roles of tenants: acme"},
		{func(n *node) { n.Loginless = []string{"acme"} }, "without LOGIN: acme"},
		{func(n *node) { n.Rights = []string{"CONNECT", "TEMPORARY"} }, "on the coordinator: TEMPORARY"},
		{func(n *node) { n.Routines = []string{"tenant_acme"} }, "in schema: tenant_acme"},
		{func(n *node) { n.Open = []string{"acme"} }, "suspended tenants use the schema: acme"},
		{func(n *node) { n.Shut = []string{"acme"} }, "active tenants use the schema: acme"},
	} {
		n := same
		c.change(&n)
		fs := n.findings(coordinator, "ops", true)
		if c.want == "" {
			if len(fs) > 0 {
				t.Errorf("nothing is wrong: %+v", fs)
			}
			continue
		}
		if len(fs) != 1 || fs[0].Status != Failure || !strings.Contains(fs[0].Detail, c.want) || fs[0].Remedy == "" ||
			!strings.Contains(fs[0].Detail, "node w:2 ") {
			t.Errorf("want %q: %+v", c.want, fs)
		}
	}
}

// Without the coordinator's answer there is nothing to compare with.
func TestNodeFindingsWithoutCoordinator(t *testing.T) {
	coordinator := node{name: "c:1", coordinator: true, active: true, why: "failed to connect"}
	worker := node{name: "w:2", active: true, answers: true, Server: "16.2", Rights: []string{"CONNECT"}}
	if fs := worker.findings(coordinator, "ops", true); len(fs) > 0 {
		t.Errorf("of the worker: %+v", fs)
	}
	if fs := coordinator.findings(coordinator, "ops", true); len(fs) != 1 ||
		!strings.Contains(fs[0].Detail, "cannot be reached") {
		t.Errorf("of the coordinator: %+v", fs)
	}
}

// A worker that is down is one failure, with its name; what it would make fail is skipped.
func TestWorkerDown(t *testing.T) {
	if !pgtest.Citus() {
		t.Skip("needs a Citus cluster: DOCEX_CITUS_DSN")
	}
	w := newWorld(t)
	address, _ := w.db.Worker(t, 0)
	start := w.db.StopWorker(t, 0)
	defer start()
	if err := Run(t.Context(), w.options); err != nil {
		t.Fatal(err)
	}
	w.findings = slices.DeleteFunc(w.findings, func(f Finding) bool { return f.Status == OK })
	if len(w.findings) != 3 || w.findings[0].Check != "nodes" || !strings.Contains(w.findings[0].Detail, address) ||
		w.findings[1].Status != Skipped || w.findings[2].Status != Skipped {
		t.Errorf("%+v", w.findings)
	}
}

// What PUBLIC may do on a worker that was added later is found, and what a worker has lost; the remedies work.
func TestRightsOnAWorker(t *testing.T) {
	if !pgtest.Citus() {
		t.Skip("needs a Citus cluster: DOCEX_CITUS_DSN")
	}
	w := newWorld(t)
	var role string
	if err := w.admin.QueryRow(`SELECT role_name FROM docex_system.tenant WHERE id = 'acme'`).Scan(&role); err != nil {
		t.Fatal(err)
	}
	_, dsn := w.db.Worker(t, 0)
	worker, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer worker.Close()
	if _, err := worker.Exec(`SET citus.enable_ddl_propagation = off; GRANT TEMPORARY ON DATABASE ` + w.db.Name +
		` TO PUBLIC; REVOKE USAGE ON SCHEMA tenant_acme FROM ` + quote(role)); err != nil {
		t.Fatal(err)
	}
	w.options.NoProof, w.options.NoDrift = true, true
	found := func() (details string) {
		w.findings = nil
		if err := Run(t.Context(), w.options); err != nil {
			t.Fatal(err)
		}
		for _, f := range w.findings {
			if f.Status == Failure {
				details += f.Detail + "\n"
			}
		}
		return details
	}
	if got := found(); !strings.Contains(got, "TEMPORARY") || !strings.Contains(got, "active tenants") {
		t.Errorf("found: %s", got)
	}
	if err := w.options.Provisioner.Resume(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if err := w.options.Provisioner.Repair(t.Context(), func(provision.RepairOutcome) {}); err != nil {
		t.Fatal(err)
	}
	if got := found(); got != "" {
		t.Errorf("after Repair: %s", got)
	}
}
