package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/scope"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	insertName  = "INSERT INTO docbasket (name) VALUES ($1)"
	selectNames = "SELECT name FROM docbasket WHERE name LIKE $1 ORDER BY name"
	deleteNames = "DELETE FROM docbasket WHERE name LIKE $1"
)

// texts makes a batch of statements without arguments or callbacks.
func texts(queries ...string) *pgx.Batch {
	b := &pgx.Batch{}
	for _, q := range queries {
		b.Queue(q)
	}
	return b
}

// probed is what the callbacks of a batch have seen.
type probed struct {
	Inserted int64
	Owner    string
	Names    []string
}

// probe writes two rows, reads them back, and reads whose data it sees. It leaves nothing behind.
func probe(got *probed) *pgx.Batch {
	*got = probed{}
	b := &pgx.Batch{}
	b.Queue("INSERT INTO docbasket (name) SELECT $1 || n FROM generate_series(1, 2) n", "new-").Exec(func(tag pgconn.CommandTag) error {
		got.Inserted = tag.RowsAffected()
		return nil
	})
	b.Queue("SELECT min(name) FROM docbasket WHERE name NOT LIKE $1", "new-%").QueryRow(func(row pgx.Row) error {
		return row.Scan(&got.Owner)
	})
	b.Queue(insertName, "new-3")
	b.Queue(selectNames, "new-%").Query(func(rows pgx.Rows) (err error) {
		got.Names, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	b.Queue("DELETE FROM docbasket WHERE name LIKE @pattern", pgx.NamedArgs{"pattern": "new-%"})
	return b
}

func wantProbe(t *testing.T, c *sql.Conn, tenant string) {
	t.Helper()
	var got probed
	b := probe(&got)
	for range 2 { // a batch may be sent again; then its statements are described already
		got = probed{}
		if err := driver.SendBatch(as(tenant), c, b); err != nil {
			t.Errorf("as %s: %v", tenant, err)
		}
		want := probed{Inserted: 2, Owner: tenant, Names: []string{"new-1", "new-2", "new-3"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("as %s (-want +got):\n%s", tenant, diff)
		}
	}
}

// The results are right and the tenant's own, for the first operation of a checkout behind another tenant's and for a
// later one, inside a transaction and outside.
func TestBatch(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		for range 2 {
			for _, tenant := range tenants {
				c := checkout(t, db)
				wantProbe(t, c, tenant)
				wantSeen(t, c, tenant)
				finish(t, c.Close())
			}
		}
		c := checkout(t, db)
		tx, err := c.BeginTx(as("acme"), nil)
		if err != nil {
			t.Fatal(err)
		}
		wantProbe(t, c, "acme")
		finish(t, driver.SendBatch(as("acme"), c, texts("INSERT INTO docbasket (name) VALUES ('new-in-tx')")))
		wantSeen(t, tx, "acme")
		finish(t, tx.Rollback())
		wantProbe(t, c, "acme")
		finish(t, c.Close())
		wantClean(t, db)
	})
	for _, tenant := range tenants {
		if n := w.baskets(t, tenant, "new-in-tx"); n != 0 {
			t.Errorf("%s: %d rows of a transaction rolled back", tenant, n)
		}
	}
}

// A statement that is refused refuses the batch, wherever it stands, and nothing is sent: not even a pin, which would
// fail for this tenant.
func TestBatchRefusedAsAWhole(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		c := checkout(t, w.open(t, 1, mode...))
		defer c.Close()
		for text, want := range map[string]error{
			"SELECT * FROM tenant_globex.docbasket": guard.ErrDenied,
			"DELETE FROM docex_system.tenant":       guard.ErrDenied,
			"SET search_path = tenant_globex":       guard.ErrDenied,
			"SET LOCAL role = none":                 guard.ErrDenied,
			"COPY docbasket TO STDOUT":              guard.ErrDenied,
			"not SQL":                               guard.ErrDenied,
			"":                                      driver.ErrNotInBatch,
			" -- nothing":                           driver.ErrNotInBatch,
			"SELECT 1; SELECT 2":                    driver.ErrNotInBatch,
			"BEGIN":                                 driver.ErrNotInBatch,
			"START TRANSACTION ISOLATION LEVEL SERIALIZABLE": driver.ErrNotInBatch,
			"COMMIT":        driver.ErrNotInBatch,
			"ROLLBACK":      driver.ErrNotInBatch,
			"SAVEPOINT s":   driver.ErrNotInBatch,
			"ROLLBACK TO s": driver.ErrNotInBatch,
			"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE": driver.ErrNotInBatch,
			"CALL tenant_mothballed.two_steps()":           driver.ErrNotInBatch,
		} {
			for i := range 3 {
				queries := []string{"DELETE FROM docbasket", "DELETE FROM docbasket"}
				b := texts(slices.Insert(queries, i, text)...)
				b.QueuedQueries[0].Exec(func(pgconn.CommandTag) error { t.Error("a callback was run"); return nil })
				err := driver.SendBatch(as("mothballed"), c, b)
				var refused *driver.BatchError
				if !errors.Is(err, want) || !errors.As(err, &refused) || refused.Index != i {
					t.Errorf("%q at %d: got %v, want %v", text, i, err, want)
				}
			}
		}
		err := driver.SendBatch(as("mothballed"), c, texts("SELECT 1"))
		if !errors.Is(err, scope.ErrTenantSuspended) {
			t.Errorf("got %v, want %v", err, scope.ErrTenantSuspended)
		}
	})
	wantClean(t, w.open(t, 1))
}

func TestBatchErrorText(t *testing.T) {
	c := checkout(t, newWorld(t).open(t, 1))
	defer c.Close()
	for _, test := range []struct{ text, want string }{
		{"COMMIT", "docex: batch: statement 2: statement may not run in a batch: it begins or ends a transaction; " +
			"send the batch inside one of BeginTx"},
		{"SELECT * FROM tenant_globex.docbasket", "docex: batch: statement 2: guard: foreign-schema: tenant_globex.docbasket " +
			"at line 1 column 15: it is outside the tenant's schema; leave the schema out to mean the tenant's own; " +
			"Policy.SharedSchemas and Policy.ExtensionSchemas open others"},
	} {
		err := driver.SendBatch(as("acme"), c, texts("SELECT 1", test.text))
		if err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %v", err, test.want)
		}
	}
}

// The settings that a policy allows may be set for the batch's own transaction only.
func TestBatchSettings(t *testing.T) {
	w := newWorld(t)
	cfg := driver.Config{Policy: guard.Policy{AllowSettings: []string{"statement_timeout"}}}
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.openConnector(t, 1, w.connector(t, cfg, mode...))
		c := checkout(t, db)
		for _, text := range []string{"SET statement_timeout = '77s'", "RESET statement_timeout"} {
			if err := driver.SendBatch(as("acme"), c, texts(text)); !errors.Is(err, driver.ErrNotInBatch) {
				t.Errorf("%s: got %v, want %v", text, err, driver.ErrNotInBatch)
			}
		}
		show := func() (got string) {
			t.Helper()
			finish(t, c.QueryRowContext(as("acme"), "SHOW statement_timeout").Scan(&got))
			return got
		}
		var inside string
		b := texts("SET LOCAL statement_timeout = '77s'")
		b.Queue("SHOW statement_timeout").QueryRow(func(row pgx.Row) error { return row.Scan(&inside) })
		finish(t, driver.SendBatch(as("acme"), c, b))
		if after := show(); inside != "77s" || after != "0" {
			t.Errorf("got %q inside, %q after", inside, after)
		}
		finish(t, c.Close())
		wantClean(t, db)
	})
}

// An error in the middle undoes what came before it, and leaves a connection that is as clean as any.
func TestBatchFails(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		failing := map[string]struct {
			query string
			args  []any
			code  string
		}{
			"when planned":  {"SELECT missing FROM docbasket", nil, "42703"},
			"when run":      {"SELECT 1 / $1::int", []any{0}, "22012"},
			"when inserted": {insertName, []any{"acme"}, "23505"},
		}
		send := func(c *sql.Conn, query string, args ...any) (code string, called int) {
			b := &pgx.Batch{}
			count := func(pgconn.CommandTag) error { called++; return nil }
			b.Queue(insertName, "new-before").Exec(count)
			b.Queue(query, args...).Exec(count)
			b.Queue(insertName, "new-after").Exec(count)
			err := driver.SendBatch(as("acme"), c, b)
			var pgErr *pgconn.PgError
			if !errors.As(err, &pgErr) {
				t.Fatalf("got %v, want an error of the server's", err)
			}
			return pgErr.Code, called
		}
		for name, f := range failing {
			for range 2 { // the second time from pgx's caches
				c := checkout(t, db)
				if code, called := send(c, f.query, f.args...); code != f.code || called > 1 {
					t.Errorf("%s: SQLSTATE %s and %d callbacks, want %s", name, code, called, f.code)
				}
				wantSeen(t, c, "acme")
				wantProbe(t, c, "acme")
				finish(t, c.Close())
				wantSeen(t, db, "globex")
			}
			c := checkout(t, db)
			tx, err := c.BeginTx(as("acme"), nil)
			if err != nil {
				t.Fatal(err)
			}
			if code, _ := send(c, f.query, f.args...); code != f.code {
				t.Errorf("%s, in a transaction: SQLSTATE %s, want %s", name, code, f.code)
			}
			wantCode(t, tx, as("acme"), "SELECT 1", "25P02")
			finish(t, tx.Rollback())
			wantSeen(t, c, "acme")
			finish(t, c.Close())
			wantClean(t, db)
		}
	})
	for _, name := range []string{"new-before", "new-after"} {
		if n := w.baskets(t, "acme", name); n != 0 {
			t.Errorf("%d rows %s", n, name)
		}
	}
}

// Whether the tenant may be worked for is decided by the server with the batch, also when another tenant has had its
// statements described before; callbacks cannot hide it.
func TestBatchRefusedTenant(t *testing.T) {
	pgtest.SkipOnCitus(t, "a batch has a transaction of its own there, which ends as behind a pooler")
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		wantClean(t, db)
		for _, known := range []bool{false, true} {
			if known {
				c := checkout(t, db)
				wantProbe(t, c, "acme")
				finish(t, c.Close())
			}
			for tenant, want := range map[string]error{"mothballed": scope.ErrTenantSuspended, "nobody": scope.ErrTenantNotProvisioned} {
				c := checkout(t, db)
				var got probed
				b := probe(&got)
				b.QueuedQueries[0].Query(func(rows pgx.Rows) error {
					rows.Close()
					return errors.New("hidden")
				})
				err := driver.SendBatch(as(tenant), c, b)
				var refused *driver.Error
				if !errors.Is(err, want) || !errors.As(err, &refused) || refused.Op != "batch" || refused.TenantID != tenant {
					t.Errorf("%s: got %v, want %v", tenant, err, want)
				}
				if got.Owner != "" || got.Names != nil {
					t.Errorf("%s: saw %+v", tenant, got)
				}
				if _, err := seen(as(tenant), c); !errors.Is(err, want) {
					t.Errorf("%s, later: got %v, want %v", tenant, err, want)
				}
				finish(t, c.Close())
				wantClean(t, db)
			}
		}
	})
}

// A rewriter's text is what the guard judges, whatever the rewriter does to the batch meanwhile.
func TestBatchRewriters(t *testing.T) {
	w := newWorld(t)
	const leave = "SELECT name FROM tenant_globex.docbasket"
	eachMode(t, func(t *testing.T, mode ...string) {
		c := checkout(t, w.open(t, 1, mode...))
		defer c.Close()
		send := func(args ...any) error {
			b := texts("SELECT 1")
			b.Queue("SELECT name FROM docbasket", args...).Query(func(rows pgx.Rows) error {
				names, err := pgx.CollectRows(rows, pgx.RowTo[string])
				if slices.Contains(names, "globex") {
					t.Error("saw the data of globex")
				}
				return err
			})
			return driver.SendBatch(as("acme"), c, b)
		}
		to := func(sql string, args ...any) pgx.QueryRewriter { return batchRewriter{sql: sql, args: args} }
		finish(t, send(to("SELECT name FROM docbasket WHERE name = $1", "acme")))
		finish(t, send(to(leave), to("SELECT name FROM docbasket"))) // the last one counts
		for name, err := range map[string]error{
			"leaves":          send(to(leave)),
			"the last leaves": send(to("SELECT 1"), to(leave)),
		} {
			if !errors.Is(err, guard.ErrDenied) {
				t.Errorf("%s: got %v, want %v", name, err, guard.ErrDenied)
			}
		}
		if err := send(to("SELECT 1", to(leave))); !errors.Is(err, driver.ErrUnsafeArgument) {
			t.Errorf("returns a rewriter: got %v, want %v", err, driver.ErrUnsafeArgument)
		}
		broken := errors.New("broken")
		if err := send(batchRewriter{err: broken}); !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}

		b := &pgx.Batch{}
		b.Queue("SELECT name FROM docbasket")
		args := []any{"x"}
		b.Queue("SELECT $1::text", args...)
		b.Queue("SELECT 1", batchRewriter{sql: "SELECT 2", do: func() {
			for _, q := range b.QueuedQueries { // as checked as they will get
				q.SQL = leave
			}
			b.QueuedQueries[1].Arguments[0] = to(leave)
			b.Queue(leave)
		}})
		for _, q := range b.QueuedQueries {
			q.Query(func(rows pgx.Rows) error {
				names, err := pgx.CollectRows(rows, pgx.RowToMap)
				if fmt.Sprint(names) == "[map[name:globex]]" {
					t.Error("saw the data of globex")
				}
				return err
			})
		}
		finish(t, driver.SendBatch(as("acme"), c, b))
		wantSeen(t, c, "acme")
	})
}

// batchRewriter replaces text and arguments.
type batchRewriter struct {
	sql  string
	args []any
	err  error
	do   func()
}

func (r batchRewriter) RewriteQuery(_ context.Context, c *pgx.Conn, _ string, _ []any) (string, []any, error) {
	if c != nil {
		return "", nil, errors.New("a rewriter was given the connection")
	}
	if r.do != nil {
		r.do()
	}
	return r.sql, r.args, r.err
}

// pgx.Batch.BeginTx is transaction control like any other, also when its text is something else.
func TestBatchBeginTx(t *testing.T) {
	c := checkout(t, newWorld(t).open(t, 1))
	defer c.Close()
	b := &pgx.Batch{}
	b.BeginTx(pgx.TxOptions{})
	b.Queue("SELECT 1")
	if err := driver.SendBatch(as("acme"), c, b); !errors.Is(err, driver.ErrNotInBatch) {
		t.Errorf("got %v, want %v", err, driver.ErrNotInBatch)
	}
	b = &pgx.Batch{}
	b.BeginTx(pgx.TxOptions{BeginQuery: "SELECT 1", CommitQuery: "DELETE FROM tenant_globex.docbasket"})
	b.QueuedQueries[0].Fn = func(br pgx.BatchResults) error {
		if tx := br.Tx(); tx != nil {
			t.Error("got a transaction")
		}
		_, err := br.Exec()
		return err
	}
	finish(t, driver.SendBatch(as("acme"), c, b))
	wantSeen(t, c, "acme")
}

// A procedure may commit, so it shares no transaction but one where it must not.
func TestBatchCall(t *testing.T) {
	w := newWorld(t)
	mustExec(t, w.admin, `CREATE PROCEDURE tenant_acme.one_step() LANGUAGE sql AS $$
		INSERT INTO tenant_acme.docbasket (name) VALUES ('new-by-procedure') $$`)
	mustExec(t, w.admin, `GRANT EXECUTE ON PROCEDURE tenant_acme.one_step() TO PUBLIC`)
	eachMode(t, func(t *testing.T, mode ...string) {
		c := checkout(t, w.open(t, 1, mode...))
		defer c.Close()
		if err := driver.SendBatch(as("acme"), c, texts("CALL tenant_acme.one_step()")); !errors.Is(err, driver.ErrNotInBatch) {
			t.Errorf("got %v, want %v", err, driver.ErrNotInBatch)
		}
		tx, err := c.BeginTx(as("acme"), nil)
		if err != nil {
			t.Fatal(err)
		}
		finish(t, driver.SendBatch(as("acme"), c, texts("CALL tenant_acme.one_step()", "SELECT 1")))
		finish(t, tx.Rollback())
	})
	if n := w.baskets(t, "acme", "new-by-procedure"); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// Who asks is decided as for any statement.
func TestBatchWho(t *testing.T) {
	w := newWorld(t)
	db := w.open(t, 1)
	c := checkout(t, db)
	for name, b := range map[string]*pgx.Batch{"a batch": texts("SELECT 1"), "an empty batch": {}} {
		if err := driver.SendBatch(context.Background(), c, b); !errors.Is(err, scope.ErrNoUserContext) {
			t.Errorf("%s: got %v, want %v", name, err, scope.ErrNoUserContext)
		}
	}
	finish(t, driver.SendBatch(as("acme"), c, &pgx.Batch{}))
	wantProbe(t, c, "acme")
	if err := driver.SendBatch(as("globex"), c, texts("SELECT 1")); !errors.Is(err, scope.ErrTenantMismatch) {
		t.Errorf("got %v, want %v", err, scope.ErrTenantMismatch)
	}
	ended, cancel := context.WithCancel(as("acme"))
	cancel()
	if err := driver.SendBatch(ended, c, texts("SELECT 1")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	wantSeen(t, c, "acme")
	finish(t, c.Close())

	bound := driver.Bind(db, userOf("globex"))
	defer closeDB(t, bound)
	c = checkout(t, bound)
	var got probed
	finish(t, driver.SendBatch(context.Background(), c, probe(&got)))
	if got.Owner != "globex" {
		t.Errorf("got %+v", got)
	}
	finish(t, c.Close())

	plain := checkout(t, w.admin)
	defer plain.Close()
	if err := driver.SendBatch(as("acme"), plain, texts("SELECT 1")); !errors.Is(err, driver.ErrNotDocex) {
		t.Errorf("got %v, want %v", err, driver.ErrNotDocex)
	}
	double, _ := mocked(t)
	c = checkout(t, double)
	defer c.Close()
	if err := driver.SendBatch(as("acme"), c, texts("SELECT 1")); err == nil || !strings.Contains(err.Error(), "drivertest") {
		t.Errorf("over another driver: %v", err)
	}
}
