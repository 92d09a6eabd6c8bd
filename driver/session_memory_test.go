package driver_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/provision"
)

// visit has one connection serve all tenants, and returns how many connections were retired for that.
func visit(t *testing.T, w *world, ids []string, params ...string) uint64 {
	t.Helper()
	c := w.connector(t, driver.Config{}, params...)
	db := w.openConnector(t, 1, c)
	for _, id := range ids {
		if _, err := db.ExecContext(as(id), "SELECT name FROM docbasket"); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
	}
	return c.Stats().Retired
}

// A connection serves as many tenants as fit into its memory, by measure. Where memory cannot be measured, 120.
func TestSessionMemory(t *testing.T) {
	w := newCrowd(t)
	if err := w.prov.Rehome(t.Context(), nil); err != nil { // it is a copy of a template, and gets more tenants
		t.Fatal(err)
	}
	var ids []string
	for i := range crowdSize {
		ids = append(ids, crowd(i))
	}
	for i := range driver.DefaultMaxTenants + 10 - crowdSize {
		id := fmt.Sprint("more", i)
		if _, err := w.prov.Create(context.Background(), provision.Tenant{ID: id}); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if n := visit(t, w, ids, "docex_session_memory", "1"); n < 2 {
		t.Errorf("%d tenants fit into 1 MB, or nearly: %d connections were retired", len(ids), n)
	}
	if n := visit(t, w, ids); n != 0 {
		t.Errorf("%d tenants do not fit into the default: %d connections were retired", len(ids), n)
	}
	if n := visit(t, w, ids, "docex_pin", "transaction"); n != 1 {
		t.Errorf("where transactions are pinned %d connections were retired, want 1", n)
	}
	for _, statement := range []string{
		"ALTER FUNCTION docex_system.session_memory() SECURITY INVOKER", // so the login may not ask
		"DROP FUNCTION docex_system.session_memory()",
	} {
		mustExec(t, w.admin, statement)
		if n := visit(t, w, ids, "docex_session_memory", "1"); n != 1 {
			t.Errorf("behind %s: %d connections were retired, want 1", statement, n)
		}
	}
}

// Once it is known how many tenants fit into a session, pgx keeps as many statements as they need, unless the DSN says
// how many. For that a session is closed once.
func TestStatementsOfManyTenants(t *testing.T) {
	t.Parallel()
	const texts = 8 // of each tenant, and all together more than pgx's default
	w := newCrowd(t)
	mustExec(t, w.admin, `CREATE FUNCTION tenant_crowd00.prepared() RETURNS bigint LANGUAGE sql AS
 $$SELECT count(*) FROM pg_catalog.pg_prepared_statements WHERE statement LIKE '%docbasket%'$$`)
	for _, tt := range []struct {
		name     string
		params   []string
		retired  uint64
		prepared int
	}{
		{"by measure", nil, 1, crowdSize * texts},
		{"given", []string{"statement_cache_capacity", "512"}, 0, 512},
		{"tenants given", []string{"docex_max_tenants", "1000"}, 0, 512},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := driver.Config{Policy: guard.Policy{}}
			c := w.connector(t, cfg, tt.params...)
			db := w.openConnector(t, 1, c)
			for range 2 {
				for i := range crowdSize {
					for j := range texts {
						if err := readText(db, crowd(i), j); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			var prepared int
			if err := db.QueryRowContext(as(crowd(0)), "SELECT prepared()").Scan(&prepared); err != nil {
				t.Fatal(err)
			}
			if retired := c.Stats().Retired; retired != tt.retired || prepared < tt.prepared-8 || prepared > tt.prepared {
				t.Errorf("%d connections retired, want %d; %d statements prepared, want %d", retired, tt.retired, prepared,
					tt.prepared)
			}
		})
	}
}
