package provision_test

import (
	"sync"
	"testing"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

func TestInitIsIdempotent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{Environment: "staging"})
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	const rows = `SELECT string_agg(r, E'\n' ORDER BY r) FROM (SELECT i::text FROM docex_system.installation AS i
 UNION ALL SELECT t::text FROM docex_system.tenant AS t) AS all_rows (r)`
	before := w.value(rows)
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := w.value(rows); after != before {
		t.Errorf("a second Init changed the registry from\n%s\nto\n%s", before, after)
	}
	if got := w.value("SELECT string_agg(id || ' ' || schema_name, ',') FROM docex_system.tenant WHERE is_system"); got !=
		"$system docex_system" {
		t.Errorf("the system tenant is %q", got)
	}
}

func TestInitRaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.provisioner(provision.Config{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := p.Init(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := w.value("SELECT count(*) FROM docex_system.installation"); got != "1" {
		t.Errorf("%s installations", got)
	}
}

// What Init fixed cannot be changed by a later configuration, and what that leaves out is as recorded.
func TestInitFixesTheSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.initialized(provision.Config{Environment: "staging", SystemTenantID: "$root"})
	for _, c := range []struct {
		name string
		cfg  provision.Config
		want error
	}{
		{"another environment", provision.Config{Environment: "production"}, provision.ErrEnvironmentMismatch},
		{"no environment", provision.Config{}, provision.ErrEnvironmentMismatch},
		{"another system tenant", provision.Config{Environment: "staging", SystemTenantID: "$other"},
			provision.ErrSettingsMismatch},
		{"another application", provision.Config{Environment: "staging", AppRole: "other"}, provision.ErrSettingsMismatch},
		{"no roles", provision.Config{Environment: "staging", NoTenantRoles: true}, provision.ErrSettingsMismatch},
	} {
		p := w.provisioner(c.cfg)
		wantIs(t, p.Init(t.Context()), c.want)
		_, err := p.Create(t.Context(), provision.Tenant{ID: "acme"})
		wantIs(t, err, c.want)
		_, err = p.List(t.Context(), provision.ListOptions{})
		wantIs(t, err, c.want)
		wantIs(t, p.Suspend(t.Context(), "acme"), c.want)
	}
	p, err := provision.New(w.admin, provision.Config{Environment: "staging"})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Errorf("Init with the recorded settings left out: %v", err)
	}
	if got := w.value("SELECT id FROM docex_system.tenant WHERE is_system"); got != "$root" {
		t.Errorf("the system tenant is %q, want $root", got)
	}
}

func TestNotInitialized(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.provisioner(provision.Config{})
	ctx := t.Context()
	_, create := p.Create(ctx, provision.Tenant{ID: "acme"})
	_, get := p.Get(ctx, "acme")
	_, list := p.List(ctx, provision.ListOptions{})
	for _, err := range []error{create, get, list, p.Suspend(ctx, "acme"), p.Resume(ctx, "acme"),
		p.Drop(ctx, "acme", "acme")} {
		wantIs(t, err, scope.ErrNotInitialized)
	}
}

func TestInitTakesNothingOver(t *testing.T) { // not parallel: it counts the server's roles
	w := newWorld(t)
	w.exec(`CREATE SCHEMA docex_system`, `CREATE TABLE docex_system.tenant (id text)`)
	roles := w.value("SELECT count(*) FROM pg_roles")
	wantIs(t, w.provisioner(provision.Config{}).Init(t.Context()), provision.ErrSchemaExists)
	if got := w.value("SELECT count(*) FROM pg_class WHERE relnamespace = 'docex_system'::regnamespace"); got != "1" {
		t.Errorf("the schema that was there has %s relations now", got)
	}
	if got := w.value("SELECT count(*) FROM pg_roles"); got != roles {
		t.Errorf("%s roles, before it was %s", got, roles)
	}
	w.initialized(provision.Config{SystemSchema: "elsewhere"})
}

func TestZeroConfig(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, err := provision.New(w.admin, provision.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Init(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	if err := w.connect(w.AdminDSN).pin("acme"); err != nil {
		t.Error(err)
	}
}
