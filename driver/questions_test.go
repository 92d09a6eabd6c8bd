package driver_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/jackc/pgx/v5"
)

// What tenants may ask about themselves has the right answers, under the zero policy.
func TestQuestions(t *testing.T) {
	w := newWorld(t)
	db := w.openConnector(t, 2, w.connector(t, driver.Config{}))
	const search = "SELECT to_tsvector(('pg_catalog.' || $1)::regconfig, 'the cats')::text"
	sized := strconv.FormatBool(!pgtest.Citus()) // the rows are on a worker, which this does not ask
	for query, want := range map[string]string{
		"SELECT current_setting('docex.tenant_id')":                   "acme",
		"SHOW docex.user_id":                                          "u-acme",
		"SELECT to_regclass('docbasket') IS NOT NULL":                 "true",
		"SELECT to_regclass('no_such_table') IS NULL":                 "true",
		"SELECT 'docbasket'::regclass::text":                          "docbasket",
		"SELECT pg_relation_size('docbasket') > 0":                    sized,
		"SELECT pg_total_relation_size(to_regclass('docbasket')) > 0": "true",
		"SELECT pg_typeof(name)::text FROM docbasket":                 "text",
		search:                    "'cat':2",
		"SELECT current_schema()": "tenant_acme",
	} {
		var got string
		var args []any
		if query == search {
			args = append(args, "english")
		}
		if err := db.QueryRowContext(as("acme"), query, args...).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", query, got, err, want)
		}
	}
	wantClean(t, db)
}

// A tenant makes timeouts shorter for a transaction, and not longer than the administrator has set them.
func TestTimeoutsAreLowered(t *testing.T) {
	w := newOwnWorld(t)
	mustExec(t, w.admin, fmt.Sprintf("ALTER ROLE %q SET statement_timeout = '30s'", w.AppRole))
	ways := map[string]*sql.DB{
		"direct":           w.openConnector(t, 1, w.connector(t, driver.Config{})),
		"transactions":     w.openConnector(t, 1, w.connector(t, driver.Config{Pin: driver.PinTransaction})),
		"behind PgBouncer": w.openConnector(t, 1, w.connectorTo(t, w.Pooler(t, "transaction", 2))),
	}
	for name, db := range ways {
		t.Run(name, func(t *testing.T) {
			for _, tenant := range []string{"acme", "globex"} {
				tx, err := db.BeginTx(as(tenant), nil)
				if err != nil {
					t.Fatal(err)
				}
				exec := func(query string) error {
					_, err := tx.ExecContext(as(tenant), query)
					return err
				}
				if err := exec("SET LOCAL statement_timeout = '5s'"); err != nil {
					t.Fatal(err)
				}
				if name == "direct" { // otherwise the pin is a query in front
					if err := exec("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"); err != nil {
						t.Error(err) // no snapshot was taken
					}
				}
				if err := exec("SET LOCAL lock_timeout = 0"); err != nil { // as it is
					t.Error(err)
				}
				for _, longer := range []string{"31s", "0"} {
					var d *guard.Denial
					err := exec("SET LOCAL statement_timeout = '" + longer + "'")
					if !errors.As(err, &d) || d.Rule != guard.RuleSetting || d.Object != "statement_timeout" {
						t.Errorf("%s: %v, want it refused", longer, err)
					}
				}
				var now string
				if err := tx.QueryRowContext(as(tenant), "SHOW statement_timeout").Scan(&now); err != nil || now != "5s" {
					t.Errorf("%q, %v", now, err)
				}
				if err := tx.Commit(); err != nil {
					t.Error(err)
				}
				if err := db.QueryRowContext(as(tenant), "SHOW statement_timeout").Scan(&now); err != nil || now != "30s" {
					t.Errorf("afterwards %q, %v", now, err)
				}
			}
		})
	}
}

// What a function of one tenant's has set counts for no other tenant.
func TestTimeoutsThatAFunctionHasSet(t *testing.T) {
	w := newOwnWorld(t)
	mustExec(t, w.admin, fmt.Sprintf("ALTER ROLE %q SET statement_timeout = '30s'", w.AppRole))
	mustExec(t, w.admin, `CREATE FUNCTION tenant_acme.endless() RETURNS text LANGUAGE sql AS
		$$ SELECT set_config('statement_timeout', '0', true) $$;
		GRANT EXECUTE ON FUNCTION tenant_acme.endless() TO PUBLIC`)
	for _, pin := range []driver.PinMode{driver.PinAuto, driver.PinTransaction} {
		db := w.openConnector(t, 1, w.connector(t, driver.Config{Pin: pin}))
		for _, tenant := range tenants[:2] {
			tx := beginAs(t, db, tenant)
			if tenant == "acme" {
				execAll(t, tx, as("acme"), "SELECT tenant_acme.endless()")
			}
			_, err := tx.ExecContext(as(tenant), "SET LOCAL statement_timeout = 0")
			if errors.Is(err, guard.ErrDenied) != (tenant != "acme") {
				t.Errorf("%s with pin %v: %v", tenant, pin, err)
			}
			if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
		}
	}
}

// A batch cannot do what its statements may not.
func TestTimeoutsInABatch(t *testing.T) {
	w := newOwnWorld(t)
	mustExec(t, w.admin, fmt.Sprintf("ALTER ROLE %q SET statement_timeout = '30s'", w.AppRole))
	db := w.openConnector(t, 1, w.connector(t, driver.Config{}))
	mustExec(t, w.admin, `CREATE FUNCTION tenant_globex.endless() RETURNS text LANGUAGE sql AS
		$$ SELECT set_config('statement_timeout', '0', false) $$;
		GRANT EXECUTE ON FUNCTION tenant_globex.endless() TO PUBLIC`)
	execAll(t, db, as("globex"), "SELECT tenant_globex.endless()") // which no pin has cleared when acme's batch is judged
	conn, err := db.Conn(as("acme"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for value, refused := range map[string]bool{"20s": false, "1h": true} {
		b := &pgx.Batch{}
		b.Queue("SET LOCAL statement_timeout = '" + value + "'")
		err := driver.SendBatch(as("acme"), conn, b)
		if errors.Is(err, guard.ErrDenied) != refused {
			t.Errorf("%s: %v", value, err)
		}
	}
}
