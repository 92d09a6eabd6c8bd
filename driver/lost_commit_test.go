package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A COMMIT that the server has done and whose answer is lost is one of unknown outcome. A program that takes the error for
// "not sent" or "refused" would do it again. Behind a pooler either of the two connections can be lost, and the pooler then
// tells of the second one in the words of a server.
func TestLostCommit(t *testing.T) {
	w := newFaultWorld(t)
	front := pgproxy.Start(t, w.AppDSN, 0)
	behind := &pgtest.DB{Name: w.Name, AppDSN: front.DSN, AppRole: w.AppRole}
	pooled := pgproxy.Start(t, w.Pooler(t, "transaction", 1), 0)
	for name, way := range map[string]struct {
		proxy *pgproxy.Proxy
		db    *sql.DB
	}{
		"direct":             {front, w.openConnector(t, 1, w.connectorTo(t, front.DSN, "docex_pin", "session"))},
		"to the pooler":      {pooled, w.openConnector(t, 1, w.connectorTo(t, pooled.DSN))},
		"behind the pooler":  {front, w.openConnector(t, 1, w.connectorTo(t, behind.Pooler(t, "transaction", 1)))},
		"pinned transaction": {front, w.openConnector(t, 1, w.connectorTo(t, front.DSN, "docex_pin", "transaction"))},
	} {
		mode, _ := pinning(t, way.db)
		for _, commit := range commits {
			if commit.pinned && mode != "transaction" {
				continue
			}
			t.Run(name+"/"+commit.name, func(t *testing.T) {
				mustExec(t, w.admin, "DELETE FROM tenant_acme.docbasket WHERE name = 'new-lost'")
				c := checkout(t, way.db)
				defer c.Close()
				err := commit.run(as("acme"), c, func() { way.proxy.CutAnswer(commit.text) })
				if !errors.Is(err, driver.ErrOutcomeUnknown) || pgconn.SafeToRetry(err) {
					t.Errorf("got %v, want %v", err, driver.ErrOutcomeUnknown)
				}
				if rows := w.baskets(t, "acme", "new-lost"); rows != 1 {
					t.Errorf("%d rows, want 1: the answer was not lost", rows)
				}
			})
		}
		wantClean(t, way.db)
	}
}

// commits are ways to write the row new-lost and to commit it. cut must be called before COMMIT is sent.
var commits = []struct {
	name   string
	text   string // that the proxy sees of the COMMIT
	pinned bool   // there is a COMMIT only where transactions are pinned
	run    func(ctx context.Context, c *sql.Conn, cut func()) error
}{
	{name: "Tx", text: "commit", run: func(ctx context.Context, c *sql.Conn, cut func()) error {
		tx, err := c.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, insertName, "new-lost"); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		cut()
		return tx.Commit()
	}},
	{name: "text", text: "COMMIT", run: func(ctx context.Context, c *sql.Conn, cut func()) error {
		if _, err := c.ExecContext(ctx, "BEGIN"); err != nil {
			return err
		}
		if _, err := c.ExecContext(ctx, insertName, "new-lost"); err != nil {
			return err
		}
		cut()
		_, err := c.ExecContext(ctx, "COMMIT")
		return err
	}},
	{name: "batch", text: "commit", pinned: true, run: func(ctx context.Context, c *sql.Conn, cut func()) error {
		b := &pgx.Batch{}
		b.Queue(insertName, "new-lost")
		cut()
		return driver.SendBatch(ctx, c, b)
	}},
	{name: "batch with a callback's error", text: "commit", pinned: true, run: func(ctx context.Context, c *sql.Conn, cut func()) error {
		b := &pgx.Batch{}
		b.Queue(insertName, "new-lost").Exec(func(pgconn.CommandTag) error { return errors.New("the callback's") })
		cut()
		return driver.SendBatch(ctx, c, b)
	}},
}
