package driver_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"
)

// BeforeConnect may change what changes in the life of a program, for each connection anew.
func TestBeforeConnect(t *testing.T) {
	w := newWorld(t)
	password, calls := "", 0
	cfg := testConfig
	cfg.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
		calls++
		password, c.Password = c.Password, password+c.Password // right at the first call only
		c.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
			t.Error("a frontend without docex's filter")
			return pgproto3.NewFrontend(r, w)
		}
		return nil
	}
	db := w.openConnector(t, 1, w.connector(t, cfg))
	wantSeen(t, db, "acme")
	db.SetMaxIdleConns(0)
	if _, err := seen(as("acme"), db); err == nil || strings.Contains(err.Error(), password) {
		t.Errorf("with a wrong password: %v", err)
	}
	if calls < 2 {
		t.Errorf("called %d times", calls)
	}
}

// What BeforeConnect may not do is an error of each connection.
func TestBeforeConnectRefused(t *testing.T) {
	w := newWorld(t)
	failed := errors.New("no password today")
	for name, before := range map[string]func(c *pgx.ConnConfig) error{
		"its error": func(*pgx.ConnConfig) error { return failed },
		"AfterConnect of pgconn": func(c *pgx.ConnConfig) error {
			c.Config.AfterConnect = func(context.Context, *pgconn.PgConn) error { return nil }
			return nil
		},
		"AfterNetConnect": func(c *pgx.ConnConfig) error {
			c.AfterNetConnect = func(_ context.Context, _ *pgconn.Config, conn net.Conn) (net.Conn, error) { return conn, nil }
			return nil
		},
		"search_path":  func(c *pgx.ConnConfig) error { c.RuntimeParams["search_path"] = "public"; return nil },
		"Role":         func(c *pgx.ConnConfig) error { c.RuntimeParams["Role"] = "postgres"; return nil },
		"options":      func(c *pgx.ConnConfig) error { c.RuntimeParams["options"] = "-c role=postgres"; return nil },
		"the encoding": func(c *pgx.ConnConfig) error { c.RuntimeParams["client_encoding"] = "SQL_ASCII"; return nil },
		"a setting of docex's": func(c *pgx.ConnConfig) error {
			c.RuntimeParams["docex_allow_weak_login"] = "true"
			return nil
		},
	} {
		cfg := testConfig
		cfg.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error { return before(c) }
		_, err := w.connector(t, cfg).Connect(as("acme"))
		var refusal *driver.Error
		if !errors.As(err, &refusal) || refusal.Op != "connect" || (name == "its error") != errors.Is(err, failed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// AfterConnect is given each connection, to teach it types; and may send nothing.
func TestAfterConnect(t *testing.T) {
	w := newWorld(t)
	cfg := testConfig
	cfg.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		c.TypeMap().RegisterType(&pgtype.Type{Name: "mine", OID: 99999, Codec: pgtype.TextCodec{}})
		return nil
	}
	wantClean(t, w.openConnector(t, 1, w.connector(t, cfg)))

	cfg.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.LoadType(ctx, "text")
		return err
	}
	var refusal *driver.Error
	if _, err := w.connector(t, cfg).Connect(as("acme")); !errors.As(err, &refusal) || refusal.Op != "connect" {
		t.Errorf("a statement for nobody: %v", err)
	}
}

// A tracer sees what is sent, with the tenant behind it, and no pins.
func TestTracer(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		k := w.keep(t, func(*driver.Config, *keeper) {}, mode...)
		k.texts = nil
		wantSeen(t, k, "globex")
		wantSeen(t, k, "acme")
		for i, tenant := range []string{"globex", "acme"} {
			if len(k.texts) != 2 || !strings.HasSuffix(k.texts[i], "\n/* "+tenant+" */") ||
				strings.Contains(k.texts[i], "set_config") {
				t.Errorf("the tracer saw %q", k.texts)
			}
		}
	})
}

// A tracer whose own statement takes the pin with it gets the traced one refused: the session is still the last
// tenant's.
func TestTracerLosesThePin(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		i := &intruder{}
		cfg := testConfig
		cfg.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
			c.Tracer = i
			return nil
		}
		db := w.openConnector(t, 1, w.connector(t, cfg, mode...))
		wantSeen(t, db, "acme")
		wantSeen(t, db, "globex")
		i.next = "SELECT 1/0"
		if got, err := seen(as("acme"), db); err == nil {
			t.Errorf("as acme: saw the data of %q", got)
		}
		wantClean(t, db)
	})
}

// intruder is a tracer that runs a statement of its own in front of the next one.
type intruder struct{ next string }

func (i *intruder) TraceQueryStart(ctx context.Context, c *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	if own := i.next; own != "" {
		i.next = "" // its own is traced, too
		_, _ = c.Exec(ctx, own)
	}
	return ctx
}

func (i *intruder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
