package provision_test

import (
	"slices"
	"testing"
	"time"

	"github.com/docex/docex/provision"
)

func TestOverview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDLVersion: "1"})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	create := func(p *provision.Provisioner, id string) {
		t.Helper()
		_, err := p.Create(t.Context(), provision.Tenant{ID: id})
		must(err)
	}
	create(p, "acme")
	create(p, "globex")
	create(w.provisioner(provision.Config{DDLVersion: "2"}), "initech")
	create(p, "umbrella")
	must(p.Suspend(t.Context(), "umbrella"))
	must(p.Drop(t.Context(), "umbrella", "umbrella"))
	var since time.Time
	must(w.admin.QueryRow("SELECT clock_timestamp()").Scan(&since))
	must(p.Suspend(t.Context(), "globex"))
	wantIs(t, p.Drop(t.Context(), "acme", "acme"), provision.ErrTenantActive) // which changes nothing
	w.exec("INSERT INTO tenant_acme.docbasket (name) SELECT n::text FROM generate_series(1, 10000) AS n")

	list := func(o provision.OverviewOptions) []provision.Overview {
		t.Helper()
		all, err := p.Overview(t.Context(), o)
		must(err)
		return all
	}
	for _, tt := range []struct {
		o    provision.OverviewOptions
		want []string
	}{
		{provision.OverviewOptions{}, []string{"acme", "globex", "initech"}},
		{provision.OverviewOptions{State: provision.Suspended}, []string{"globex"}},
		{provision.OverviewOptions{State: provision.Dropped}, []string{"umbrella"}},
		{provision.OverviewOptions{DDLVersion: "2"}, []string{"initech"}},
		{provision.OverviewOptions{ChangedSince: since}, []string{"globex"}},
		{provision.OverviewOptions{ListOptions: provision.ListOptions{After: "acme", Limit: 1}}, []string{"globex"}},
		{provision.OverviewOptions{ListOptions: provision.ListOptions{After: "initech", Dropped: true}},
			[]string{"umbrella"}},
	} {
		var ids []string
		for _, v := range list(tt.o) {
			ids = append(ids, v.ID)
			if v.Bytes != 0 {
				t.Errorf("%+v: %s has %d bytes", tt.o, v.ID, v.Bytes)
			}
		}
		if !slices.Equal(ids, tt.want) {
			t.Errorf("%+v: %q, want %q", tt.o, ids, tt.want)
		}
	}
	all := list(provision.OverviewOptions{Sizes: true})
	acme, globex := all[0], all[1]
	held, err := p.Contents(t.Context(), "acme")
	if err != nil || acme.Bytes != held.Bytes || acme.Bytes < globex.Bytes+100_000 || globex.Bytes == 0 {
		t.Errorf("acme takes %d bytes, by its contents %d, globex %d, %v", acme.Bytes, held.Bytes, globex.Bytes, err)
	}
	if acme.LastAction != "create" || globex.LastAction != "suspend" || globex.ChangedAt.Before(since) ||
		!acme.ChangedAt.Before(since) {
		t.Errorf("last changes: %s %v, %s %v", acme.LastAction, acme.ChangedAt, globex.LastAction, globex.ChangedAt)
	}
	got, err := p.Get(t.Context(), "acme")
	if err != nil || acme.Tenant != got {
		t.Errorf("%+v, want %+v, %v", acme.Tenant, got, err)
	}
	_, err = p.Overview(t.Context(), provision.OverviewOptions{ListOptions: provision.ListOptions{Limit: -1}})
	wantIs(t, err, provision.ErrInvalidConfig)
}
