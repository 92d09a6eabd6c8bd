package driver_test

import (
	"bytes"
	"context"
	"database/sql"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// keeper is a tracer that keeps what it is given beyond the call.
type keeper struct {
	conn  *pgx.Conn
	texts []string
}

func (k *keeper) TraceQueryStart(ctx context.Context, c *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	k.conn, k.texts = c, append(k.texts, d.SQL)
	return ctx
}

func (k *keeper) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// keepers are the hooks that get a connection.
var keepers = map[string]func(cfg *driver.Config, k *keeper){
	"AfterConnect": func(cfg *driver.Config, k *keeper) {
		cfg.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
			k.conn = c
			return nil
		}
	},
	"tracer": func(*driver.Config, *keeper) {},
}

// keptUses are what can be done with a kept connection. known is a text that was run on it before, and may be prepared.
var keptUses = map[string]func(ctx context.Context, c *pgx.Conn, known string) error{
	"Exec": func(ctx context.Context, c *pgx.Conn, _ string) error {
		_, err := c.Exec(ctx, "INSERT INTO docbasket (name) VALUES ('kept')")
		return err
	},
	"Exec of a known text": func(ctx context.Context, c *pgx.Conn, known string) error {
		_, err := c.Exec(ctx, known, "kept")
		return err
	},
	"Query": func(ctx context.Context, c *pgx.Conn, _ string) error {
		rows, err := c.Query(ctx, "SELECT name FROM docbasket WHERE name <> $1", "kept")
		if err == nil {
			rows.Close()
			err = rows.Err()
		}
		return err
	},
	"Begin": func(ctx context.Context, c *pgx.Conn, _ string) error {
		_, err := c.Begin(ctx)
		return err
	},
	"Ping": func(ctx context.Context, c *pgx.Conn, _ string) error { return c.Ping(ctx) },
	"Prepare": func(ctx context.Context, c *pgx.Conn, _ string) error {
		_, err := c.Prepare(ctx, "kept", "SELECT name FROM docbasket")
		return err
	},
	"SendBatch": func(ctx context.Context, c *pgx.Conn, known string) error {
		b := &pgx.Batch{}
		b.Queue(known, "kept")
		return c.SendBatch(ctx, b).Close()
	},
	"CopyFrom": func(ctx context.Context, c *pgx.Conn, _ string) error {
		_, err := c.CopyFrom(ctx, pgx.Identifier{"docbasket"}, []string{"name"}, pgx.CopyFromRows([][]any{{"kept"}}))
		return err
	},
	"LoadType": func(ctx context.Context, c *pgx.Conn, _ string) error {
		_, err := c.LoadType(ctx, "text")
		return err
	},
	"pgconn, Exec": func(ctx context.Context, c *pgx.Conn, _ string) error {
		_, err := c.PgConn().Exec(ctx, "INSERT INTO docbasket (name) VALUES ('kept')").ReadAll()
		return err
	},
	"pgconn, ExecParams": func(ctx context.Context, c *pgx.Conn, known string) error {
		return c.PgConn().ExecParams(ctx, known, [][]byte{[]byte("kept")}, nil, nil, nil).Read().Err
	},
	"pgconn, ExecBatch": func(ctx context.Context, c *pgx.Conn, known string) error {
		b := &pgconn.Batch{}
		b.ExecParams(known, [][]byte{[]byte("kept")}, nil, nil, nil)
		return c.PgConn().ExecBatch(ctx, b).Close()
	},
	"pgconn, CopyTo": func(ctx context.Context, c *pgx.Conn, _ string) error {
		_, err := c.PgConn().CopyTo(ctx, &strings.Builder{}, "COPY docbasket TO STDOUT")
		return err
	},
	"frontend": func(ctx context.Context, c *pgx.Conn, known string) error {
		f := c.PgConn().Frontend()
		f.SendParse(&pgproto3.Parse{Query: known})
		f.SendSync(&pgproto3.Sync{})
		return f.Flush()
	},
	"socket": func(_ context.Context, c *pgx.Conn, _ string) error {
		_, err := c.PgConn().Conn().Write([]byte("Q\x00\x00\x00\x0dSELECT 1\x00"))
		return err
	},
}

// wiretap keeps what connections send from the moment it is told to. Safe for concurrent use.
type wiretap struct {
	mu   sync.Mutex
	sent bytes.Buffer // guarded by mu
}

func (p *wiretap) under(c *pgx.ConnConfig) {
	dial := c.DialFunc
	c.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		inner, err := dial(ctx, network, addr)
		return tapped{inner, p}, err
	}
}

type tapped struct {
	net.Conn
	tap *wiretap
}

func (c tapped) Write(b []byte) (int, error) {
	c.tap.mu.Lock()
	c.tap.sent.Write(b)
	c.tap.mu.Unlock()
	return c.Conn.Write(b)
}

// take returns what was sent since the last call, except for a goodbye and the request to cancel that comes with it.
func (p *wiretap) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	sent := strings.ReplaceAll(p.sent.String(), goodbye, "")
	p.sent.Reset()
	if before, after, ok := strings.Cut(sent, cancel); ok && len(after) >= cancelKey {
		sent = before + after[cancelKey:]
	}
	return sent
}

// A Terminate, and a CancelRequest with the key behind it (PostgreSQL manual, 55.7 "Message Formats").
const (
	goodbye   = "X\x00\x00\x00\x04"
	cancel    = "\x00\x00\x00\x10\x04\xd2\x16\x2e"
	cancelKey = 8
)

// kept is a handle with one connection, of which a hook has kept pgx's.
type kept struct {
	*sql.DB
	*keeper
	tap *wiretap
}

func (w *world) keep(t *testing.T, hook func(*driver.Config, *keeper), params ...string) kept {
	t.Helper()
	k := kept{keeper: &keeper{}, tap: &wiretap{}}
	cfg := testConfig
	cfg.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
		c.Tracer = k.keeper
		k.tap.under(c)
		return nil
	}
	hook(&cfg, k.keeper)
	k.DB = w.openConnector(t, 1, w.connector(t, cfg, params...))
	if _, err := k.ExecContext(as("acme"), "INSERT INTO docbasket (name) VALUES ($1)", "new-"+t.Name()); err != nil {
		t.Fatal(err)
	}
	return k
}

// wantNothing fails the test unless an attempt with the kept connection is an error and sends nothing.
func (k kept) wantNothing(t *testing.T, attempt func(ctx context.Context, c *pgx.Conn, known string) error) {
	t.Helper()
	k.tap.take()
	err := attempt(t.Context(), k.conn, k.texts[len(k.texts)-1])
	if sent := k.tap.take(); err == nil || sent != "" {
		t.Errorf("%v; sent %q", err, sent)
	}
}

// A connection of pgx's that a hook has kept reaches nothing between operations. The pool goes on with another one.
func TestKeptConnection(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		for name, hook := range keepers {
			for use, attempt := range keptUses {
				t.Run(name+", "+use, func(t *testing.T) {
					k := w.keep(t, hook, mode...)
					k.wantNothing(t, attempt)
					wantSeen(t, k, "acme")
					wantSeen(t, k, "globex")
				})
			}
		}
	})
	wantNoneKept(t, w)
}

// The same holds in the middle of a transaction, which is lost then.
func TestKeptConnectionInTransaction(t *testing.T) {
	w := newWorld(t)
	for use, attempt := range keptUses {
		t.Run(use, func(t *testing.T) {
			k := w.keep(t, keepers["tracer"])
			tx := begin(t, k.DB, as("acme"))
			execAll(t, tx, as("acme"), "INSERT INTO docbasket (name) VALUES ('new-in-tx')")
			k.texts = k.texts[:len(k.texts)-2] // to the one with an argument
			k.wantNothing(t, attempt)
			_ = tx.Rollback() // the connection may be closed
			wantSeen(t, k, "acme")
			wantSeen(t, k, "globex")
		})
	}
	wantNoneKept(t, w)
}

func wantNoneKept(t *testing.T, w *world) {
	t.Helper()
	for _, tenant := range tenants {
		if n := w.baskets(t, tenant, "kept"); n != 0 {
			t.Errorf("%s: %d rows were written", tenant, n)
		}
	}
}
