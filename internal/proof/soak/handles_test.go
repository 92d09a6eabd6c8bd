package soak

import (
	"context"
	"database/sql"
	"strings"
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
	session bool             // the session is pinned, so settings of the session are allowed
	naive   bool             // not docex's
}

// variants are settings of docex, as a DSN has them, for a direct connection and for one through a pooler. A proxy
// translates addresses, so a session is pinned only where the operator's word says so.
var variants = []struct{ direct, pooled string }{
	{"docex_pin=session", ""},
	{"docex_pin=session&docex_max_tenants=5", "default_query_exec_mode=simple_protocol"},
	{"docex_pin=session&default_query_exec_mode=cache_describe", "docex_pin=transaction&docex_max_tenants=8"},
	{"docex_pin=session&default_query_exec_mode=simple_protocol", "default_query_exec_mode=cache_describe"},
	{"", "default_query_exec_mode=exec"},
	{"docex_pin=session&default_query_exec_mode=exec", ""},
}

const serverConnections = 4

// open opens both ways: directly, and through a pooler whose own way to the server can be cut, too.
func (w *world) open(t *testing.T, direct, pooled string) []*handle {
	front, behind := pgproxy.Start(t, w.AppDSN, 0), pgproxy.Start(t, w.AppDSN, 0)
	pooler := (&pgtest.DB{Name: w.Name, AppDSN: behind.DSN, AppRole: w.AppRole}).StartPooler(t, "transaction",
		serverConnections)
	before := pgproxy.Start(t, pooler.DSN, 0)
	return w.prepare(t,
		&handle{name: "direct", db: openDocex(t, front.DSN+"&"+direct), proxies: []*pgproxy.Proxy{front},
			session: strings.Contains(direct, "docex_pin=session")},
		&handle{name: "pooled", db: openDocex(t, before.DSN+"&"+pooled), proxies: []*pgproxy.Proxy{before, behind},
			pooler: pooler})
}

// openNaive opens the same ways as programs do that know no better. The login is the administrator's, so no role stands
// in the way.
func (w *world) openNaive(t *testing.T) []*handle {
	root := &pgtest.DB{Name: w.Name, AppDSN: w.AdminDSN, AppRole: "postgres"}
	return w.prepare(t,
		&handle{name: "direct", db: openNaive(t, w.AdminDSN), naive: true},
		&handle{name: "pooled", db: openNaive(t, root.StartPooler(t, "transaction", serverConnections).DSN), naive: true})
}

func (w *world) prepare(t *testing.T, handles ...*handle) []*handle {
	t.Helper()
	for _, h := range handles {
		h.db.SetMaxOpenConns(*conns)
		h.db.SetMaxIdleConns(*conns)
		var err error
		if h.stmt, err = h.db.PrepareContext(as(t.Context(), w.slots[0].Load().id, "user"), insertEntry); err != nil {
			t.Fatal(err)
		}
	}
	return handles
}

func openDocex(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	c, err := driver.NewConnector(dsn, driver.Config{Policy: guard.Policy{AllowSettings: []string{"statement_timeout"}}})
	if err != nil {
		t.Fatal(err)
	}
	return sql.OpenDB(c)
}

// openNaive sets search_path at each checkout.
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
