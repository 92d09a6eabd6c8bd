package driver_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// eventLog keeps the events it is told of.
type eventLog struct {
	mu     sync.Mutex
	events []driver.Event // guarded by mu
}

func (r *eventLog) Observe(_ context.Context, e driver.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// take returns the events since the last call.
func (r *eventLog) take() []driver.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.events
	r.events = nil
	return events
}

func TestObserver(t *testing.T) {
	w := newOwnWorld(t)
	r := new(eventLog)
	cfg := testConfig
	cfg.Observer = r
	c := w.connector(t, cfg)
	db := w.openConnector(t, 1, c)
	const secret, text = "'hush'", "SELECT name FROM tenant_globex.docbasket WHERE name = "
	print := guard.Fingerprint(text + secret)

	steps := []struct {
		name string
		do   func()
		want []driver.Event
	}{
		{"a first statement", func() { wantSeen(t, db, "acme") },
			[]driver.Event{{Kind: driver.EventPinned, Op: "query", UserID: "u-acme", TenantID: "acme"}}},
		{"another of the same tenant", func() { wantSeen(t, db, "acme") }, nil},
		{"a denial", func() { _, _ = db.ExecContext(as("acme"), text+secret) },
			[]driver.Event{{Kind: driver.EventDenied, Op: "exec", UserID: "u-acme", TenantID: "acme",
				Rule: guard.RuleSchema, Fingerprint: print, Err: guard.ErrDenied}}},
		{"no UserContext", func() { _, _ = db.Exec("SELECT 1") },
			[]driver.Event{{Kind: driver.EventNoTenant, Op: "exec", Fingerprint: guard.Fingerprint("SELECT 1"), Err: scope.ErrNoUserContext}}},
		{"another tenant, suspended", func() { _, _ = db.ExecContext(as("mothballed"), "SELECT 1") },
			[]driver.Event{{Kind: driver.EventPinned, Op: "exec", UserID: "u-mothballed", TenantID: "mothballed"},
				{Kind: driver.EventPinRefused, Op: "exec", UserID: "u-mothballed", TenantID: "mothballed", Err: scope.ErrTenantSuspended}}},
		{"suspended while pinned", func() {
			wantSeen(t, db, "acme")
			r.take()
			finish(t, w.prov.Suspend(context.Background(), "acme"))
			_, _ = seen(as("acme"), db)
		}, []driver.Event{{Kind: driver.EventPinRefused, Op: "query", UserID: "u-acme", TenantID: "acme", Err: scope.ErrTenantSuspended}}},
		{"a transaction left open", func() {
			c := checkout(t, db)
			execAll(t, c, as("globex"), "BEGIN")
			r.take()
			finish(t, c.Close())
		}, []driver.Event{{Kind: driver.EventRetired, TenantID: "globex", Err: cmpopts.AnyError}}},
	}
	for _, s := range steps {
		s.do()
		got := r.take()
		if diff := cmp.Diff(s.want, got, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("%s: events (-want +got):\n%s", s.name, diff)
		}
		for _, e := range got {
			if e.Err != nil && strings.Contains(e.Err.Error(), "hush") {
				t.Errorf("%s: a constant is in %v", s.name, e.Err)
			}
		}
	}
	stats := c.Stats()
	if stats.Denied != 1 || stats.NoTenant != 1 || stats.PinRefused != 2 || stats.Retired != 1 || stats.Pins < 4 {
		t.Errorf("counted %+v", stats)
	}
}

func TestSlogObserver(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
	o := driver.NewSlogObserver(logger)
	o.Observe(context.Background(), driver.Event{Kind: driver.EventDenied, Op: "exec", UserID: "u1", TenantID: "acme",
		Rule: guard.RuleSchema, Fingerprint: "0123", Err: errors.New("why")})
	o.Observe(context.Background(), driver.Event{Kind: driver.EventPinned, TenantID: "acme"}) // below the level
	const want = "level=WARN msg=docex event=denied op=exec tenant_id=acme user_id=u1 rule=foreign-schema fingerprint=0123 error=why\n"
	if got := log.String(); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

// A connection is closed after it has served as many tenants as it may, since its backend keeps catalog caches for each.
func TestMaxTenants(t *testing.T) {
	w := newWorld(t)
	cfg := testConfig
	cfg.MaxTenants = 3
	c := w.connector(t, cfg)
	db := w.openConnector(t, 1, c)
	backend := func(tenant string) (pid int) {
		if err := db.QueryRowContext(as(tenant), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
			t.Fatal(err)
		}
		return pid
	}
	c.DisableGuard()
	first := backend("acme")
	for _, tenant := range []string{"globex", "acme", "globex"} {
		if backend(tenant) != first {
			t.Errorf("%s, one of two tenants, got another connection", tenant)
		}
	}
	if backend("initech") != first {
		t.Error("the third tenant got another connection")
	}
	if backend("acme") == first {
		t.Error("the connection was used after three tenants")
	}
	if n := c.Stats().Retired; n != 1 {
		t.Errorf("%d connections retired", n)
	}
	wantClean(t, db)
}

// A connector that cannot connect counts nothing.
func TestStatsOfAnInvalidConfig(t *testing.T) {
	if got := driver.Wrap(nil, driver.Config{MaxTenants: -1}).Stats(); got != (driver.Stats{}) {
		t.Errorf("got %+v", got)
	}
}
