package driver_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"testing"
)

// What these benchmarks find is compared with the targets by internal/tools/bench.

// rounds makes the benchmarked ways take turns, so that what else the machine does hits all of them.
var rounds = flag.Int("rounds", 1, "how often each benchmark of a comparison runs")

// way is a way to do something, to compare with other ways.
type way struct {
	name string
	do   func(b *testing.B, i int)
}

// compare benchmarks each way, over connections that have seen every tenant.
func compare(b *testing.B, ways ...way) {
	for _, w := range ways {
		for i := range crowdSize {
			w.do(b, i)
		}
	}
	for range *rounds {
		for _, w := range ways {
			b.Run(w.name, func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					w.do(b, i)
				}
			})
		}
	}
}

const pointSelect = "SELECT name FROM docbasket WHERE id = $1"

// BenchmarkSameTenant is a point SELECT over one connection: pgx with a fixed search_path, and docex.
func BenchmarkSameTenant(b *testing.B) {
	w := newWorld(b)
	w.openToLogin(b)
	pgx, docex, ctx := plain(b, w.AppDSN, "search_path", "tenant_acme"), w.open(b, 1), as("acme")
	pinned := w.open(b, 1, "docex_pin", "transaction")
	compare(b,
		way{"pgx", func(b *testing.B, _ int) { point(b, context.Background(), pgx) }},
		way{"docex", func(b *testing.B, _ int) { point(b, ctx, docex) }},
		way{"docex, transactions pinned", func(b *testing.B, _ int) { point(b, ctx, pinned) }},
	)
}

func point(b *testing.B, ctx context.Context, q queryer) {
	var name string
	if err := q.QueryRowContext(ctx, pointSelect, 1).Scan(&name); err != nil {
		b.Fatal(err)
	}
}

// openToLogin gives the program's login what it needs to go without docex: rights on every tenant's schema. To compare
// with a superuser would be to compare with a server that checks no rights.
func (w *world) openToLogin(b *testing.B) {
	mustExec(b, w.admin, fmt.Sprintf(`DO $$ DECLARE s text; BEGIN
		FOR s IN SELECT schema_name FROM docex_system.tenant WHERE schema_name LIKE 'tenant\_%%' LOOP
			EXECUTE format('GRANT USAGE ON SCHEMA %%I TO %[1]q; GRANT SELECT ON ALL TABLES IN SCHEMA %%I TO %[1]q', s, s);
		END LOOP; END $$`, w.AppRole))
}

// plain is pgx without tenancy.
func plain(b *testing.B, dsn string, params ...string) *sql.DB {
	b.Helper()
	db, err := sql.Open("pgx", withParams(b, dsn, params...))
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { closeDB(b, db) })
	return db
}
