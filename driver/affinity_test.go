package driver_test

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
)

// openPids returns a handle whose statements may ask for the process of their session, and its connector.
func (w *world) openPids(t *testing.T, n int, params ...string) (*sql.DB, *driver.Connector) {
	t.Helper()
	c := w.connector(t, driver.Config{}, params...)
	c.DisableGuard()
	return w.openConnector(t, n, c), c
}

func pidOf(t *testing.T, q queryer, tenant string) (pid int) {
	t.Helper()
	var name string
	err := q.QueryRowContext(as(tenant), "SELECT pg_backend_pid(), name FROM docbasket").Scan(&pid, &name)
	if pgtest.Citus() && err == nil { // that was the worker's
		err = q.QueryRowContext(as(tenant), "SELECT pg_backend_pid()").Scan(&pid)
	}
	if err != nil || name != tenant {
		t.Fatalf("%s: %q, %v", tenant, name, err)
	}
	return pid
}

// settleIn has n connections open, each with a session that has served one of the tenants, and returns their processes.
func settleIn(t *testing.T, db *sql.DB, tenants ...string) map[string]int {
	t.Helper()
	pids := make(map[string]int)
	var conns []*sql.Conn
	for _, tenant := range tenants {
		c, err := db.Conn(as(tenant))
		if err != nil {
			t.Fatal(err)
		}
		pids[tenant], conns = pidOf(t, c, tenant), append(conns, c)
	}
	for _, c := range conns {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return pids
}

// A checkout gets the session that has served its tenant, though database/sql hands out the connection that came back
// last. Without affinity it gets that one's.
func TestAffinity(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		setting string
		own     bool
	}{{"on", true}, {"off", false}} {
		db, c := w.openPids(t, 3, "docex_affinity", tt.setting)
		pids, own := settleIn(t, db, tenants[:3]...), true
		for i := range 12 {
			tenant := tenants[i%3]
			own = own && pidOf(t, db, tenant) == pids[tenant]
		}
		if own != tt.own {
			t.Errorf("%s: each tenant has its own session: %t", tt.setting, own)
		}
		if s := c.Stats(); (s.Swapped > 0) != tt.own {
			t.Errorf("%s: %d of %d connections swapped", tt.setting, s.Swapped, s.Own)
		}
	}
}

// affine are the ways to write a row with a label and to read all labels.
var affine = map[string]func(ctx context.Context, db *sql.DB, label string) (seen []string, err error){
	"db": func(ctx context.Context, db *sql.DB, label string) ([]string, error) {
		return writeRead(ctx, db, label)
	},
	"conn": func(ctx context.Context, db *sql.DB, label string) (seen []string, err error) {
		c, err := db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		return writeRead(ctx, c, label)
	},
	"tx": func(ctx context.Context, db *sql.DB, label string) (seen []string, err error) {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return nil, err
		}
		defer tx.Rollback()
		if seen, err = writeRead(ctx, tx, label); err != nil {
			return nil, err
		}
		return seen, tx.Commit()
	},
	"stmt": func(ctx context.Context, db *sql.DB, label string) (seen []string, err error) {
		s, err := db.PrepareContext(ctx, insertName)
		if err != nil {
			return nil, err
		}
		if _, err := s.ExecContext(ctx, label); err != nil {
			return nil, errors.Join(err, s.Close())
		}
		seen, err = labels(ctx, db)
		return seen, errors.Join(err, s.Close())
	},
	"copy": func(ctx context.Context, db *sql.DB, label string) (seen []string, err error) {
		c, err := db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		if _, err := driver.CopyFrom(ctx, c, "docbasket", []string{"name"}, pgx.CopyFromRows([][]any{{label}})); err != nil {
			return nil, err
		}
		return labels(ctx, c)
	},
	"batch": func(ctx context.Context, db *sql.DB, label string) (seen []string, err error) {
		c, err := db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		b := &pgx.Batch{}
		b.Queue(insertName, label)
		b.Queue("SELECT name FROM docbasket").Query(func(rows pgx.Rows) error {
			seen, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		})
		return seen, driver.SendBatch(ctx, c, b)
	},
	"bind": func(ctx context.Context, db *sql.DB, label string) (seen []string, err error) {
		uc, err := scope.From(ctx)
		if err != nil {
			return nil, err
		}
		bound := driver.Bind(db, uc)
		defer bound.Close()
		return writeRead(context.Background(), bound, label)
	},
}

func writeRead(ctx context.Context, q queryer, label string) ([]string, error) {
	if _, err := q.ExecContext(ctx, insertName, label); err != nil {
		return nil, err
	}
	return labels(ctx, q)
}

func labels(ctx context.Context, q queryer) (all []string, err error) {
	rows, err := q.QueryContext(ctx, "SELECT name FROM docbasket")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		all = append(all, name)
	}
	return all, rows.Err()
}

// While sessions are swapped, waited for and handed over at every checkout, each tenant sees its own rows, and its rows
// are all where they belong.
func TestAffinityUnderLoad(t *testing.T) {
	t.Parallel()
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			w := newWorld(t)
			c := w.connector(t, testConfig, "default_query_exec_mode", mode)
			db := w.openConnector(t, 4, c)
			var n atomic.Int64
			wrote := make([]map[string]int, 6) // rows of each tenant, by worker
			var work sync.WaitGroup
			for i := range wrote {
				wrote[i] = make(map[string]int)
				work.Go(func() {
					r := rand.New(rand.NewPCG(uint64(i), 7))
					for range 15 {
						for name, do := range affine {
							tenant := tenants[r.IntN(len(tenants))]
							seen, err := do(as(tenant), db, fmt.Sprintf("%s %d", tenant, n.Add(1)))
							if err != nil {
								t.Errorf("%s, %s: %v", name, tenant, err)
								return
							}
							if i := slices.IndexFunc(seen, func(s string) bool { return !isLabel(s, tenant) }); i >= 0 {
								t.Errorf("%s: %s saw %q", name, tenant, seen[i])
							}
							wrote[i][tenant]++
						}
					}
				})
			}
			work.Wait()
			for _, tenant := range tenants {
				want := 1
				for _, mine := range wrote {
					want += mine[tenant]
				}
				var rows int
				const count = "SELECT count(*) FROM tenant_%s.docbasket WHERE name LIKE '%[1]s%%'"
				if err := w.admin.QueryRow(fmt.Sprintf(count, tenant)).Scan(&rows); err != nil || rows != want {
					t.Errorf("%s: %d rows, want %d, %v", tenant, rows, want, err)
				}
			}
			if s := c.Stats(); s.Swapped == 0 || s.Waited == 0 {
				t.Errorf("nothing was swapped or waited for: %+v", s)
			}
		})
	}
}

func isLabel(s, tenant string) bool {
	var n int
	_, err := fmt.Sscanf(s, tenant+" %d", &n)
	return s == tenant || err == nil
}

// A session that was killed while it was idle costs its tenant nothing but another connection.
func TestAffinityToAKilledSession(t *testing.T) {
	w := newWorld(t)
	db, _ := w.openPids(t, 2)
	pids := settleIn(t, db, "acme", "globex")
	mustExec(t, w.admin, "SELECT pg_terminate_backend($1::int, 5000)", pids["acme"])
	for range 3 { // of which each begins on the other's connection
		if pid := pidOf(t, db, "acme"); pid == pids["acme"] {
			t.Error("the session is there still")
		}
		if pid := pidOf(t, db, "globex"); pid != pids["globex"] {
			t.Error("globex lost its session, too")
		}
	}
	if _, err := db.ExecContext(as("acme"), insertName, "once"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRowContext(as("acme"), "SELECT count(*) FROM docbasket WHERE name = 'once'").Scan(&n); err != nil || n != 1 {
		t.Errorf("the statement has run %d times, %v", n, err)
	}
}

// A tenant that is suspended while its session is idle is refused, whichever connection its checkout begins on.
func TestAffinityToASuspendedTenant(t *testing.T) {
	w := newOwnWorld(t)
	db, _ := w.openPids(t, 2)
	settleIn(t, db, "acme", "globex")
	if err := w.prov.Suspend(context.Background(), "acme"); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"SELECT name FROM docbasket", "SELECT 'x'"} {
		for range 3 {
			var s string
			if err := db.QueryRowContext(as("acme"), text).Scan(&s); !errors.Is(err, scope.ErrTenantSuspended) {
				t.Errorf("%s: got %v", text, err)
			}
			pidOf(t, db, "globex")
		}
	}
}

// A statement of a DB follows its tenant to its session. Only where pgx keeps no prepared statements is it one of a
// session, which then stays with its connection until the statement is closed, be that while the connection is idle.
func TestAffinityAndStatements(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		capacity, mode string
		tied           bool
	}{{"512", "cache_statement", false}, {"0", "exec", true}} {
		db, c := w.openPids(t, 2, "statement_cache_capacity", tt.capacity, "default_query_exec_mode", tt.mode)
		pids := settleIn(t, db, "acme", "globex")
		s, err := db.PrepareContext(as("globex"), "SELECT pg_backend_pid()")
		if err != nil {
			t.Fatal(err)
		}
		turns := func() (own bool) {
			own = true
			for i := range 6 {
				tenant := tenants[i%2]
				var pid int
				if err := s.QueryRowContext(as(tenant)).Scan(&pid); err != nil {
					t.Errorf("%s: %s: %v", tt.capacity, tenant, err)
				}
				own = own && pid == pids[tenant] && pidOf(t, db, tenant) == pid
			}
			return own
		}
		if own := turns(); own == tt.tied {
			t.Errorf("%s: each tenant has its own session: %t", tt.capacity, own)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		before := c.Stats().Swapped
		for i := range 6 {
			pidOf(t, db, tenants[i%2])
		}
		if n := c.Stats().Swapped - before; n == 0 {
			t.Errorf("%s: nothing is swapped once the statement is closed", tt.capacity)
		}
	}
}

// From the first statement of a checkout to its end, and through Raw, the session is the same.
func TestAffinityWithinACheckout(t *testing.T) {
	w := newWorld(t)
	db, _ := w.openPids(t, 2)
	pids := settleIn(t, db, "acme", "globex")
	for i := range 4 {
		tenant := tenants[i%2]
		c, err := db.Conn(as(tenant))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := c.Raw(func(any) error { return nil }); err != nil {
				t.Fatal(err)
			}
			if pid := pidOf(t, c, tenant); pid != pids[tenant] {
				t.Errorf("%s: process %d, want %d", tenant, pid, pids[tenant])
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// thinner is a driver around docex that lacks some of its optional interfaces, as tracing drivers do.
type thinner struct {
	sqldriver.Connector
	resets, validates bool
}

func (h thinner) Connect(ctx context.Context) (sqldriver.Conn, error) {
	c, err := h.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	b := bare{c, c.(sqldriver.QueryerContext), c.(sqldriver.NamedValueChecker)}
	switch {
	case h.resets:
		return struct {
			bare
			sqldriver.SessionResetter
		}{b, c.(sqldriver.SessionResetter)}, nil
	case h.validates:
		return struct {
			bare
			sqldriver.Validator
		}{b, c.(sqldriver.Validator)}, nil
	}
	return b, nil
}

type bare struct {
	sqldriver.Conn
	sqldriver.QueryerContext
	sqldriver.NamedValueChecker
}

// Behind a driver that hides when a connection comes back, nothing is swapped or waited for, and everybody sees his own
// rows. Behind one that hides that and when it is handed out, a connection is the first tenant's, and other ones are
// refused.
func TestAffinityBehindDriversThatHide(t *testing.T) {
	w := newWorld(t)
	for _, h := range []thinner{{}, {resets: true}, {validates: true}} {
		c := w.connector(t, testConfig)
		h.Connector = c
		db := sql.OpenDB(h)
		db.SetMaxOpenConns(3)
		db.SetMaxIdleConns(3)
		var work sync.WaitGroup
		for g := range 6 {
			work.Go(func() {
				for i := range 30 {
					tenant := tenants[(g+i)%len(tenants)]
					got, err := seenBy(db, tenant)
					if !h.resets && errors.Is(err, scope.ErrTenantMismatch) {
						continue
					}
					if got != tenant || err != nil {
						t.Errorf("resets %t, validates %t: %s saw %q, %v", h.resets, h.validates, tenant, got, err)
						return
					}
				}
			})
		}
		work.Wait()
		if s := c.Stats(); s.Swapped+s.Waited+s.InVain > 0 {
			t.Errorf("resets %t, validates %t: %+v", h.resets, h.validates, s)
		}
		closeDB(t, db)
	}
}

func seenBy(db *sql.DB, tenant string) (name string, err error) {
	err = db.QueryRowContext(as(tenant), "SELECT name FROM docbasket WHERE id = $1", 1).Scan(&name)
	return name, err
}

// However few tenants a session may serve, callers get sessions, each backend serves no more, and one that gives up
// costs none. The checkout may be one for nobody yet.
func TestAffinityWithFullSessions(t *testing.T) {
	w := newWorld(t)
	const most = 2
	c := w.connector(t, driver.Config{MaxTenants: most})
	c.DisableGuard()
	db := w.openConnector(t, 3, c)
	var mu sync.Mutex
	served := make(map[int]map[string]bool) // tenants by process
	var work sync.WaitGroup
	for g := range 8 {
		work.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 3))
			for i := range 40 {
				tenant := tenants[r.IntN(len(tenants))]
				ctx := as(tenant)
				if i%3 == 0 {
					ctx = context.Background()
				}
				if i%5 == 0 {
					short, cancel := context.WithTimeout(ctx, time.Duration(r.IntN(3))*time.Millisecond)
					if c, err := db.Conn(short); err == nil {
						err = c.Close()
						if err != nil {
							t.Error(err)
						}
					}
					cancel()
				}
				c, err := db.Conn(ctx)
				if err != nil {
					t.Errorf("%s: %v", tenant, err)
					return
				}
				pid := pidOf(t, c, tenant)
				mu.Lock()
				if served[pid] == nil {
					served[pid] = make(map[string]bool)
				}
				served[pid][tenant] = true
				mu.Unlock()
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	for pid, tenants := range served {
		if len(tenants) > most {
			t.Errorf("process %d has served %d tenants", pid, len(tenants))
		}
	}
}

// A tenant that nobody knows costs no session, though all are as full as they can be.
func TestAffinityOfNobody(t *testing.T) {
	w := newWorld(t)
	c := w.connector(t, driver.Config{MaxTenants: 2})
	c.DisableGuard()
	db := w.openConnector(t, 3, c)
	pids := settleIn(t, db, tenants[:3]...)
	for i := range 9 {
		if _, err := db.ExecContext(as(fmt.Sprint("nobody", i)), "SELECT 1"); !errors.Is(err, scope.ErrTenantNotProvisioned) {
			t.Errorf("got %v", err)
		}
	}
	for tenant, pid := range pids {
		if pidOf(t, db, tenant) != pid {
			t.Errorf("%s has lost its session", tenant)
		}
	}
}

// While sessions change hands, contexts end at any moment of a statement: what was reported as written is there once,
// what was written is where it belongs, and nobody reads what is another's.
func TestAffinityWhileContextsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connector(t, testConfig)
	db := w.openConnector(t, 3, c)
	var n, ended atomic.Int64
	written := make([][]string, 6) // labels, by worker
	var work sync.WaitGroup
	for g := range written {
		work.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 11))
			for range 300 {
				tenant := tenants[r.IntN(len(tenants))]
				label := fmt.Sprintf("%s %d", tenant, n.Add(1))
				within := time.Minute
				if r.IntN(4) == 0 {
					within = time.Duration(r.IntN(1000)) * time.Microsecond
				}
				ctx, cancel := context.WithTimeout(as(tenant), within)
				seen, err := writeRead(ctx, db, label)
				cancel()
				switch i := slices.IndexFunc(seen, func(s string) bool { return !isLabel(s, tenant) }); {
				case err != nil:
					ended.Add(1)
				case i >= 0:
					t.Errorf("%s saw %q", tenant, seen[i])
				default:
					written[g] = append(written[g], label)
				}
			}
		})
	}
	work.Wait()
	there := make(map[string]int)
	for _, tenant := range tenants {
		all, err := labels(context.Background(), inSchema{w.admin, "tenant_" + tenant})
		if err != nil {
			t.Fatal(err)
		}
		for _, label := range all {
			if there[label]++; !isLabel(label, tenant) {
				t.Errorf("%q is in %s's table", label, tenant)
			}
		}
	}
	for _, label := range slices.Concat(written...) {
		if there[label] != 1 {
			t.Errorf("%q is there %d times", label, there[label])
		}
	}
	if s := c.Stats(); s.Swapped == 0 || s.Waited == 0 || ended.Load() == 0 || n.Load() == ended.Load() {
		t.Errorf("%d of %d contexts have ended, %+v", ended.Load(), n.Load(), s)
	}
}

// inSchema is a handle without a tenant, whose statements find their tables in a schema.
type inSchema struct {
	*sql.DB
	schema string
}

func (s inSchema) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.DB.QueryContext(ctx, strings.ReplaceAll(query, "docbasket", s.schema+".docbasket"), args...)
}
