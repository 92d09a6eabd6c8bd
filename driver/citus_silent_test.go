package driver_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
)

// The workers fall silent. A statement returns with its deadline, and its connection is not used again. A COMMIT that
// the worker has not confirmed is in doubt. When the workers answer, so do their tenants.
func TestCitusSilentWorkers(t *testing.T) {
	if !pgtest.Citus() {
		t.Skip("no Citus")
	}
	w := newWorld(t)
	const update = "UPDATE docbasket SET name = name"
	for _, way := range []string{"statement", "batch", "commit"} {
		t.Run(way, func(t *testing.T) {
			db := w.unguarded(t, 1)
			pid := pidOf(t, db, "acme")
			c := checkout(t, db)
			ctx, cancel := context.WithCancel(as("acme"))
			defer cancel()
			commit := func() error { return nil }
			if way == "commit" {
				tx := beginOn(t, c, ctx)
				execAll(t, tx, ctx, update)
				commit = tx.Commit
			}
			var resumes []func()
			for i := range pgtest.Workers(t) { // acme is on one of them
				resumes = append(resumes, w.SilenceWorker(t, i))
			}
			limited, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			err := map[string]func() error{
				"statement": func() error { return execText(update)(limited, c) },
				"batch":     func() error { return driver.SendBatch(limited, c, texts(update)) },
				"commit":    commit,
			}[way]()
			for _, resume := range resumes {
				resume()
			}
			if way == "commit" {
				wantUnknown(t, err)
			} else if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the deadline's end", err)
			}
			_ = c.Close() // which the pool may have given up
			if now := pidOf(t, db, "acme"); way != "commit" && now == pid {
				t.Error("the connection is used again")
			}
			wantClean(t, db)
		})
	}
}
