package driver_test

import (
	"context"
	"testing"
	"time"

	"github.com/docex/docex/driver"
)

// BenchmarkBind is what driver.Bind costs a program that binds for each request: a point SELECT through a bound handle
// that is opened for it and closed again, beside the same with a context; and such a handle that nothing is asked of.
func BenchmarkBind(b *testing.B) {
	w := newWorld(b)
	db, ctx, user := w.open(b, 1), as("acme"), userOf("acme")
	point(b, ctx, db)
	b.Run("query", func(b *testing.B) {
		given, bound := inTurns(b,
			func(int) time.Duration { return timed(func() { point(b, ctx, db) }) },
			func(int) time.Duration {
				return timed(func() {
					bound := driver.Bind(db, user)
					point(b, context.Background(), bound)
					closeDB(b, bound)
				})
			})
		b.ReportMetric(micros(given), "µs/context")
		b.ReportMetric(micros(bound), "µs/bound")
		b.ReportMetric(micros(bound-given), "µs/Bind")
	})
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			closeDB(b, driver.Bind(db, user))
		}
	})
}
