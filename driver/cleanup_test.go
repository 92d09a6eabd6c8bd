package driver_test

import (
	"context"
	"errors"
	"testing"
)

// CleanupDone's channel is closed at once for a connection that works, and for one whose statement was cancelled when
// the server has let go of it.
func TestCleanupDone(t *testing.T) {
	w := newWorld(t)
	db := w.open(t, 1)
	wantSeen(t, db, "globex") // the login is known, so the pin is short enough for pg_stat_activity to show what follows
	c := checkout(t, db)
	done := func() {
		t.Helper()
		finish(t, c.Raw(func(dc any) error {
			<-dc.(interface{ CleanupDone() <-chan struct{} }).CleanupDone()
			return nil
		}))
	}
	done()
	ctx, cancel := context.WithCancel(as("acme"))
	go func() {
		defer cancel()
		if err := w.waitForSlow(ctx); err != nil {
			t.Error(err)
		}
	}()
	if _, err := c.ExecContext(ctx, slow); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	done()
	var left int
	if err := w.admin.QueryRow("SELECT count(*) "+slowOnes, slow).Scan(&left); err != nil || left > 0 {
		t.Errorf("%d processes still work on it: %v", left, err)
	}
	_ = c.Close() // the pool has closed it
}
