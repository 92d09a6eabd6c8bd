package driver_test

import (
	"fmt"
	"testing"
)

// TestTenantsOfOtherShapes: where a column is real for one tenant and double precision for the next, the server would
// round the next one's parameters to real if the two shared a prepared statement or its description.
func TestTenantsOfOtherShapes(t *testing.T) {
	w := newOwnWorld(t)
	types := map[string]string{"acme": "real", "globex": "double precision"}
	for tenant, typ := range types {
		mustExec(t, w.admin, fmt.Sprintf("CREATE TABLE tenant_%s.price (v %s)", tenant, typ))
		if _, err := w.prov.Reseal(t.Context(), tenant); err != nil {
			t.Fatal(err)
		}
	}
	const exact = 16777217.0 // real keeps 16777216
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		for range 4 {
			for _, tenant := range []string{"acme", "globex"} {
				execAll(t, db, as(tenant), "DELETE FROM price")
				if _, err := db.ExecContext(as(tenant), "INSERT INTO price (v) VALUES ($1)", exact); err != nil {
					t.Fatal(tenant, err)
				}
			}
			var got float64
			if err := w.admin.QueryRow("SELECT v FROM tenant_globex.price").Scan(&got); err != nil || got != exact {
				t.Fatalf("globex has %f, %v", got, err)
			}
		}
	})
}
