package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// before returns a configuration with a BeforeConnect that changes pgx's.
func before(change func(*pgx.ConnConfig)) driver.Config {
	cfg := testConfig
	cfg.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error { change(c); return nil }
	return cfg
}

// renew closes the idle connections of a handle of one, so that the next one is new.
func renew(db *sql.DB) {
	db.SetMaxIdleConns(0)
	db.SetMaxIdleConns(1)
}

// A password that rotates: connections that are open go on, new ones log in with the new one.
func TestBeforeConnectRotatesThePassword(t *testing.T) {
	pgtest.SkipOnCitus(t, "a cluster may trust its own machine")
	w := newOwnWorld(t)
	setPassword := func(password string) {
		mustExec(t, w.admin, fmt.Sprintf("ALTER ROLE %q PASSWORD '%s'", w.AppRole, password))
	}
	var password atomic.Value
	password.Store("first")
	setPassword("first")
	db := w.openConnector(t, 1, w.connector(t, before(func(c *pgx.ConnConfig) { c.Password = password.Load().(string) })))
	wantClean(t, db)
	setPassword("second")
	wantClean(t, db)
	renew(db)
	var pgErr *pgconn.PgError
	if err := db.PingContext(as("acme")); !errors.As(err, &pgErr) || pgErr.Code != "28P01" {
		t.Errorf("with the old password: got %v", err)
	}
	password.Store("second")
	wantClean(t, db)
}

// tracedTexts is a pgx.QueryTracer that keeps the texts.
type tracedTexts struct {
	mu    sync.Mutex
	texts []string // guarded by mu
}

func (s *tracedTexts) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts = append(s.texts, d.SQL)
	return ctx
}

func (s *tracedTexts) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (s *tracedTexts) saw(part string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(strings.Join(s.texts, "\n"), part)
}

// A Tracer of pgx's sees the statements and whose they are, direct and behind a pooler; it sees nothing of the pins.
func TestBeforeConnectTracer(t *testing.T) {
	w := newWorld(t)
	for way, dsn := range map[string]string{"direct": w.AppDSN, "pooled": w.Pooler(t, "transaction", 1)} {
		tracer := new(tracedTexts)
		c, err := driver.NewConnector(dsn, before(func(c *pgx.ConnConfig) { c.Tracer = tracer }))
		if err != nil {
			t.Fatal(err)
		}
		db := w.openConnector(t, 1, c)
		wantClean(t, db)
		finish(t, execText("SELECT 'traced'")(as("acme"), db))
		tx := begin(t, db, as("globex"))
		finish(t, tx.Commit())
		for _, part := range []string{"SELECT 'traced'\n/* acme */", "/* globex */", "begin", "commit"} {
			if !tracer.saw(part) {
				t.Errorf("%s: the tracer has not seen %q", way, part)
			}
		}
		if tracer.saw("search_path") {
			t.Errorf("%s: the tracer has seen a pin", way)
		}
	}
}

// A DialFunc makes the connections, and what it returns carries them.
func TestBeforeConnectDialFunc(t *testing.T) {
	w := newWorld(t)
	var dials, writes atomic.Int64
	cfg := before(func(c *pgx.ConnConfig) {
		dial := c.DialFunc
		c.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials.Add(1)
			inner, err := dial(ctx, network, addr)
			write := new(atomic.Pointer[socketWrite])
			var count socketWrite = func(to net.Conn, p []byte) (int, error) { writes.Add(1); return to.Write(p) }
			write.Store(&count)
			return socket{inner, write}, err
		}
	})
	db := w.openConnector(t, 1, w.connector(t, cfg))
	wantClean(t, db)
	n := writes.Load()
	wantSeen(t, db, "acme")
	if dials.Load() != 1 || writes.Load() == n {
		t.Errorf("%d dials, %d writes", dials.Load(), writes.Load()-n)
	}
	if mode, why := pinning(t, db); mode != "session" {
		t.Errorf("pins of each %s: %s", mode, why)
	}
}

// What BeforeConnect may not change is refused before anything is sent, with the name of what it was. So is what it
// returns.
func TestBeforeConnectRefused(t *testing.T) {
	w := newWorld(t)
	refused := errors.New("no password today")
	for name, tt := range map[string]struct {
		change func(*pgx.ConnConfig)
		want   string
	}{
		"search_path":            {setParam("search_path", "tenant_globex"), `"search_path" is set by docex`},
		"Search_Path":            {setParam("Search_Path", "tenant_globex"), `"search_path" is set by docex`},
		"role":                   {setParam("role", "none"), `"role" is set by docex`},
		"session_authorization":  {setParam("session_authorization", "postgres"), `"session_authorization" is set by docex`},
		"options":                {setParam("options", "-c role=none"), `"options" is set by docex`},
		"replication":            {setParam("replication", "database"), `"replication" is set by docex`},
		"backslash_quote":        {setParam("backslash_quote", "on"), `"backslash_quote" is set by docex`},
		"conforming strings":     {setParam("standard_conforming_strings", "off"), `conforming_strings" must be on`},
		"client_encoding":        {setParam("client_encoding", "SJIS"), `"client_encoding" must be UTF8`},
		"a setting of docex's":   {setParam("docex_pin", "session"), `"docex_pin", which belongs into the DSN`},
		"another in upper case":  {setParam("DOCEX_CATALOG", "all"), `"DOCEX_CATALOG", which belongs into the DSN`},
		"pgconn's AfterConnect":  {func(c *pgx.ConnConfig) { c.Config.AfterConnect = nobodys }, "use Config.AfterConnect"},
		"AfterNetConnect":        {func(c *pgx.ConnConfig) { c.AfterNetConnect = asItIs }, "use DialFunc"},
		"ValidateConnect":        {func(c *pgx.ConnConfig) { c.ValidateConnect = nobodys }, "has set ValidateConnect"},
		"an error of its own":    {nil, refused.Error()},
		"a BuildFrontend is not": {func(c *pgx.ConnConfig) { c.BuildFrontend = nil }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dialled := false
			cfg := testConfig
			cfg.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
				if tt.change == nil {
					return refused
				}
				tt.change(c)
				dial := c.DialFunc
				c.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
					dialled = true
					return dial(ctx, network, addr)
				}
				return nil
			}
			db := w.openConnector(t, 1, w.connector(t, cfg))
			err := db.PingContext(context.Background())
			if tt.want == "" {
				finish(t, err)
				wantClean(t, db)
				return
			}
			var typed *driver.Error
			if !errors.As(err, &typed) || typed.Op != "connect" || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if dialled || tt.change == nil && !errors.Is(err, refused) {
				t.Errorf("dialled: %t, %v", dialled, err)
			}
		})
	}
}

func setParam(name, value string) func(*pgx.ConnConfig) {
	return func(c *pgx.ConnConfig) { c.RuntimeParams[name] = value }
}

// nobodys would run a statement for nobody.
func nobodys(ctx context.Context, c *pgconn.PgConn) error {
	_, err := c.Exec(ctx, "SELECT 1").ReadAll()
	return err
}

func asItIs(_ context.Context, _ *pgconn.Config, c net.Conn) (net.Conn, error) { return c, nil }

// What BeforeConnect changes holds for one connection, and a DSN's own ValidateConnect stays.
func TestBeforeConnectGetsACopy(t *testing.T) {
	w := newWorld(t)
	var calls atomic.Int64
	cfg := before(func(c *pgx.ConnConfig) {
		if _, is := c.RuntimeParams["application_name"]; is {
			t.Error("the configuration of an earlier connection")
		}
		c.RuntimeParams["application_name"] = fmt.Sprint("number-", calls.Add(1))
	})
	cfg.Policy.AllowSettings = []string{"application_name"}
	db := w.openConnector(t, 1, w.connector(t, cfg, "target_session_attrs", "read-write"))
	for n := range 3 {
		renew(db)
		var name string
		err := db.QueryRowContext(as("acme"), "SHOW application_name").Scan(&name)
		if want := fmt.Sprint("number-", n+1); err != nil || name != want {
			t.Errorf("got %q, %v, want %q", name, err, want)
		}
	}
}

// Wrap makes no connections, so nothing calls BeforeConnect.
func TestBeforeConnectNeedsNewConnector(t *testing.T) {
	w := newWorld(t)
	pc, err := pgx.ParseConfig(w.AppDSN)
	if err != nil {
		t.Fatal(err)
	}
	db := w.openConnector(t, 1, driver.Wrap(stdlib.GetConnector(*pc), before(func(*pgx.ConnConfig) {})))
	if err := db.Ping(); err == nil || !strings.Contains(err.Error(), "NewConnector") {
		t.Errorf("got %v", err)
	}
}
