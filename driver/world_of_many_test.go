package driver_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/docex/docex/provision"
)

// many is the id of one of the tenants of createMany.
func many(i int) string { return fmt.Sprintf("t%05d", i) }

// createMany creates n tenants, two at a time.
func createMany(tb testing.TB, p *provision.Provisioner, n int) {
	tb.Helper()
	var wg sync.WaitGroup
	for first := range 2 {
		wg.Go(func() {
			for i := first; i < n; i += 2 {
				if _, err := p.Create(context.Background(), provision.Tenant{ID: many(i)}); err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if tb.Failed() {
		tb.FailNow()
	}
}
