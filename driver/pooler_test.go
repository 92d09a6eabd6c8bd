package driver_test

import (
	"context"
	"errors"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/pgtest"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Behind a pooler the next statement may run on another server session: docex notices, and refuses.
func TestPoolerIsRefused(t *testing.T) {
	w := newWorld(t)
	for _, mode := range []string{"transaction", "session"} {
		behind := &world{DB: &pgtest.DB{AppDSN: w.Pooler(t, mode, 2)}}
		db := behind.open(t, 1)
		if err := db.PingContext(context.Background()); !errors.Is(err, driver.ErrPooler) {
			t.Errorf("%s mode: got %v, want %v", mode, err, driver.ErrPooler)
		}
		if _, err := db.ExecContext(as("acme"), "SELECT 1"); !errors.Is(err, driver.ErrPooler) {
			t.Errorf("%s mode: got %v, want %v", mode, err, driver.ErrPooler)
		}
		pc, err := pgx.ParseConfig(behind.AppDSN)
		if err != nil {
			t.Fatal(err)
		}
		db = behind.openConnector(t, 1, driver.Wrap(stdlib.GetConnector(*pc), driver.Config{}))
		if err := db.PingContext(context.Background()); !errors.Is(err, driver.ErrPooler) {
			t.Errorf("%s mode, wrapped: got %v, want %v", mode, err, driver.ErrPooler)
		}
	}
}

// A pooler in session mode keeps a server session for a client: there sessions can be pinned, on request.
func TestPoolerInSessionMode(t *testing.T) {
	w := newWorld(t)
	behind := &world{DB: &pgtest.DB{AppDSN: w.Pooler(t, "session", 2)}}
	db := behind.openConnector(t, 2, behind.connector(t, driver.Config{Pin: driver.PinSession}))
	for range 20 {
		wantClean(t, db)
	}
}
