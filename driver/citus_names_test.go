package driver_test

import (
	"errors"
	"testing"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
)

// A tenant's own function is called by its bare name, unless Citus has one of that name: pg_catalog's comes first.
func TestOwnFunctionNamedAsCitus(t *testing.T) {
	t.Parallel()
	w := newOwnValuesWorld(t, "CREATE FUNCTION role_exists(name) RETURNS boolean LANGUAGE sql AS 'SELECT NULL::boolean';")
	db := w.open(t, 1)
	var exists *bool
	err := db.QueryRowContext(as("acme"), "SELECT role_exists('"+w.AppRole+"')").Scan(&exists)
	if pgtest.Citus() != errors.Is(err, guard.ErrDenied) || !pgtest.Citus() && err != nil || exists != nil {
		t.Errorf("%v, %v", exists, err)
	}
	err = db.QueryRowContext(as("acme"), "SELECT tenant_acme.role_exists('"+w.AppRole+"')").Scan(&exists)
	if err != nil || exists != nil {
		t.Errorf("with the schema: %v, %v", exists, err)
	}
}
