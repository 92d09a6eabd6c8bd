package driver_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

const crowdSize = 100

// crowd is the id of one of the tenants of newCrowd, who take turns.
func crowd(i int) string { return fmt.Sprintf("crowd%02d", i%crowdSize) }

// newCrowd is a world with a hundred tenants. docbasket holds one row in each.
func newCrowd(b testing.TB) *world {
	b.Helper()
	db := pgtest.NewDBFrom(b, "crowd", func(db *pgtest.DB) {
		admin := db.Admin(b)
		p, ctx := provisioner(b, admin, db), context.Background()
		if err := p.Init(ctx); err != nil {
			b.Fatal(err)
		}
		for i := range crowdSize {
			tenant, err := p.Create(ctx, provision.Tenant{ID: crowd(i)})
			if err != nil {
				b.Fatal(err)
			}
			mustExec(b, admin, fmt.Sprintf("INSERT INTO %q.docbasket (name) VALUES ('%s')", tenant.Schema, tenant.ID))
		}
	})
	return openWorld(b, db)
}
