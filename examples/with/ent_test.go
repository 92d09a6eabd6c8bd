package with

import (
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/provision"
)

// TestEntDDL: a tenant is created from what ent writes, and ent works with its tables.
func TestEntDDL(t *testing.T) {
	db := pgtest.NewDB(t)
	ddl, err := EntDDL(t.Context(), db.Admin(t))
	if err != nil {
		t.Fatal(err)
	}
	provisioned(t, db, provision.DDLString(ddl), "acme")
	turn(t, as("acme"), opened(t, as("acme"), open(t, db.AppDSN), NewEnt), "ann", "acme")
}
