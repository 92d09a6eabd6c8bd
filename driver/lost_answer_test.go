package driver_test

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"testing"

	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
)

// When the server has run a statement and the connection ends before the answer is complete, nobody may run it again:
// neither database/sql, which does so at driver.ErrBadConn, nor a program that takes this error for "not sent". pgx
// 5.12.0 returns it for a simple Query.
func TestLostAnswer(t *testing.T) {
	w := newFaultWorld(t)
	writes := map[string]func(ctx context.Context, db *sql.DB) error{
		"exec": func(ctx context.Context, db *sql.DB) error {
			return execText(insertName, "new-lost")(ctx, db)
		},
		"exec without arguments": func(ctx context.Context, db *sql.DB) error {
			return execText("INSERT INTO docbasket (name) VALUES ('new-lost')")(ctx, db)
		},
		"query": func(ctx context.Context, db *sql.DB) error {
			return scan(insertName+" RETURNING name", "new-lost")(ctx, db)
		},
		"exec on a Conn": func(ctx context.Context, db *sql.DB) error { // which does not try again by itself
			c, err := db.Conn(ctx)
			if err != nil {
				return err
			}
			defer c.Close()
			return execText("INSERT INTO docbasket (name) VALUES ('new-lost')")(ctx, c)
		},
	}
	eachMode(t, func(t *testing.T, mode ...string) {
		p := pgproxy.Start(t, w.AppDSN, 0)
		db := (&world{DB: &pgtest.DB{AppDSN: p.DSN}}).open(t, 1, append(mode, "docex_pin", "session")...)
		for name, run := range writes {
			t.Run(name, func(t *testing.T) {
				write := func() error { return run(as("acme"), db) }
				// The server sends the answer to a request when all of it is done: lose all or the end of it.
				for _, keep := range []func(total int) int{
					func(int) int { return 0 },
					func(total int) int { return total - 1 },
				} {
					var whole pgproxy.Exchange
					for range 3 { // until it is prepared, and pgx has pinged
						var err error
						whole, err = p.Record(write)
						finish(t, err)
					}
					n := keep(whole.Bytes(pgproxy.ToClient))
					if n == 0 && whole.RoundTrips > 1 {
						continue // the first answer is a description
					}
					mustExec(t, w.admin, "DELETE FROM tenant_acme.docbasket WHERE name = 'new-lost'")
					disarm := p.CutAfter(pgproxy.ToClient, n)
					err := write()
					if !disarm() {
						t.Error("not cut")
					}
					if errors.Is(err, sqldriver.ErrBadConn) {
						t.Errorf("got %v, which says that nothing was sent", err)
					}
					if rows := w.baskets(t, "acme", "new-lost"); rows != 1 {
						t.Errorf("%d rows, want 1; the error is %v", rows, err)
					}
				}
			})
		}
		wantClean(t, db)
	})
}
