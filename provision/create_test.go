package provision_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/docex/docex/provision"
	"github.com/docex/docex/scope"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{})
	got, err := p.Create(t.Context(), provision.Tenant{ID: "acme", DisplayName: "Acme GmbH & Söhne"})
	if err != nil {
		t.Fatal(err)
	}
	want := provision.Tenant{
		ID: "acme", DisplayName: "Acme GmbH & Söhne", Schema: "tenant_acme", State: provision.Active,
		Strategy: provision.SchemaPerTenant,
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(got, "Role", "DDLDigest", "Catalog", "CreatedAt")); d != "" {
		t.Error(d)
	}
	if got.Role == "" || got.CreatedAt.IsZero() || !strings.HasPrefix(got.DDLDigest, "sha256:") ||
		!strings.HasPrefix(got.Catalog, "sha256:") {
		t.Errorf("incomplete: %+v", got)
	}
	registered, err := p.Get(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(got, registered); d != "" {
		t.Errorf("Create and Get differ: %s", d)
	}
}

func TestCreateConflicts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{})
	ctx := t.Context()
	create := func(id string) error {
		_, err := p.Create(ctx, provision.Tenant{ID: id})
		return err
	}
	if err := create("acme"); err != nil {
		t.Fatal(err)
	}
	before := w.objects()
	wantIs(t, create("acme"), provision.ErrTenantExists)
	if got := w.objects(); got != before {
		t.Errorf("a refused Create left something: %s, before %s", got, before)
	}

	w.exec(`CREATE SCHEMA "tenant_left-over"`)
	wantIs(t, create("left-over"), provision.ErrSchemaExists)

	installation := w.value("SELECT id FROM docex_system.installation")
	w.exec(`CREATE ROLE "docex_`+installation+`_ghost"`, `GRANT CONNECT ON DATABASE `+w.Name+` TO "docex_`+installation+
		`_ghost"`)
	wantIs(t, create("ghost"), provision.ErrRoleExists)

	if err := errors.Join(create("gone"), p.Suspend(ctx, "gone"), p.Drop(ctx, "gone", "gone")); err != nil {
		t.Fatal(err)
	}
	err := create("gone")
	wantIs(t, err, provision.ErrTenantExists)
	if err != nil && !strings.Contains(err.Error(), "dropped") {
		t.Errorf("no hint that the tenant was dropped: %v", err)
	}
}

// objects counts what Create makes, for comparison.
func (w world) objects() string {
	w.t.Helper()
	return w.value(`SELECT format('%s schemas, %s relations, %s roles, %s rows', (SELECT count(*) FROM pg_namespace),
 (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_roles WHERE rolname LIKE 'docex\_' || i.id || '%'),
 (SELECT count(*) FROM docex_system.tenant)) FROM docex_system.installation AS i`)
}

func TestCreateRefusesBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{})
	for _, c := range []struct {
		tenant provision.Tenant
		want   error
	}{
		{provision.Tenant{}, scope.ErrInvalidTenantID},
		{provision.Tenant{ID: "Acme"}, scope.ErrInvalidTenantID},
		{provision.Tenant{ID: `a"; DROP SCHEMA docex_system --`}, scope.ErrInvalidTenantID},
		{provision.Tenant{ID: strings.Repeat("a", scope.MaxTenantIDLen+1)}, scope.ErrInvalidTenantID},
		{provision.Tenant{ID: "$system"}, scope.ErrSystemTenant},
		{provision.Tenant{ID: "acme", Schema: "elsewhere"}, provision.ErrInvalidConfig},
		{provision.Tenant{ID: "acme", State: provision.Suspended}, provision.ErrInvalidConfig},
		{provision.Tenant{ID: "acme", DisplayName: "a\x00b"}, provision.ErrInvalidConfig},
		{provision.Tenant{ID: "acme", DisplayName: "\xff"}, provision.ErrInvalidConfig},
		{provision.Tenant{ID: "acme", DisplayName: strings.Repeat("a", 256)}, provision.ErrInvalidConfig},
	} {
		_, err := p.Create(t.Context(), c.tenant)
		wantIs(t, err, c.want)
	}
}
