package driver_test

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
)

const hiddenPlans = "citus.explain_distributed_queries"

// The setting says that the server has Citus, and LOGIN of the tenants' roles that they are distributed. Only then has a
// batch a transaction of its own, are the workers' plans hidden, and do sessions serve fewer tenants.
func TestDistributedTenants(t *testing.T) {
	pgtest.SkipOnCitus(t, "a plain server stands for it")
	w := newOwnWorld(t)
	withoutCitus := "SELECT"
	withCitus := fmt.Sprintf("ALTER DATABASE %q SET citus.shard_count = 32", w.Name)
	var login []string
	for _, id := range tenants {
		tenant, err := w.prov.Get(t.Context(), id)
		finish(t, err)
		login = append(login, fmt.Sprintf("ALTER ROLE %q LOGIN", tenant.Role))
	}
	for _, tt := range []struct {
		name, made string
		spread     bool
	}{{"no Citus", withoutCitus, false}, {"local", withCitus, false}, {"distributed", strings.Join(login, ";"), true}} {
		mustExec(t, w.admin, tt.made)
		for _, pin := range []string{"session", "transaction"} {
			t.Run(tt.name+"/batch/"+pin, func(t *testing.T) {
				tracer := &tracedTexts{}
				c := w.connector(t, before(func(c *pgx.ConnConfig) { c.Tracer = tracer }), "docex_pin", pin)
				db := w.openConnector(t, 1, c)
				conn := checkout(t, db) // the batch is the first of all
				finish(t, driver.SendBatch(as("acme"), conn, texts("SELECT 1", "SELECT 2")))
				finish(t, conn.Close())
				if want := tt.spread || pin == "transaction"; tracer.saw("begin") != want {
					t.Errorf("in a transaction: %t, want %t", !want, want)
				}
			})
		}
		t.Run(tt.name+"/plans", func(t *testing.T) { plansAreHidden(t, w, tt.spread) })
		t.Run(tt.name+"/connections", func(t *testing.T) { connectionsAreBounded(t, w, tt.spread) })
	}
}

// plansAreHidden looks at pins that ask the registry, and at those that do not. What a tenant sets, where the policy
// allows that, ends with its checkout. A first pin hides the plans before it knows where tenants are.
func plansAreHidden(t *testing.T, w *world, want bool) {
	cfg := driver.Config{Policy: guard.Policy{AllowSettings: []string{hiddenPlans}}}
	for _, pin := range []string{"session", "transaction"} {
		db := w.openConnector(t, 1, w.connector(t, cfg, "docex_pin", pin))
		if want {
			wantHidden(t, db, "acme", want)
		}
		meet(t, db)
		wantHidden(t, db, "acme", want)
		wantHidden(t, db, "globex", want)
		if pin == "transaction" {
			continue
		}
		c := checkout(t, db)
		execAll(t, c, as("globex"), "SET "+hiddenPlans+" = on")
		finish(t, c.Close())
		wantHidden(t, db, "globex", want)
	}
}

func wantHidden(t *testing.T, db *sql.DB, tenant string, want bool) {
	t.Helper()
	var set string
	err := db.QueryRowContext(as(tenant), "SHOW "+hiddenPlans).Scan(&set)
	if hidden := err == nil && set == "off"; hidden != want {
		t.Errorf("%s: plans are hidden: %t (%q, %v), want %t", tenant, hidden, set, err, want)
	}
}

// The sessions of a pool serve no more tenants together than Citus may keep connections to workers for. MaxTenants says
// otherwise.
func connectionsAreBounded(t *testing.T, w *world, spread bool) {
	for _, tt := range []struct {
		most string
		want bool
	}{{"", spread}, {"100", false}} {
		c := w.connector(t, driver.Config{}, "docex_max_tenants", cmp.Or(tt.most, "0"), "docex_pin", "session")
		c.SetWorkerConnections(2)
		meet(t, w.openConnector(t, 1, c)) // five tenants
		if got := c.Stats().Retired > 0; got != tt.want {
			t.Errorf("docex_max_tenants=%s: connections were closed: %t, want %t", tt.most, got, tt.want)
		}
	}
}

// A worker has no registry. The error names the coordinator.
func TestWorkerOfCitusIsNamed(t *testing.T) {
	pgtest.SkipOnCitus(t, "a plain server stands for a worker")
	w := &world{DB: pgtest.NewDB(t)}
	admin := w.Admin(t)
	if !hasCitus(t, admin) {
		c, err := admin.Conn(t.Context())
		finish(t, err)
		execAll(t, c, context.Background(), "SET allow_system_table_mods = on",
			"CREATE TABLE pg_catalog.pg_dist_local_group (groupid integer)",
			"CREATE TABLE pg_catalog.pg_dist_node (groupid integer, nodename text, nodeport integer)",
			"INSERT INTO pg_catalog.pg_dist_node VALUES (1, 'w1', 9700), (0, 'co', 5432)",
			"GRANT SELECT ON pg_catalog.pg_dist_local_group, pg_catalog.pg_dist_node TO PUBLIC")
		finish(t, c.Close())
	}
	for _, tt := range []struct{ set, want string }{
		{"DELETE FROM pg_dist_local_group", "docex init)"},
		{"INSERT INTO pg_dist_local_group VALUES (0)", "docex init)"}, // the coordinator
		{"UPDATE pg_dist_local_group SET groupid = 1", "connect to the coordinator, co:5432: ERROR"},
		{"DELETE FROM pg_dist_node WHERE groupid = 0", "connect to the coordinator: ERROR"},
	} {
		mustExec(t, admin, tt.set)
		db := w.open(t, 1)
		_, err := db.ExecContext(as("acme"), "SELECT 1")
		_, listErr := listed(t.Context(), db)
		for _, err := range []error{err, listErr} {
			if !errors.Is(err, scope.ErrNotInitialized) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v, want %s", tt.set, err, tt.want)
			}
		}
		finish(t, db.Ping())
	}
}

func hasCitus(t *testing.T, db *sql.DB) (has bool) {
	t.Helper()
	finish(t, db.QueryRow("SELECT to_regclass('pg_catalog.pg_dist_node') IS NOT NULL").Scan(&has))
	return has
}
