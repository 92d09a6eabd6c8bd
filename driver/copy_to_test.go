package driver_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"
)

// copied returns what CopyTo writes for the tenant.
func copied(t *testing.T, c *sql.Conn, tenant, table string, columns ...string) string {
	t.Helper()
	var b bytes.Buffer
	n, err := driver.CopyTo(as(tenant), c, &b, table, columns)
	if err != nil {
		t.Errorf("%s: %v", tenant, err)
	}
	if lines := int64(strings.Count(b.String(), "\n")); n != lines {
		t.Errorf("%s: CopyTo = %d, wrote %d lines", tenant, n, lines)
	}
	return b.String()
}

// Each tenant gets its own rows, as the first operation of a checkout that follows another tenant's and as a later one.
func TestCopyTo(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		for _, tenant := range tenants {
			c := checkout(t, db)
			for range 2 {
				if got := copied(t, c, tenant, "docbasket", "name"); got != tenant+"\n" {
					t.Errorf("as %s: got %q", tenant, got)
				}
			}
			wantSeen(t, c, tenant)
			finish(t, c.Close())
		}
		wantClean(t, db)
	})
}

func TestCopyToFormat(t *testing.T) {
	w := newWorld(t)
	mustExec(t, w.admin, `CREATE TABLE tenant_acme."Odd ""Names""" ("a, b" text, c int)`)
	mustExec(t, w.admin, `CREATE VIEW tenant_acme.seven AS SELECT 7 AS n`)
	mustExec(t, w.admin, `GRANT SELECT ON ALL TABLES IN SCHEMA tenant_acme TO PUBLIC`)
	mustExec(t, w.admin, `INSERT INTO tenant_acme."Odd ""Names""" VALUES (E'one\n"é", \\.', 1), (NULL, 2), ('', 3)`)
	c := checkout(t, w.open(t, 1))
	defer c.Close()
	got := records(t, c, `Odd "Names"`, "c", "a, b")
	if diff := cmp.Diff([][]string{{"1", "one\n\"é\", \\."}, {"2", ""}, {"3", ""}}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"7"}}, records(t, c, "seven", "n")); diff != "" {
		t.Error(diff)
	}
}

func records(t *testing.T, c *sql.Conn, table string, columns ...string) [][]string {
	t.Helper()
	var b bytes.Buffer
	if _, err := driver.CopyTo(as("acme"), c, &b, table, columns); err != nil {
		t.Error(err)
	}
	all, err := csv.NewReader(&b).ReadAll()
	finish(t, err)
	return all
}

// Nothing but the tenant's own tables, whatever the names are. Nothing is written, and the connection goes on.
func TestCopyToStaysInTheSchema(t *testing.T) {
	w := newWorld(t)
	mustExec(t, w.admin, "CREATE TABLE public.docbasket_of_all (name text)")
	mustExec(t, w.admin, "GRANT SELECT ON public.docbasket_of_all TO PUBLIC")
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		c := checkout(t, db)
		for _, table := range []string{
			"tenant_globex.docbasket", `"tenant_globex"."docbasket"`, "pg_class", "pg_catalog.pg_class", "tenant", "docbasket_of_all",
			"docbasket) to program 'false' --", "docbasket; select 1", "", "no such\x00",
		} {
			for _, columns := range [][]string{{"name"}, {"*"}, {"name) FROM tenant_globex.docbasket --"}, nil} {
				var b bytes.Buffer
				if n, err := driver.CopyTo(as("acme"), c, &b, table, columns); err == nil || n != 0 || b.Len() > 0 {
					t.Errorf("%q, %q: copied %d rows: %q, %v", table, columns, n, b.String(), err)
				}
			}
		}
		for _, columns := range [][]string{nil, {""}, {"*"}, {"no such column"}} {
			if n, err := driver.CopyTo(as("acme"), c, io.Discard, "docbasket", columns); err == nil {
				t.Errorf("%q: copied %d rows", columns, n)
			}
		}
		wantSeen(t, c, "acme")
		finish(t, c.Close())
		wantClean(t, db)
	})
}

func TestCopyToRefused(t *testing.T) {
	w := newWorld(t)
	db := w.open(t, 1)
	wantClean(t, db)
	c := checkout(t, db)
	copyAs := func(ctx context.Context) error {
		_, err := driver.CopyTo(ctx, c, io.Discard, "docbasket", []string{"name"})
		return err
	}
	if err := copyAs(context.Background()); !errors.Is(err, scope.ErrNoUserContext) {
		t.Errorf("got %v, want %v", err, scope.ErrNoUserContext)
	}
	if err := copyAs(as("mothballed")); !errors.Is(err, scope.ErrTenantSuspended) {
		t.Errorf("got %v, want %v", err, scope.ErrTenantSuspended)
	}
	if err := copyAs(as("acme")); !errors.Is(err, scope.ErrTenantMismatch) {
		t.Errorf("got %v, want %v", err, scope.ErrTenantMismatch)
	}
	finish(t, c.Close())
	wantClean(t, db)

	plain := checkout(t, w.admin)
	defer plain.Close()
	_, err := driver.CopyTo(as("acme"), plain, io.Discard, "docbasket", []string{"name"})
	if !errors.Is(err, driver.ErrNotDocex) {
		t.Errorf("got %v, want %v", err, driver.ErrNotDocex)
	}
}

func TestCopyToBound(t *testing.T) {
	bound := driver.Bind(newWorld(t).open(t, 1), userOf("globex"))
	defer closeDB(t, bound)
	c := checkout(t, bound)
	defer c.Close()
	var b bytes.Buffer
	_, err := driver.CopyTo(context.Background(), c, &b, "docbasket", []string{"name"})
	if err != nil || b.String() != "globex\n" {
		t.Errorf("got %q, %v", b.String(), err)
	}
}

// Inside a transaction the copy sees the transaction's own rows, and an error of it fails the transaction.
func TestCopyToInTransaction(t *testing.T) {
	db := newWorld(t).open(t, 1)
	c := checkout(t, db)
	tx, err := c.BeginTx(as("acme"), nil)
	if err != nil {
		t.Fatal(err)
	}
	execAll(t, tx, as("acme"), "INSERT INTO docbasket (name) VALUES ('new-in-tx')")
	if got := copied(t, c, "acme", "docbasket", "name"); got != "acme\nnew-in-tx\n" {
		t.Errorf("got %q", got)
	}
	_, err = driver.CopyTo(as("acme"), c, io.Discard, "docbasket", []string{"missing"})
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != "42703" {
		t.Errorf("got %v, want SQLSTATE 42703", err)
	}
	wantCode(t, tx, as("acme"), "SELECT 1", "25P02")
	finish(t, tx.Rollback())
	wantSeen(t, c, "acme")
	finish(t, c.Close())
	wantClean(t, db)
}

// writer calls f with each part.
type writer func(p []byte) (int, error)

func (f writer) Write(p []byte) (int, error) { return f(p) }

// A context that ended before costs nothing. One that ends in the middle, and a writer that fails, cost the connection.
func TestCopyToInterrupted(t *testing.T) {
	w := newWorld(t)
	mustExec(t, w.admin, "INSERT INTO tenant_acme.docbasket (name) SELECT 'new-' || i || repeat('x', 100) FROM generate_series(1, 100000) i")
	db := w.open(t, 1)
	for _, pinned := range []bool{false, true} {
		c := checkout(t, db)
		if pinned {
			wantSeen(t, c, "acme")
		}
		ended, cancel := context.WithCancel(as("acme"))
		cancel()
		if _, err := driver.CopyTo(ended, c, io.Discard, "docbasket", []string{"name"}); !errors.Is(err, context.Canceled) {
			t.Errorf("ended before, pinned %t: got %v", pinned, err)
		}
		wantSeen(t, c, "acme")
		finish(t, c.Close())
	}

	full := errors.New("disk full")
	for want, write := range map[error]func(cancel func()) writer{
		full:             func(func()) writer { return func([]byte) (int, error) { return 0, full } },
		context.Canceled: func(cancel func()) writer { return func(p []byte) (int, error) { cancel(); return len(p), nil } },
	} {
		c := checkout(t, db)
		ctx, cancel := context.WithCancel(as("acme"))
		n, err := driver.CopyTo(ctx, c, write(cancel), "docbasket", []string{"name"})
		cancel()
		if !errors.Is(err, want) || n != 0 {
			t.Errorf("got %d, %v, want %v", n, err, want)
		}
		if _, err := seen(as("acme"), c); err == nil {
			t.Errorf("%v: the connection was used again", want)
		}
		_ = c.Close() // the pool has closed it
		wantClean(t, db)
	}
}

// A writer that panics leaves a connection that is not used again.
func TestCopyToPanic(t *testing.T) {
	db := newWorld(t).open(t, 1)
	c := checkout(t, db)
	func() {
		defer func() { _ = recover() }()
		_, _ = driver.CopyTo(as("acme"), c, writer(func([]byte) (int, error) { panic("a mistake in Write") }), "docbasket", []string{"name"})
		t.Error("no panic")
	}()
	_ = c.Close()
	wantClean(t, db)
}
