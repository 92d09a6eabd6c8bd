package driver_test

import (
	"context"
	"database/sql"
	"sync/atomic"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// A batch is sent in as many writes as pgx needs for it without tenancy, the first of a tenant's as its first, with the
// pin on board. In exec mode pgx writes past docex's filter, and the pin is a round trip of its own at the first
// statement of a checkout.
func TestBatchRoundTrips(t *testing.T) {
	pgtest.SkipOnCitus(t, "a batch has a transaction of its own there")
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		var writes atomic.Int64
		dsn := slowProxy(t, w.AppDSN, func(sent []byte) []byte {
			writes.Add(1)
			return sent
		})
		behind := &world{DB: &pgtest.DB{AppDSN: dsn}}
		plain, err := sql.Open("pgx", withParams(t, dsn, mode...))
		if err != nil {
			t.Fatal(err)
		}
		defer closeDB(t, plain)
		b := func() *pgx.Batch { return texts("SELECT 1", "SELECT 2", "SELECT 3") }
		base := checkout(t, plain)
		count := func(send func() error) int64 {
			before := writes.Load()
			finish(t, send())
			return writes.Load() - before
		}
		sendBase := func() error {
			return base.Raw(func(dc any) error {
				return dc.(*stdlib.Conn).Conn().SendBatch(context.Background(), b()).Close()
			})
		}
		want := []int64{count(sendBase), count(sendBase)} // the second time from pgx's caches
		finish(t, base.Close())

		db := behind.open(t, 1, append(mode, "docex_pin", "session")...)
		finish(t, db.Ping())
		meet(t, db)
		var got []int64
		for _, tenant := range []string{"acme", "globex"} {
			c := checkout(t, db)
			got = append(got, count(func() error { return driver.SendBatch(as(tenant), c, b()) }))
			got = append(got, count(func() error { return driver.SendBatch(as(tenant), c, b()) }))
			finish(t, c.Close())
		}
		var pin int64
		if mode[1] == "exec" {
			pin = 1
		}
		for i, w := range []int64{want[0] + pin, want[1], want[0] + pin, want[1]} {
			if got[i] != w {
				t.Errorf("batch %d: %d writes, want %d", i, got[i], w)
			}
		}
		t.Log("pgx", want, "docex", got)
	})
}
