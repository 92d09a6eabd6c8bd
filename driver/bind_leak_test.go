package driver_test

import (
	"context"
	"database/sql"
	"runtime"
	"testing"
	"time"

	"github.com/docex/docex/driver"
)

// A program may bind for each request, and close its rows after the bound handle or not read them to the end: no
// connection and no goroutine is lost, and the handle that was bound works on.
func TestBindLeavesNothing(t *testing.T) {
	const binds, limit = 1000, 4
	db := newWorld(t).open(t, limit)
	wantClean(t, db)
	goroutines := runtime.NumGoroutine()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // for a connection, should one be lost
	var late []*sql.Rows                                                  // of bound handles that are closed
	closeLate := func() {
		for _, rows := range late {
			if !rows.Next() {
				t.Errorf("the rows ended with their handle: %v", rows.Err())
			}
			finish(t, rows.Close())
		}
		late = nil
	}
	for i := range binds {
		tenant := tenants[i%len(tenants)]
		bound := driver.Bind(db, userOf(tenant))
		var got string
		if err := bound.QueryRowContext(ctx, "SELECT name FROM docbasket").Scan(&got); err != nil || got != tenant {
			t.Fatalf("bind %d: as %s saw %q, %v", i, tenant, got, err)
		}
		if i%10 == 0 {
			rows, err := bound.QueryContext(ctx, "SELECT generate_series(1, 10000)")
			if err != nil {
				t.Fatal(err)
			}
			late = append(late, rows)
		}
		finish(t, bound.Close())
		if len(late) == limit { // db has no connection left
			closeLate()
		}
		if n := db.Stats().InUse; n != len(late) {
			t.Fatalf("bind %d: %d connections are in use, want %d", i, n, len(late))
		}
	}
	closeLate()
	cancel()
	wantClean(t, db)
	wantGoroutines(t, goroutines)
}
