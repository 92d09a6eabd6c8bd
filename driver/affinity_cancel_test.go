package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
)

// A context ends at each message of each operation, whose checkout has to trade for its tenant's session: nothing is
// written for another tenant or twice, what was reported as written is there, and both tenants go on.
func TestCancelWhereSessionsChangeHands(t *testing.T) {
	t.Parallel()
	w, l := newFaultWorld(t), &ledger{}
	for _, op := range cutOperations {
		t.Run(op.name, func(t *testing.T) {
			p := pgproxy.Start(t, w.AppDSN, 0)
			behind := &world{DB: &pgtest.DB{AppDSN: p.DSN}}
			connector := behind.connector(t, testConfig, "docex_pin", "session")
			c := &canceller{T: t, op: op, db: behind.openConnector(t, 2, connector), ledger: l}
			var whole pgproxy.Exchange
			for range 2 { // the first prepares
				c.attempt(func(f func() error, _ context.CancelFunc) (err error) {
					whole, err = p.Record(f)
					return err
				})
			}
			for _, way := range []pgproxy.Direction{pgproxy.ToServer, pgproxy.ToClient} {
				at := 0
				for _, m := range whole.Messages[way] {
					at += m.Len
					c.attempt(func(f func() error, cancel context.CancelFunc) error {
						defer p.At(way, at, cancel)()
						return f()
					})
				}
			}
			if s := connector.Stats(); s.Swapped == 0 || c.ended == 0 {
				t.Errorf("%d contexts have ended early, %+v", c.ended, s)
			}
		})
	}
	l.wantKept(t, w)
}

// canceller runs an operation again and again, with another end of its context.
type canceller struct {
	*testing.T
	op     cutOperation
	db     *sql.DB // of two connections
	ledger *ledger
	ended  int // operations that a context has ended
}

// attempt runs the operation once, where the connection that the pool hands out first has the other tenant's session.
func (c *canceller) attempt(run func(f func() error, cancel context.CancelFunc) error) {
	c.Helper()
	settleBoth(c.T, c.db)
	ctx, cancel := context.WithCancel(as(cutTenant))
	defer cancel()
	a := &attempt{T: c.T, db: c.db, ctx: ctx, row: c.ledger.newName()}
	a.cut = func(f func() error) { a.err = run(f, cancel) }
	a.other()
	c.op.run(a)
	if errors.Is(a.err, context.Canceled) {
		c.ended++
	}
	known := write{tenant: cutTenant, outcome: doubtful, detail: fmt.Sprintf("%s, %v", c.Name(), a.err)}
	switch {
	case c.op.dies:
		known.outcome = undone
	case a.err == nil:
		known.outcome = committed
	}
	c.ledger.note(a.row, known)
}

// settleBoth has two connections open, one with the session of each tenant.
func settleBoth(t *testing.T, db *sql.DB) {
	t.Helper()
	var conns []*sql.Conn
	for _, tenant := range []string{cutTenant, cutOther} {
		conn, err := db.Conn(as(tenant))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
	}
	for i, tenant := range []string{cutTenant, cutOther} {
		if got, err := seen(as(tenant), conns[i]); err != nil || got != tenant {
			t.Fatalf("%s saw the data of %q, %v", tenant, got, err)
		}
	}
}
