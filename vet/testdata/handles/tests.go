package handles

import (
	"testing"

	"github.com/docex/docex/docextest"
	"github.com/docex/docex/driver"
	"github.com/jmoiron/sqlx"
)

// The handles of docextest are known, although its source is not looked at.
func tests(t *testing.T) {
	db := docextest.New(t, docextest.Config{})
	db.Exec("DELETE FROM document")                // want `^context: db.Exec passes no context`
	db.Admin.Exec("DELETE FROM tenant_a.document") // an administrator's
	bound := db.Bound(t, "a")
	bound.Exec("DELETE FROM document")
	bound.Exec("DELETE FROM tenant_b.document") // want `^sql: foreign-schema: tenant_b.document`
	sqlx.NewDb(bound, driver.Name).Get(new(int), "SELECT count(*) FROM document")
}
