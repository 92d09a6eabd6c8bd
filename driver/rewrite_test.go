package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/jackc/pgx/v5"
)

// rewriter replaces whatever it is given.
type rewriter struct {
	sql  string
	args []any
	conn **pgx.Conn // set to what RewriteQuery was given
}

func (r rewriter) RewriteQuery(_ context.Context, c *pgx.Conn, _ string, args []any) (string, []any, error) {
	if r.conn != nil {
		*r.conn = c
	}
	return r.sql, append(args, r.args...), nil
}

func TestNamedArgs(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		for _, arg := range []any{pgx.NamedArgs{"n": "acme"}, pgx.StrictNamedArgs{"n": "acme"}} {
			var got string
			err := db.QueryRowContext(as("acme"), "SELECT name FROM docbasket WHERE name = @n", arg).Scan(&got)
			if err != nil || got != "acme" {
				t.Errorf("%T: got %q, %v", arg, got, err)
			}
			_, err = db.ExecContext(as("acme"), "UPDATE docbasket SET description = '' WHERE name = @n", arg)
			if err != nil {
				t.Errorf("%T: %v", arg, err)
			}
		}
	})
}

func TestPgxOptionsStillWork(t *testing.T) {
	db := newWorld(t).open(t, 1)
	for _, m := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec,
		pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	} {
		var got string
		err := db.QueryRowContext(as("acme"), "SELECT name FROM docbasket WHERE name = $1", m, "acme").Scan(&got)
		if err != nil || got != "acme" {
			t.Errorf("%v: got %q, %v", m, got, err)
		}
		err = db.QueryRowContext(as("acme"), "SELECT name FROM docbasket WHERE name = @n", m,
			pgx.QueryResultFormats{pgx.TextFormatCode}, pgx.NamedArgs{"n": "acme"}).Scan(&got)
		if err != nil || got != "acme" {
			t.Errorf("%v with a rewriter: got %q, %v", m, got, err)
		}
	}
}

// The guard judges what a rewriter makes, not what it was given.
func TestRewriterIsGuarded(t *testing.T) {
	w := newWorld(t)
	db := w.open(t, 1)
	leave := rewriter{sql: "INSERT INTO tenant_globex.docbasket (name) VALUES ('rewritten') RETURNING name"}
	twice := rewriter{sql: "SELECT 1", args: []any{leave}}
	ways := map[string]func(args ...any) error{
		"exec": func(args ...any) error {
			_, err := db.ExecContext(as("acme"), "SELECT 1", args...)
			return err
		},
		"query": func(args ...any) error {
			var s string
			return db.QueryRowContext(as("acme"), "SELECT 1", args...).Scan(&s)
		},
	}
	for name, way := range ways {
		for _, args := range [][]any{
			{leave}, {pgx.QueryExecModeSimpleProtocol, leave}, {rewriter{sql: "SELECT 1"}, leave},
			{leave, pgx.QueryExecModeExec},
		} {
			if err := way(args...); !errors.Is(err, guard.ErrDenied) {
				t.Errorf("%s %T: got %v, want %v", name, args, err, guard.ErrDenied)
			}
		}
		if err := way(twice); !errors.Is(err, driver.ErrUnsafeArgument) {
			t.Errorf("%s of a rewriter that returns another: %v", name, err)
		}
	}
	if n := w.baskets(t, "globex", "rewritten"); n != 0 {
		t.Errorf("%d rewritten rows", n)
	}
}

func TestRewriterGetsNoConnection(t *testing.T) {
	db := newWorld(t).open(t, 1)
	c := new(pgx.Conn)
	if _, err := db.ExecContext(as("acme"), "", rewriter{sql: "SELECT 1", conn: &c}); err != nil {
		t.Fatal(err)
	}
	if c != nil {
		t.Error("the rewriter was handed the inner connection")
	}
}

func TestRewriterOnPreparedStatement(t *testing.T) {
	w := newWorld(t)
	db := w.open(t, 1)
	s, err := db.PrepareContext(as("acme"), "SELECT name FROM docbasket WHERE name = $1")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	leave := rewriter{sql: "INSERT INTO tenant_globex.docbasket (name) VALUES ('rewritten')"}
	if _, err := s.ExecContext(as("acme"), leave); !errors.Is(err, driver.ErrUnsafeArgument) {
		t.Errorf("exec: got %v, want %v", err, driver.ErrUnsafeArgument)
	}
	var got string
	if err := s.QueryRowContext(as("acme"), leave).Scan(&got); !errors.Is(err, driver.ErrUnsafeArgument) {
		t.Errorf("query: got %v, want %v", err, driver.ErrUnsafeArgument)
	}
	if n := w.baskets(t, "globex", "rewritten"); n != 0 {
		t.Errorf("%d rewritten rows", n)
	}
}

// Nothing that sql.Conn.Raw hands out leads to pgx's connection.
func TestRawLeadsNowhere(t *testing.T) {
	db := newWorld(t).open(t, 1)
	bound := driver.Bind(db, userOf("acme"))
	defer closeDB(t, bound)
	for name, db := range map[string]*sql.DB{"plain": db, "bound": bound} {
		c := checkout(t, db)
		err := c.Raw(func(dc any) error {
			if _, ok := dc.(interface{ Conn() *pgx.Conn }); ok {
				t.Errorf("%s: %T hands out the inner connection", name, dc)
			}
			return nil
		})
		finish(t, err)
		finish(t, c.Close())
	}
}
