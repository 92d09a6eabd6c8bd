package driver_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Zero extra round trips: each operation takes as many as with pgx and no tenancy, whether the connection served the
// same tenant before or another one.
func TestRoundTrips(t *testing.T) {
	w := newTripWorld(t)
	wantRoundTrips(t, w, w.AppDSN, modes, map[string]int{"CALL": 1, "CALL with an argument": 1, "close of a prepared statement": -1})
}

// The same behind PgBouncer in transaction mode, in the execution modes that go with it.
func TestRoundTripsBehindAPooler(t *testing.T) {
	w := newTripWorld(t)
	wantRoundTrips(t, w, w.Pooler(t, "transaction", 2), []string{"exec", "simple_protocol", "cache_describe"},
		map[string]int{"BEGIN as text": 1, "close of a prepared statement": -1})
}

var tripConfig = driver.Config{Policy: guard.Policy{MultiStatement: true}}

// newTripWorld is a world in which two tenants have procedures.
func newTripWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	for _, tenant := range tenants[:2] {
		for _, procedure := range []string{".nothing()", ".nothing(int)"} {
			mustExec(t, w.admin, "CREATE PROCEDURE tenant_"+tenant+procedure+" LANGUAGE sql AS ''")
			mustExec(t, w.admin, "GRANT EXECUTE ON PROCEDURE tenant_"+tenant+procedure+" TO PUBLIC")
		}
	}
	return w
}

// wantRoundTrips compares docex, on a DSN that may lead through a pooler, with pgx on a direct connection. extra are
// the exceptions that package driver's comment names: operations that take so many more, directly when the tenant
// changes and always behind a pooler. What it logs is the table for the documentation.
func wantRoundTrips(t *testing.T, w *world, dsn string, modes []string, extra map[string]int) {
	t.Helper()
	direct, cfg := dsn == w.AppDSN, tripConfig
	if direct {
		cfg.Pin = driver.PinSession // the proxy is not proved direct
	}
	cells := make([][]string, len(operations))
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			pgx := pgxClient(t, w.AdminDSN, mode)
			docex := docexClient(t, dsn, cfg, mode)
			for i, op := range operations {
				want := pgx.trips(t, w, op, tenants[:1])
				same := docex.trips(t, w, op, tenants[:1])
				changing := docex.trips(t, w, op, tenants[:2])
				wantSame, wantChanging := want, more(want, extra[op.name])
				if !direct || extra[op.name] < 0 {
					wantSame = wantChanging
				}
				if same != wantSame || changing != wantChanging {
					t.Errorf("%s: %s round trips for the same tenant, %s when it changes, want %s and %s; %s with pgx",
						op.name, same, changing, wantSame, wantChanging, want)
				}
				cells[i] = append(cells[i], fmt.Sprintf("%s / %s / %s", want, same, changing))
			}
			wantClean(t, docex.db)
		})
	}
	var table strings.Builder
	fmt.Fprintf(&table, "| operation | %s |\n|---|%s\n", strings.Join(modes, " | "), strings.Repeat("---|", len(modes)))
	for i, op := range operations {
		fmt.Fprintf(&table, "| %s | %s |\n", op.name, strings.Join(cells[i], " | "))
	}
	t.Logf("round trips: pgx / docex, same tenant / docex, tenant changes\n\n%s", table.String())
}

// more adds to a number of round trips.
func more(trips string, extra int) string {
	n, err := strconv.Atoi(trips)
	if err != nil {
		return trips // they vary, which is no number to compare with
	}
	return strconv.Itoa(n + extra)
}

// client is one connection of pgx or docex, with a counter of its round trips.
type client struct {
	db    *sql.DB
	proxy *pgproxy.Proxy
	copy  func(ctx context.Context, c *sql.Conn) error
}

// tripLatency is far more than a client needs that sends something else without waiting for the answer.
const tripLatency = time.Millisecond

func pgxClient(t *testing.T, dsn, mode string) *client {
	t.Helper()
	p := pgproxy.Start(t, dsn, tripLatency)
	db, err := sql.Open("pgx", withParams(t, p.DSN, "search_path", "tenant_acme", "default_query_exec_mode", mode))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { closeDB(t, db) })
	return &client{db: db, proxy: p, copy: func(ctx context.Context, c *sql.Conn) error {
		return c.Raw(func(dc any) error {
			_, err := dc.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{"docbasket"}, []string{"name"}, names("new-copy"))
			return err
		})
	}}
}

func docexClient(t *testing.T, dsn string, cfg driver.Config, mode string) *client {
	t.Helper()
	p := pgproxy.Start(t, dsn, tripLatency)
	c, err := driver.NewConnector(withParams(t, p.DSN, "default_query_exec_mode", mode), cfg)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { closeDB(t, db) })
	return &client{db: db, proxy: p, copy: func(ctx context.Context, c *sql.Conn) error {
		_, err := driver.CopyFrom(ctx, c, "docbasket", []string{"name"}, names("new-copy"))
		return err
	}}
}

const (
	tripWarmUps = 2 // until everything is prepared that is going to be
	tripCounts  = 3
)

// trips returns the number of round trips of an operation for tenants who take turns on the connection; all numbers, if
// it is not always the same.
func (c *client) trips(t *testing.T, w *world, op operation, tenants []string) string {
	t.Helper()
	turns := make([]*turn, len(tenants))
	for i, tenant := range tenants {
		turns[i] = &turn{client: c, ctx: as(tenant), stmts: map[string]*sql.Stmt{}}
		defer turns[i].close(t)
	}
	var counts, sent []string
	for i := 0; len(counts) < tripCounts*len(tenants); i++ {
		u := turns[i%len(turns)]
		// pgx pings a connection that was not used for a second; a turn that lasts so long is not counted.
		start := time.Now()
		finish(t, c.db.Ping())
		if err := op.run(u); err != nil {
			t.Fatalf("%s: %v", op.name, err)
		}
		if i >= tripWarmUps*len(tenants) && time.Since(start) < time.Second {
			counts = append(counts, fmt.Sprint(u.seen.RoundTrips))
			sent = append(sent, u.seen.Types(pgproxy.ToServer))
		}
		// Past the connection, so that the next turn finds it as this one left it.
		mustExec(t, w.admin, "DELETE FROM tenant_"+tenants[i%len(tenants)]+".docbasket WHERE name LIKE 'new-%'")
	}
	if distinct := slices.Compact(slices.Clone(counts)); len(distinct) == 1 {
		return distinct[0]
	}
	t.Logf("%s: sent %q", op.name, sent)
	return strings.Join(counts, ",")
}

// turn is one tenant's use of a client.
type turn struct {
	*client
	ctx   context.Context
	stmts map[string]*sql.Stmt // what the tenant has prepared
	seen  *pgproxy.Exchange    // what was counted
}

// count counts the round trips of f.
func (u *turn) count(f func() error) error {
	seen, err := u.proxy.Record(f)
	u.seen = &seen
	return err
}

// prepared returns a statement that was prepared in an earlier turn of the tenant, or in this one if it is the first.
func (u *turn) prepared(text string) (s *sql.Stmt, err error) {
	if u.stmts[text] == nil {
		if u.stmts[text], err = u.db.PrepareContext(u.ctx, text); err != nil {
			return nil, err
		}
	}
	return u.stmts[text], nil
}

func (u *turn) close(t *testing.T) {
	t.Helper()
	for _, s := range u.stmts {
		finish(t, s.Close())
	}
}
