package driver_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
)

// typedDDL makes types of every kind that belong to a schema. The server gives them other numbers in each.
const typedDDL = `
	CREATE TYPE %[1]q.mood AS ENUM ('glad', 'sad');
	CREATE TYPE %[1]q.address AS (street text, city text);
	CREATE DOMAIN %[1]q.short AS text CHECK (length(VALUE) < 10);
	CREATE TABLE %[1]q.typed (id int PRIMARY KEY, m %[1]q.mood, ms %[1]q.mood[], a %[1]q.address, s %[1]q.short, ss %[1]q.short[]);
	INSERT INTO %[1]q.typed VALUES (1, 'glad', '{glad,sad}', '(%[2]s,x)', '%[2]s', '{%[2]s}');
	GRANT SELECT, INSERT, UPDATE, DELETE ON %[1]q.typed TO %[3]q;`

func typedWorld(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	for _, tenant := range tenants {
		var role string
		if err := w.admin.QueryRow("SELECT role_name FROM docex_system.tenant WHERE id = $1", tenant).Scan(&role); err != nil {
			t.Fatal(err)
		}
		mustExec(t, w.admin, fmt.Sprintf(typedDDL, "tenant_"+tenant, tenant, role))
	}
	return w
}

// Tenants of the same DDL take turns on one connection with statements whose parameters and columns have types of their
// own. With pgx's own caches the second tenant gets 42804, or "cached plan must not change result type".
func TestTypesOfTheTenant(t *testing.T) {
	w := typedWorld(t)
	use := func(t *testing.T, params ...string) {
		db := w.open(t, 1, params...)
		for round := range 3 {
			for _, tenant := range tenants {
				useTypes(t, db, tenant, round)
			}
		}
		wantClean(t, db)
	}
	eachMode(t, use)
	t.Run("cache_describe without prepared statements", func(t *testing.T) {
		use(t, "default_query_exec_mode", "cache_describe", "statement_cache_capacity", "0")
	})
}

func useTypes(t *testing.T, db *sql.DB, tenant string, round int) {
	t.Helper()
	ctx, id := as(tenant), 10+round
	if _, err := db.ExecContext(ctx, "DELETE FROM typed WHERE id = $1", id); err != nil {
		t.Fatal(err)
	}
	_, err := db.ExecContext(ctx, "INSERT INTO typed (id, m, ms, s, ss) VALUES ($1, $2, $3, $4, $5)",
		id, "sad", "{sad}", "s"+tenant, "{"+tenant+"}")
	if err != nil {
		t.Fatalf("%s: %v", tenant, err)
	}
	var m, ms, s, ss string
	err = db.QueryRowContext(ctx, "SELECT m, ms, s, ss FROM typed WHERE m = $1 AND id = $2 AND s = $3", "sad", id, "s"+tenant).
		Scan(&m, &ms, &s, &ss)
	if err != nil || m != "sad" || ms != "{sad}" || s != "s"+tenant || ss != "{"+tenant+"}" {
		t.Fatalf("%s: %q %q %q %q, %v", tenant, m, ms, s, ss, err)
	}
	var a string
	if err := db.QueryRowContext(ctx, "SELECT a FROM typed WHERE id = $1", 1).Scan(&a); err != nil || a != "("+tenant+",x)" {
		t.Fatalf("%s: composite %q, %v", tenant, a, err)
	}
	stmt, err := db.PrepareContext(ctx, "SELECT s FROM typed WHERE m = $1 ORDER BY id LIMIT 1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { finish(t, stmt.Close()) }) // held while the others take their turns
	if err := stmt.QueryRowContext(ctx, "glad").Scan(&s); err != nil || s != tenant {
		t.Fatalf("%s: prepared: %q, %v", tenant, s, err)
	}
}

// Behind a pooler the mode cache_describe is the one that would mix types up.
func TestTypesBehindAPooler(t *testing.T) {
	w := typedWorld(t)
	behind := w.Pooler(t, "transaction", 1)
	for _, mode := range []string{"exec", "simple_protocol", "cache_describe"} {
		db := w.openConnector(t, 1, w.connectorTo(t, behind, "default_query_exec_mode", mode))
		for range 2 {
			for _, tenant := range tenants {
				var s string
				err := db.QueryRowContext(as(tenant), "SELECT s FROM typed WHERE m = $1 ORDER BY id LIMIT 1", "glad").Scan(&s)
				if err != nil || s != tenant {
					t.Errorf("%s: %s: %q, %v", mode, tenant, s, err)
				}
			}
		}
	}
}

// A function of the tenant's own, which is trusted, can drop every prepared statement of the session.
func TestDeallocatedStatements(t *testing.T) {
	w := newWorld(t)
	mustExec(t, w.admin, `CREATE FUNCTION tenant_acme.drop_all() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$;
		GRANT EXECUTE ON FUNCTION tenant_acme.drop_all() TO PUBLIC`)
	db := w.open(t, 1)
	wantClean(t, db)
	wantClean(t, db)
	execAll(t, db, as("acme"), "SELECT tenant_acme.drop_all()")
	wantClean(t, db)
}

// The cache gives up what it has used least, and the server forgets it, too.
func TestStatementCacheIsBounded(t *testing.T) {
	w := newWorld(t)
	db := w.unguarded(t, 1, "statement_cache_capacity", "5")
	for i := range 20 {
		var n int
		if err := db.QueryRowContext(as(tenants[i%3]), fmt.Sprintf("SELECT %d + $1::int", i), 1).Scan(&n); err != nil || n != i+1 {
			t.Fatalf("%d, %v", n, err)
		}
	}
	var n int
	err := db.QueryRowContext(as("acme"), "SELECT count(*) FROM pg_prepared_statements WHERE name NOT LIKE 'docex_%_pin%'", pgx.QueryExecModeExec).Scan(&n)
	if err != nil || n > 6 {
		t.Errorf("%d prepared statements, %v", n, err)
	}
}

// Tables that differ between tenants, as in the middle of an offline change, cost an error at most once.
func TestTablesThatDiffer(t *testing.T) {
	w := newOwnWorld(t)
	mustExec(t, w.admin, "ALTER TABLE tenant_acme.docbasket ALTER COLUMN description TYPE varchar(100), ADD COLUMN more int")
	for _, mode := range modes {
		db := w.open(t, 1, "default_query_exec_mode", mode)
		failed := 0
		for i := range 8 {
			rows, err := db.QueryContext(as(tenants[i%2]), "SELECT * FROM docbasket WHERE id = $1", 1)
			if err != nil {
				failed++
				continue
			}
			if !rows.Next() {
				t.Errorf("%s: no row: %v", mode, rows.Err())
			}
			finish(t, rows.Close())
		}
		if failed > 1 {
			t.Errorf("%s: %d errors", mode, failed)
		}
	}
}

// Batches of tenants take turns on one connection with types of their own, too; however many texts there are for how
// small a cache.
func TestTypesInBatches(t *testing.T) {
	w := typedWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		takeTurns(t, w.open(t, 1, mode...), 1)
		takeTurns(t, w.open(t, 1, append(mode, "statement_cache_capacity", "4", "description_cache_capacity", "4")...), 3)
	})
	behind := w.Pooler(t, "transaction", 1)
	for _, mode := range []string{"exec", "simple_protocol", "cache_describe"} {
		t.Run(mode+" behind a pooler", func(t *testing.T) {
			takeTurns(t, w.openConnector(t, 1, w.connectorTo(t, behind, "default_query_exec_mode", mode)), 2)
		})
	}
}

// takeTurns sends batches of so many texts, each twice.
func takeTurns(t *testing.T, db *sql.DB, texts int) {
	t.Helper()
	for range 3 {
		for _, tenant := range tenants {
			c := checkout(t, db)
			b := &pgx.Batch{}
			for i := range 2 * texts {
				text := fmt.Sprintf("SELECT m, s FROM typed WHERE m = $1 ORDER BY id LIMIT 1 -- %d", i/2)
				b.Queue(text, "glad").QueryRow(func(row pgx.Row) error {
					var m, s string
					if err := row.Scan(&m, &s); err != nil || m != "glad" || s != tenant {
						t.Errorf("%s: %q %q, %v", tenant, m, s, err)
					}
					return nil
				})
			}
			finish(t, driver.SendBatch(as(tenant), c, b))
			finish(t, c.Close())
		}
	}
}
