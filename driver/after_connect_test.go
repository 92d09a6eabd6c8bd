package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// celsius is a type of a program's. In mode exec pgx has to be told what it is for the server.
type celsius struct{ degrees float64 }

func (c celsius) Float64Value() (pgtype.Float8, error) {
	return pgtype.Float8{Float64: c.degrees, Valid: true}, nil
}

// AfterConnect registers a type on each connection.
func TestAfterConnectRegistersAType(t *testing.T) {
	w := newWorld(t)
	register := testConfig
	register.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		c.TypeMap().RegisterDefaultPgType(celsius{}, "float8")
		return nil
	}
	double := func(db *sql.DB) (got float64, err error) {
		err = db.QueryRowContext(as("acme"), "SELECT 2 * $1", celsius{21}).Scan(&got)
		return got, err
	}
	for way, dsn := range map[string]string{"direct": w.AppDSN, "pooled": w.Pooler(t, "transaction", 1)} {
		open := func(cfg driver.Config) *sql.DB {
			c, err := driver.NewConnector(withParams(t, dsn, "default_query_exec_mode", "exec"), cfg)
			if err != nil {
				t.Fatal(err)
			}
			return w.openConnector(t, 1, c)
		}
		db := open(register)
		for range 2 {
			renew(db)
			if got, err := double(db); err != nil || got != 42 {
				t.Errorf("%s: got %v, %v", way, got, err)
			}
		}
		if _, err := double(open(testConfig)); err == nil {
			t.Errorf("%s: nobody has registered the type, and there was no error", way)
		}
	}
}

// afterSends are the ways to send something from AfterConnect.
var afterSends = map[string]func(ctx context.Context, c *pgx.Conn) error{
	"Exec": func(ctx context.Context, c *pgx.Conn) error { _, err := c.Exec(ctx, "SELECT 1"); return err },
	"Exec of a SET": func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SET search_path = tenant_globex")
		return err
	},
	"Query": func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, "SELECT $1::int", 1).Scan(new(int))
	},
	"Query, simple_protocol": func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, "SELECT $1::int", pgx.QueryExecModeSimpleProtocol, 1).Scan(new(int))
	},
	"Prepare": func(ctx context.Context, c *pgx.Conn) error { _, err := c.Prepare(ctx, "s", "SELECT 1"); return err },
	"Begin":   func(ctx context.Context, c *pgx.Conn) error { _, err := c.Begin(ctx); return err },
	"Ping":    func(ctx context.Context, c *pgx.Conn) error { return c.Ping(ctx) },
	"LoadType": func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.LoadType(ctx, "tenant_globex.mood")
		return err
	},
	"SendBatch": func(ctx context.Context, c *pgx.Conn) error { return c.SendBatch(ctx, texts("SELECT 1")).Close() },
	"ExecBatch": func(ctx context.Context, c *pgx.Conn) error {
		b := &pgconn.Batch{}
		b.ExecParams("SELECT 1", nil, nil, nil, nil)
		return c.PgConn().ExecBatch(ctx, b).Close()
	},
	"CopyFrom": func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.CopyFrom(ctx, pgx.Identifier{"tenant_globex", "docbasket"}, []string{"name"}, names("new-nobodys"))
		return err
	},
	"CopyTo": func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.PgConn().CopyTo(ctx, new(strings.Builder), "COPY tenant_globex.docbasket TO STDOUT")
		return err
	},
	"PgConn.Exec": func(ctx context.Context, c *pgx.Conn) error { return nobodys(ctx, c.PgConn()) },
	"Pipeline": func(ctx context.Context, c *pgx.Conn) error {
		p := c.PgConn().StartPipeline(ctx)
		p.SendQueryParams("SELECT 1", nil, nil, nil, nil)
		return errors.Join(p.Sync(), p.Close())
	},
	"the socket": func(_ context.Context, c *pgx.Conn) error {
		_, err := c.PgConn().Conn().Write([]byte("Q\x00\x00\x00\x0dSELECT 1\x00"))
		return err
	},
}

// AfterConnect gets nothing through to the server: there is no tenant yet. A connection that it has tried to use is not
// handed out, whether it reports that or not.
func TestAfterConnectSendsNothing(t *testing.T) {
	w := newWorld(t)
	for name, send := range afterSends {
		for _, reports := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, reported %t", name, reports), func(t *testing.T) {
				var sent error
				cfg := testConfig
				cfg.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
					if sent = send(ctx, c); reports {
						return sent
					}
					return nil
				}
				db := w.openConnector(t, 1, w.connector(t, cfg))
				err := db.PingContext(context.Background())
				if sent == nil {
					t.Error("it was sent")
				}
				var typed *driver.Error
				switch {
				case err != nil && (!errors.As(err, &typed) || typed.Op != "connect"):
					t.Errorf("got %v, which does not say what is wrong", err)
				case err == nil && (reports || name != "the socket"): // where nothing has left the gate, nothing is lost
					t.Error("the connection was handed out")
				}
			})
		}
	}
	if n := w.baskets(t, "globex", "new-nobodys"); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// Nor does what it keeps of the connection, before, between and behind the statements of tenants.
func TestAfterConnectKeepsTheConnection(t *testing.T) {
	w := newWorld(t)
	for name, send := range afterSends {
		t.Run(name, func(t *testing.T) {
			var kept *pgx.Conn
			cfg := testConfig
			cfg.AfterConnect = func(_ context.Context, c *pgx.Conn) error { kept = c; return nil }
			db := w.openConnector(t, 1, w.connector(t, cfg))
			for _, tenant := range []string{"", "acme", "globex"} {
				if tenant != "" {
					wantSeen(t, db, tenant)
				} else {
					finish(t, db.Ping())
				}
				if err := send(context.Background(), kept); err == nil {
					t.Errorf("behind %q: it was sent", tenant)
				}
			}
			wantClean(t, db)
		})
	}
}

// What it closes of docex's own is made anew.
func TestAfterConnectDeallocates(t *testing.T) {
	w := newWorld(t)
	var kept *pgx.Conn
	cfg := testConfig
	cfg.AfterConnect = func(_ context.Context, c *pgx.Conn) error { kept = c; return nil }
	db := w.openConnector(t, 1, w.connector(t, cfg))
	for range 2 {
		wantClean(t, db)
		for _, pin := range []string{"docex_s_pin", "docex_c_pin"} { // the latter for distributed tenants
			finish(t, kept.PgConn().Deallocate(context.Background(), pin))
		}
	}
	wantClean(t, db)
}
