package driver_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/scope"
)

// BenchmarkChangingTenant is a point SELECT of another tenant each time, out of a hundred, over one connection: the two
// ways that programs do it by hand, and docex.
func BenchmarkChangingTenant(b *testing.B) {
	w := newCrowd(b)
	w.openToLogin(b)
	fmt.Printf("postgresql: %d\n", pgtest.Server(b).Version()/10_000) // a configuration line, as in Go's benchmark data format
	compareChanging(b, w.AppDSN)
}

// BenchmarkChangingTenantLatency is BenchmarkChangingTenant with a network between.
func BenchmarkChangingTenantLatency(b *testing.B) {
	const latency = time.Millisecond
	w := newCrowd(b)
	w.openToLogin(b)
	fmt.Printf("postgresql: %d\n", pgtest.Server(b).Version()/10_000) // a configuration line, as in Go's benchmark data format
	compareChanging(b, pgproxy.Start(b, w.AppDSN, latency).DSN)
}

func compareChanging(b *testing.B, dsn string) {
	set, local := plain(b, dsn), plain(b, dsn)
	docex := (&world{DB: &pgtest.DB{AppDSN: dsn}}).open(b, 1, "docex_pin", "session") // a proxy is not proved direct
	pinned := (&world{DB: &pgtest.DB{AppDSN: dsn}}).open(b, 1, "docex_pin", "transaction")
	var contexts [crowdSize]context.Context
	for i := range contexts {
		contexts[i] = as(crowd(i))
	}
	compare(b,
		way{"SET on every checkout", func(b *testing.B, i int) { setOnCheckout(b, set, crowd(i)) }},
		way{"BEGIN, SET LOCAL", func(b *testing.B, i int) { setLocal(b, local, crowd(i)) }},
		way{"docex", func(b *testing.B, i int) { point(b, contexts[i%crowdSize], docex) }},
		way{"docex, transactions pinned", func(b *testing.B, i int) { point(b, contexts[i%crowdSize], pinned) }},
	)
}

func setOnCheckout(b *testing.B, db *sql.DB, tenant string) {
	ctx := context.Background()
	c, err := db.Conn(ctx)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := c.ExecContext(ctx, "SET"+pathTo(tenant)); err != nil {
		b.Fatal(err)
	}
	point(b, ctx, c)
	if err := c.Close(); err != nil {
		b.Fatal(err)
	}
}

func setLocal(b *testing.B, db *sql.DB, tenant string) {
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := tx.Exec("SET LOCAL" + pathTo(tenant)); err != nil {
		b.Fatal(err)
	}
	point(b, context.Background(), tx)
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

func pathTo(tenant string) string {
	return fmt.Sprintf(" search_path = %s%s, pg_temp", scope.SchemaPrefix, tenant)
}
