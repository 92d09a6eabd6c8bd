package provision_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// A copy of a database made by its server has the same tenants with the same roles, which stay until both are rid of
// them.
func TestCopyOfADatabase(t *testing.T) {
	t.Parallel()
	prepare := func(db *pgtest.DB) {
		admin, err := sql.Open("pgx", db.AdminDSN)
		if err != nil {
			t.Fatal(err)
		}
		defer admin.Close()
		p, err := provision.New(admin, provision.Config{AppRole: db.AppRole})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Init(context.Background()); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Create(context.Background(), provision.Tenant{ID: "acme"}); err != nil {
			t.Fatal(err)
		}
	}
	var worlds [2]world
	var ps [2]*provision.Provisioner
	for i := range worlds {
		db := pgtest.NewDBFrom(t, "copy", prepare)
		worlds[i] = world{DB: db, t: t, admin: db.Admin(t)}
		ps[i] = worlds[i].provisioner(provision.Config{})
	}
	ctx := t.Context()
	if err := ps[0].Suspend(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	if err := ps[0].Drop(ctx, "acme", "acme"); err != nil {
		t.Fatal(err)
	}
	if got := sqlState(t, worlds[0].app().pin("acme")); got != pinUnknown {
		t.Errorf("the dropped one: code %q", got)
	}
	other := worlds[1].app()
	if err := other.pin("acme"); err != nil {
		t.Fatal(err)
	}
	other.must("TABLE document")
	if _, err := ps[0].Create(ctx, provision.Tenant{ID: "globex"}); err != nil {
		t.Fatal(err)
	}
	_, err := ps[1].Create(ctx, provision.Tenant{ID: "globex"})
	wantIs(t, err, provision.ErrRoleExists)
}
