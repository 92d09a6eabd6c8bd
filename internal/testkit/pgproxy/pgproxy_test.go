package pgproxy_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/jackc/pgx/v5"
)

func connect(t *testing.T, p *pgproxy.Proxy) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(context.Background(), p.DSN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) }) // some are cut
	return c
}

func TestRecord(t *testing.T) {
	p := pgproxy.Start(t, pgtest.NewDB(t).AdminDSN, 0)
	c, ctx := connect(t, p), context.Background()
	exec := func(query string, args ...any) func() error {
		return func() error { _, err := c.Exec(ctx, query, args...); return err }
	}
	large := make([]byte, 1<<20) // comes in many pieces
	for _, tt := range []struct {
		name           string
		f              func() error
		trips          int
		sent, received string
	}{
		{"simple", exec("SELECT 1; SELECT 2"), 1, "Q", "TDCTDCZ"},
		{"first with arguments", exec("SELECT $1::int", 1), 2, "PDSBES", "1tTZ2DCZ"},
		{"again", exec("SELECT $1::int", 1), 1, "BES", "2DCZ"},
		{"described each time", exec("SELECT $1::bytea", pgx.QueryExecModeDescribeExec, large), 2, "PDSBES", "1tTZ2DCZ"},
		{"pipeline", func() error {
			p := c.PgConn().StartPipeline(ctx)
			for range 2 {
				p.SendQueryParams("SELECT 1", nil, nil, nil, nil)
				p.SendPipelineSync()
			}
			if err := p.Flush(); err != nil { // once: the server may answer the first before a second flush leaves
				return err
			}
			return p.Close()
		}, 1, "PBDESPBDES", "12TDCZ12TDCZ"},
		{"copy", func() error {
			_, err := c.PgConn().CopyFrom(ctx, &slow{left: 3}, "COPY t FROM STDIN")
			return err
		}, 1, "Qdddc", "GCZ"},
	} {
		if tt.name == "copy" {
			if err := exec("CREATE TABLE t (a text)")(); err != nil {
				t.Fatal(err)
			}
		}
		got, err := p.Record(tt.f)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got.RoundTrips != tt.trips || got.Types(pgproxy.ToServer) != tt.sent || got.Types(pgproxy.ToClient) !=
			tt.received {
			t.Errorf("%s: %d round trips, sent %s, received %s, want %d, %s, %s", tt.name,
				got.RoundTrips, got.Types(pgproxy.ToServer), got.Types(pgproxy.ToClient), tt.trips, tt.sent, tt.received)
		}
	}
}

// slow is rows for a COPY that come one at a time.
type slow struct{ left int }

func (s *slow) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	s.left--
	return copy(p, "row\n"), nil
}

func TestLatency(t *testing.T) {
	const latency = 20 * time.Millisecond
	p := pgproxy.Start(t, pgtest.NewDB(t).AdminDSN, latency)
	c := connect(t, p)
	start := time.Now()
	for range 3 {
		if _, err := c.Exec(context.Background(), "SELECT 1"); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took < 3*latency {
		t.Errorf("three round trips took %v, want at least %v", took, 3*latency)
	}
}

// A cut lets exactly the bytes in front of it through.
func TestCutAfter(t *testing.T) {
	p := pgproxy.Start(t, pgtest.NewDB(t).AdminDSN, 0)
	ctx := context.Background()
	query := func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SELECT 1")
		return err
	}
	c := connect(t, p)
	whole, err := p.Record(func() error { return query(c) })
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range []pgproxy.Direction{pgproxy.ToServer, pgproxy.ToClient} {
		total := whole.Bytes(way)
		for n := range total + 2 {
			c := connect(t, p)
			disarm := p.CutAfter(way, n)
			got, err := p.Record(func() error { return query(c) })
			happened := disarm()
			// An answer that is whole arrives, though the connection ends behind it.
			if delivered := n > total || n == total && way == pgproxy.ToClient; delivered != (err == nil) {
				t.Errorf("%v, cut after %d of %d bytes: %v", way, n, total, err)
			}
			if happened != (n <= total) {
				t.Errorf("%v, cut after %d of %d bytes: happened %v", way, n, total, happened)
			}
			if way == pgproxy.ToServer && n < total && len(got.Messages[pgproxy.ToClient]) > 0 {
				t.Errorf("cut after %d of %d bytes: the server answered %s", n, total, got.Types(pgproxy.ToClient))
			}
		}
	}
}

// What is cut is the answer to one request, wherever it comes from, and the server has done what was asked.
func TestCutAnswer(t *testing.T) {
	db := pgtest.NewDB(t)
	p := pgproxy.Start(t, db.AdminDSN, 0)
	ctx := context.Background()
	other, c := connect(t, p), connect(t, p)
	if _, err := c.Exec(ctx, "CREATE TABLE t (a int)"); err != nil {
		t.Fatal(err)
	}
	disarm := p.CutAnswer("INSERT")
	if _, err := other.Exec(ctx, "SELECT 1"); err != nil {
		t.Error(err)
	}
	if _, err := c.Exec(ctx, "INSERT INTO t VALUES (1)"); err == nil {
		t.Error("the answer came")
	}
	if !disarm() {
		t.Error("nothing was cut")
	}
	var n int
	if err := other.QueryRow(ctx, "SELECT count(*) FROM t").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows, %v, want 1", n, err)
	}
}

func TestConnectionsEndWithTheProxy(t *testing.T) {
	db := pgtest.NewDB(t)
	var address string
	var c *pgx.Conn
	t.Run("lives", func(t *testing.T) {
		p := pgproxy.Start(t, db.AdminDSN, time.Millisecond)
		u, err := url.Parse(p.DSN)
		if err != nil {
			t.Fatal(err)
		}
		address = u.Host
		if c, err = pgx.Connect(context.Background(), p.DSN); err != nil {
			t.Fatal(err)
		}
	})
	if err := c.Ping(context.Background()); err == nil {
		t.Error("a connection has outlived the proxy")
	}
	if conn, err := net.Dial("tcp", address); err == nil {
		t.Error("the proxy still listens")
		_ = conn.Close()
	}
}
