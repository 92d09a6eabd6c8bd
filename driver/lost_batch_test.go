package driver_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A batch whose answer is lost is not one to repeat, whatever a callback made of the error.
func TestLostBatch(t *testing.T) {
	pgtest.SkipOnCitus(t, "a batch has a transaction of its own there")
	w := newFaultWorld(t)
	p := pgproxy.Start(t, w.AppDSN, 0)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.openConnector(t, 1, w.connectorTo(t, p.DSN, append(mode, "docex_pin", "session")...))
		var name string
		b := &pgx.Batch{}
		b.Queue(insertName+" RETURNING name", "new-lost").QueryRow(func(row pgx.Row) error {
			if err := row.Scan(&name); err != nil {
				return fmt.Errorf("the callback: %w", err)
			}
			return nil
		})
		c := checkout(t, db)
		defer c.Close()
		finish(t, driver.SendBatch(as("acme"), c, b)) // from now on it is described
		mustExec(t, w.admin, "DELETE FROM tenant_acme.docbasket WHERE name = 'new-lost'")
		p.CutAnswer("new-lost")
		if err := driver.SendBatch(as("acme"), c, b); err == nil || pgconn.SafeToRetry(err) {
			t.Errorf("got %v, which may be repeated: %t", err, pgconn.SafeToRetry(err))
		}
		if rows := w.baskets(t, "acme", "new-lost"); rows != 1 {
			t.Errorf("%d rows, want 1: the answer was not lost", rows)
		}
	})
}

// In mode exec pgx writes a batch past its own frontend. One that is not sent, because the context is over before that,
// has not happened for certain.
func TestUnsentBatch(t *testing.T) {
	w := newWorld(t)
	c := checkout(t, w.open(t, 1, "default_query_exec_mode", "exec"))
	defer c.Close()
	wantSeen(t, c, "acme")
	ctx, cancel := context.WithCancel(as("acme"))
	b := &pgx.Batch{}
	b.Queue(insertName, meanwhile{cancel})
	if err := driver.SendBatch(ctx, c, b); err == nil || errors.Is(err, driver.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
	if rows := w.baskets(t, "acme", "new-refused"); rows != 0 {
		t.Errorf("%d rows", rows)
	}
}
