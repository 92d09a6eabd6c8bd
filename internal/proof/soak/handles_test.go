package soak

import (
	"context"
	"database/sql"
	"net/url"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// handle is one way to work for tenants.
type handle struct {
	name    string
	db      *sql.DB
	stmt    *sql.Stmt        // of db, for all tenants
	proxies []*pgproxy.Proxy // on the way to the server
	pooler  *pgtest.Pooler   // or nil
	plain   bool             // not docex's
}

// variant is settings of docex, as a DSN has them.
type variant struct{ direct, pooled map[string]string }

// The proxy translates addresses, so a session is pinned only where the operator's word says so.
var variants = []variant{
	{direct: map[string]string{"docex_pin": "session"}, pooled: nil},
	{direct: map[string]string{"docex_pin": "session", "docex_max_tenants": "5"},
		pooled: map[string]string{"default_query_exec_mode": "simple_protocol"}},
	{direct: map[string]string{"docex_pin": "session", "default_query_exec_mode": "cache_describe"},
		pooled: map[string]string{"docex_pin": "transaction", "docex_max_tenants": "8"}},
	{direct: map[string]string{"docex_pin": "session", "default_query_exec_mode": "simple_protocol"},
		pooled: map[string]string{"default_query_exec_mode": "cache_describe"}},
	{direct: nil, pooled: map[string]string{"default_query_exec_mode": "exec"}},
	{direct: map[string]string{"docex_pin": "session", "default_query_exec_mode": "exec"}, pooled: nil},
}

const connections, serverConnections = 6, 4

// open opens both ways: directly, and through a pooler whose own way to the server can be cut, too.
func (w *world) open(t *testing.T, v variant) []*handle {
	front, behind := pgproxy.Start(t, w.AppDSN, 0), pgproxy.Start(t, w.AppDSN, 0)
	pooler := (&pgtest.DB{Name: w.Name, AppDSN: behind.DSN, AppRole: w.AppRole}).StartPooler(t, "transaction", serverConnections)
	before := pgproxy.Start(t, pooler.DSN, 0)
	handles := []*handle{
		{name: "direct", db: openDocex(t, front.DSN, v.direct), proxies: []*pgproxy.Proxy{front}},
		{name: "pooled", db: openDocex(t, before.DSN, v.pooled), proxies: []*pgproxy.Proxy{before, behind}, pooler: pooler},
	}
	w.prepare(t, handles)
	return handles
}

// openNaive opens the same ways as programs do that know no better: search_path is set at each checkout. The login is the
// administrator's, so no role stands in the way.
func (w *world) openNaive(t *testing.T) []*handle {
	root := &pgtest.DB{Name: w.Name, AppDSN: w.AdminDSN, AppRole: "postgres"}
	handles := []*handle{
		{name: "naive, direct", db: openNaive(t, w.AdminDSN), plain: true},
		{name: "naive, pooled", db: openNaive(t, root.StartPooler(t, "transaction", serverConnections).DSN), plain: true},
	}
	w.prepare(t, handles)
	return handles
}

func (w *world) prepare(t *testing.T, handles []*handle) {
	t.Helper()
	for _, h := range handles {
		h.db.SetMaxOpenConns(connections)
		h.db.SetMaxIdleConns(connections)
		var err error
		if h.stmt, err = h.db.PrepareContext(as(t.Context(), w.slots[0].Load().id, "user"), insertEntry); err != nil {
			t.Fatal(err)
		}
	}
}

func openDocex(t *testing.T, dsn string, params map[string]string) *sql.DB {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, value := range params {
		q.Set(name, value)
	}
	u.RawQuery = q.Encode()
	c, err := driver.NewConnector(u.String(), driver.Config{Policy: guard.Policy{AllowSettings: []string{"statement_timeout"}}})
	if err != nil {
		t.Fatal(err)
	}
	return sql.OpenDB(c)
}

func openNaive(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	set := func(ctx context.Context, c *pgx.Conn) error {
		uc, err := scope.From(ctx)
		if err != nil {
			return nil // database/sql connects for whoever comes next
		}
		_, err = c.Exec(ctx, "SET search_path = "+pgx.Identifier{scope.SchemaPrefix + uc.TenantID}.Sanitize())
		return err
	}
	return stdlib.OpenDB(*config, stdlib.OptionAfterConnect(set), stdlib.OptionResetSession(set))
}
