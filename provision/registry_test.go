package provision_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

func TestUnknownTenants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{})
	ctx := t.Context()
	for id, want := range map[string]error{
		"never": scope.ErrTenantNotProvisioned, "": scope.ErrInvalidTenantID, "$system": scope.ErrSystemTenant,
	} {
		_, err := p.Get(ctx, id)
		wantIs(t, err, want)
		wantIs(t, p.Suspend(ctx, id), want)
		wantIs(t, p.Resume(ctx, id), want)
		wantIs(t, p.Drop(ctx, id, id), want)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: ddl("CREATE TABLE second ()")})
	ctx := t.Context()
	for _, id := range []string{"b", "a-2", "a_1", "c", "a1"} {
		if _, err := p.Create(ctx, provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Suspend(ctx, "a1"); err != nil {
		t.Fatal(err)
	}
	if err := p.Suspend(ctx, "c"); err != nil {
		t.Fatal(err)
	}
	if err := p.Drop(ctx, "c", "c"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		options provision.ListOptions
		want    []string
	}{
		{provision.ListOptions{}, []string{"a-2", "a1", "a_1", "b"}},
		{provision.ListOptions{Dropped: true}, []string{"a-2", "a1", "a_1", "b", "c"}},
		{provision.ListOptions{Limit: 2}, []string{"a-2", "a1"}},
		{provision.ListOptions{Limit: 2, After: "a1"}, []string{"a_1", "b"}},
		{provision.ListOptions{After: "b"}, nil},
	} {
		ts, err := p.List(ctx, c.options)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, tenant := range ts {
			got = append(got, tenant.ID)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%+v: %s", c.options, d)
		}
	}
	_, err := p.List(ctx, provision.ListOptions{Limit: -1})
	wantIs(t, err, provision.ErrInvalidConfig)
}

func TestErrorsReadWell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{})
	_, err := p.Get(t.Context(), "never")
	want := `docex: provision: get: tenant "never": tenant is not provisioned: docex tenant create never makes it`
	if got := fmt.Sprint(err); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
