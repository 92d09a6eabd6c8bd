package driver_test

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// middleware is a driver between docex and pgx, for tracing or metrics: it forwards everything and hides pgx's types.
type middleware struct{ sqldriver.Connector }

func (m middleware) Connect(ctx context.Context) (sqldriver.Conn, error) {
	c, err := m.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return middleConn{c.(allOfConn)}, nil
}

type middleConn struct{ allOfConn }

// allOfConn is what pgx's connection can.
type allOfConn interface {
	sqldriver.Conn
	sqldriver.ConnBeginTx
	sqldriver.ConnPrepareContext
	sqldriver.ExecerContext
	sqldriver.QueryerContext
	sqldriver.NamedValueChecker
	sqldriver.Pinger
	sqldriver.SessionResetter
}

// wrapped returns guarded handles of one connection over pgx's own connector, with nothing in between and with a
// middleware.
func (w *world) wrapped(t *testing.T, dsn string) map[string]*sql.DB {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	base := stdlib.GetConnector(*config)
	session := driver.Config{Pin: driver.PinSession} // a proxy in between is not proved direct
	return map[string]*sql.DB{
		"pgx":        w.openConnector(t, 1, driver.Wrap(base, session)),
		"middleware": w.openConnector(t, 1, driver.Wrap(middleware{base}, session)),
	}
}

// Triggers see the user of the statement that fired them, also behind a middleware, which does not report transactions:
// what a transaction or a savepoint has set is gone with it.
func TestUserBehindMiddleware(t *testing.T) {
	pgtest.SkipOnCitus(t, "the test looks by a trigger, and it distributes no table with one")
	w := newWorld(t)
	mustExec(t, w.admin, fmt.Sprintf(auditDDL, "tenant_acme"))
	ann := scope.With(context.Background(), scope.UserContext{UserID: "ann", TenantID: "acme"})
	bob := scope.With(context.Background(), scope.UserContext{UserID: "bob", TenantID: "acme"})
	// Each leaves the connection as it may be.
	histories := map[string]func(t *testing.T, c *sql.Conn){
		"Tx rolled back": func(t *testing.T, c *sql.Conn) {
			tx := beginOn(t, c, ann)
			wantUser(t, tx, bob)
			finish(t, tx.Rollback())
		},
		"Tx committed": func(t *testing.T, c *sql.Conn) {
			tx := beginOn(t, c, ann)
			wantUser(t, tx, bob)
			finish(t, tx.Commit())
		},
		"Tx of two users": func(t *testing.T, c *sql.Conn) {
			tx := beginOn(t, c, ann)
			wantUser(t, tx, bob)
			wantUser(t, tx, ann)
			finish(t, tx.Rollback())
		},
		"Tx that failed": func(t *testing.T, c *sql.Conn) {
			tx := beginOn(t, c, ann)
			wantUser(t, tx, bob)
			wantCode(t, tx, bob, "SELECT 1/0", "22012")
			finish(t, tx.Rollback())
		},
		"Tx that failed, and its COMMIT": func(t *testing.T, c *sql.Conn) {
			tx := beginOn(t, c, ann)
			wantUser(t, tx, bob)
			wantCode(t, tx, bob, "SELECT 1/0", "22012")
			if err := tx.Commit(); err == nil {
				t.Error("no error")
			}
		},
		"BEGIN and ROLLBACK": func(t *testing.T, c *sql.Conn) {
			execAll(t, c, ann, "BEGIN")
			wantUser(t, c, bob)
			execAll(t, c, bob, "ROLLBACK")
		},
		"BEGIN and COMMIT": func(t *testing.T, c *sql.Conn) {
			execAll(t, c, ann, "BEGIN")
			wantUser(t, c, bob)
			execAll(t, c, ann, "COMMIT")
		},
		"BEGIN that failed, and COMMIT": func(t *testing.T, c *sql.Conn) {
			execAll(t, c, ann, "BEGIN")
			wantUser(t, c, bob)
			wantCode(t, c, bob, "SELECT 1/0", "22012")
			execAll(t, c, bob, "COMMIT") // which answers ROLLBACK
		},
		"ROLLBACK of nothing": func(t *testing.T, c *sql.Conn) {
			wantUser(t, c, bob)
			execAll(t, c, bob, "ROLLBACK")
		},
		"savepoint": func(t *testing.T, c *sql.Conn) {
			tx := beginOn(t, c, ann)
			execAll(t, tx, ann, "SAVEPOINT s")
			wantUser(t, tx, bob)
			execAll(t, tx, bob, "ROLLBACK TO SAVEPOINT s")
			wantUser(t, tx, bob)
			execAll(t, tx, bob, "ROLLBACK TO SAVEPOINT s")
			wantUser(t, tx, ann)
			execAll(t, tx, ann, "RELEASE SAVEPOINT s")
			wantUser(t, tx, bob)
			finish(t, tx.Commit())
		},
		"savepoint by text": func(t *testing.T, c *sql.Conn) {
			execAll(t, c, ann, "BEGIN", "SAVEPOINT s")
			wantUser(t, c, bob)
			wantCode(t, c, bob, "SELECT 1/0", "22012")
			execAll(t, c, bob, "ROLLBACK TO SAVEPOINT s")
			wantUser(t, c, bob)
			execAll(t, c, ann, "ROLLBACK")
		},
		"BEGIN twice": func(t *testing.T, c *sql.Conn) {
			execAll(t, c, ann, "BEGIN", "BEGIN")
			wantUser(t, c, bob)
			execAll(t, c, ann, "ROLLBACK")
		},
	}
	handles := w.wrapped(t, w.AppDSN)
	handles["docex"] = w.open(t, 1)
	for handle, db := range handles {
		for name, history := range histories {
			for _, first := range []context.Context{ann, bob} {
				t.Run(handle+"/"+name, func(t *testing.T) {
					c := checkout(t, db)
					defer c.Close()
					wantUser(t, c, first)
					history(t, c)
					wantUser(t, c, bob)
					wantUser(t, c, ann)
					finish(t, c.Close())
					wantUser(t, db, bob)
				})
			}
		}
		wantClean(t, db)
	}
}

func beginOn(t *testing.T, c *sql.Conn, ctx context.Context) *sql.Tx {
	t.Helper()
	tx, err := c.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// wantUser fails the test unless a trigger sees the user of ctx.
func wantUser(t *testing.T, q queryer, ctx context.Context) {
	t.Helper()
	uc, err := scope.From(ctx)
	finish(t, err)
	wantNoted(t, ctx, q, "acme/"+uc.UserID, func() error {
		_, err := q.ExecContext(ctx, "INSERT INTO docbasket (name) VALUES ('new-' || gen_random_uuid())")
		return err
	})
}

// A COMMIT whose answer is lost is as uncertain through Wrap: nobody is invited to repeat it. Behind a middleware the
// error may be pgx's own.
func TestCommitAnswerLostThroughWrap(t *testing.T) {
	w := newWorld(t)
	p := pgproxy.Start(t, w.AppDSN, 0)
	for name, db := range w.wrapped(t, p.DSN) {
		for _, way := range append([]commitWay{commitTx, commitText}, commitTexts...) {
			t.Run(name+"/"+way.name, func(t *testing.T) {
				c := &committer{T: t, w: w, way: way, db: db, proxy: p}
				rows, err := c.cut(pgproxy.ToClient, 0)
				switch {
				case rows == 0: // it was a description that was lost
				case name == "pgx":
					wantUnknown(t, err)
				case err == nil || pgconn.SafeToRetry(err) || errors.Is(err, sqldriver.ErrBadConn):
					t.Errorf("got %v", err)
				}
				wantClean(t, db)
			})
		}
	}
}
