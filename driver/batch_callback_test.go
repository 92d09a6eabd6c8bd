package driver_test

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// looker is a pgx.RowScanner that looks for a way to the connection.
type looker struct {
	t    *testing.T
	name string
}

func (l *looker) ScanRow(rows pgx.Rows) error {
	wantNoWay(l.t, rows)
	return rows.Scan(&l.name)
}

func wantNoWay(t *testing.T, rows pgx.Rows) {
	t.Helper()
	if rows.Conn() != nil {
		t.Errorf("%T hands out the connection", rows)
	}
}

// Nothing that a callback is given leads to the connection or changes it for the next tenant.
func TestBatchCallbackLeadsNowhere(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		c := checkout(t, db)
		row, rows, own := looker{t: t}, looker{t: t}, looker{t: t}
		b := &pgx.Batch{}
		b.Queue("SELECT name FROM docbasket").QueryRow(func(r pgx.Row) error { return r.Scan(&row) })
		b.Queue("SELECT name FROM docbasket").Query(func(r pgx.Rows) error {
			wantNoWay(t, r)
			r.TypeMap().RegisterType(&pgtype.Type{Name: "int4", OID: pgtype.Int4OID, Codec: pgtype.TextCodec{}})
			for r.Next() {
				finish(t, r.Scan(&rows))
			}
			return nil
		})
		b.Queue("SELECT name FROM docbasket").Fn = func(br pgx.BatchResults) error {
			if br.Tx() != nil {
				t.Error("got a transaction")
			}
			finish(t, br.Close()) // does not run the other callbacks
			return br.QueryRow().Scan(&own)
		}
		var number any
		b.Queue("SELECT 7").Query(func(r pgx.Rows) (err error) {
			number, err = pgx.CollectExactlyOneRow(r, pgx.RowTo[any])
			return err
		})
		finish(t, driver.SendBatch(as("acme"), c, b))
		for _, l := range []looker{row, rows, own} {
			if l.name != "acme" {
				t.Errorf("got %q", l.name)
			}
		}
		if number != int32(7) {
			t.Errorf("got %T %v", number, number)
		}
		finish(t, c.Close())
		wantClean(t, db)
	})
}

// What a callback keeps is of no use after it, least of all for reading the next tenant's rows.
func TestBatchCallbackKeepsResults(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		c := checkout(t, db)
		var kept []pgx.Rows
		var row pgx.Row
		var results pgx.BatchResults
		var raw [][]byte
		b := &pgx.Batch{}
		b.Queue("SELECT name FROM docbasket UNION ALL SELECT 'more'").Query(func(r pgx.Rows) error {
			r.Next()
			raw = r.RawValues()
			kept = append(kept, r)
			return nil
		})
		b.Queue("SELECT name FROM docbasket").QueryRow(func(r pgx.Row) error { row = r; return nil })
		b.Queue("SELECT name FROM docbasket UNION ALL SELECT 'more'").Fn = func(br pgx.BatchResults) error {
			r, err := br.Query()
			kept, results = append(kept, r), br
			return err
		}
		b.Queue("SELECT name FROM docbasket") // what the callbacks left unread is not in its way
		finish(t, driver.SendBatch(as("acme"), c, b))
		finish(t, c.Close())

		c = checkout(t, db)
		open, err := c.QueryContext(as("globex"), "SELECT name FROM docbasket UNION ALL SELECT 'more'")
		if err != nil {
			t.Fatal(err)
		}
		var name string
		for i, r := range kept {
			if r.Next() || r.Err() == nil || r.RawValues() != nil || r.FieldDescriptions() != nil {
				t.Errorf("rows %d are alive", i)
			}
			if _, err := r.Values(); err == nil {
				t.Errorf("rows %d have values", i)
			}
			if err := r.Scan(&name); err == nil {
				t.Errorf("rows %d scan %q", i, name)
			}
			r.Close()
		}
		if err := row.Scan(&name); err == nil {
			t.Errorf("the row scans %q", name)
		}
		if _, err := results.Exec(); err == nil {
			t.Error("the results execute")
		}
		if _, err := results.Query(); err == nil {
			t.Error("the results query")
		}
		if err := results.QueryRow().Scan(&name); err == nil {
			t.Errorf("the results scan %q", name)
		}
		var got []string
		for open.Next() {
			finish(t, open.Scan(&name))
			got = append(got, name)
		}
		finish(t, open.Err())
		finish(t, open.Close())
		if diff := cmp.Diff([]string{"globex", "more"}, got); diff != "" {
			t.Error(diff)
		}
		if string(raw[0]) != "acme" {
			t.Errorf("a kept value became %q", raw[0])
		}
		finish(t, c.Close())
		wantClean(t, db)
	})
}

// Row and Rows behave as pgx's.
func TestBatchRows(t *testing.T) {
	c := checkout(t, newWorld(t).open(t, 1))
	defer c.Close()
	b := &pgx.Batch{}
	b.Queue("SELECT name FROM docbasket WHERE false").QueryRow(func(r pgx.Row) error {
		if err := r.Scan(nil); !errors.Is(err, pgx.ErrNoRows) || !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("no rows: got %v", err)
		}
		return nil
	})
	b.Queue("SELECT 'x'").QueryRow(func(r pgx.Row) error {
		var raw pgtype.DriverBytes
		if err := r.Scan(&raw); err == nil {
			t.Errorf("got %q", raw)
		}
		return nil
	})
	b.Queue("SELECT 1 AS a, 'x' AS b, NULL AS c UNION ALL SELECT 2, 'y', NULL ORDER BY 1").Query(func(r pgx.Rows) error {
		if f := r.FieldDescriptions(); len(f) != 3 || f[1].Name != "b" {
			t.Errorf("fields %v", f)
		}
		if !r.Next() || len(r.RawValues()) != 3 || r.RawValues()[2] != nil {
			t.Errorf("raw values %q", r.RawValues())
		}
		values, err := r.Values()
		finish(t, err)
		if diff := cmp.Diff([]any{int32(1), "x", nil}, values); diff != "" {
			t.Error(diff)
		}
		if !r.Next() || r.Next() {
			t.Error("not two rows")
		}
		if r.CommandTag().String() != "SELECT 2" {
			t.Errorf("tag %q", r.CommandTag())
		}
		return r.Err()
	})
	b.Queue("SELECT 1 AS a, 'x' AS b").Query(func(r pgx.Rows) error {
		type pair struct {
			A int
			B string
		}
		got, err := pgx.CollectExactlyOneRow(r, pgx.RowToStructByName[pair])
		if got != (pair{1, "x"}) {
			t.Errorf("got %v", got)
		}
		return err
	})
	finish(t, driver.SendBatch(as("acme"), c, b))
	b = &pgx.Batch{}
	b.Queue("SELECT 'x'").QueryRow(func(r pgx.Row) error {
		var n int
		return r.Scan(&n)
	})
	var mismatch pgx.ScanArgError
	if err := driver.SendBatch(as("acme"), c, b); !errors.As(err, &mismatch) {
		t.Errorf("got %v, want a ScanArgError", err)
	}
	wantSeen(t, c, "acme")
}

// A statement that fails has no rows; in some modes the server has described them before that, in others there is
// nothing to describe. The batch's error is the server's.
func TestBatchCallbackOfAFailure(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		c := checkout(t, db)
		called := 0
		b := &pgx.Batch{}
		for range 2 { // the second one was skipped
			b.Queue("SELECT 1 / (SELECT 0)").Query(func(r pgx.Rows) error {
				called++
				if early, columns := r.Err(), r.FieldDescriptions(); early != nil && columns != nil {
					t.Errorf("columns %v behind %v", columns, early)
				}
				if r.Next() || r.Err() == nil {
					t.Errorf("a row, or no error: %v", r.Err())
				}
				return nil
			})
		}
		var pg *pgconn.PgError
		if err := driver.SendBatch(as("acme"), c, b); !errors.As(err, &pg) || pg.Code != "22012" {
			t.Errorf("got %v, want a division by zero", err)
		}
		if called == 0 {
			t.Error("the callback was not called")
		}
		finish(t, c.Close())
		wantClean(t, db)
	})
}

// A panic in an argument leaves a connection that is not used again.
func TestBatchArgumentPanics(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		b := texts("SELECT 1")
		b.Queue(deleteNames, panics{})
		c := checkout(t, db)
		func() {
			defer func() { _ = recover() }()
			err := driver.SendBatch(as("acme"), c, b)
			t.Errorf("no panic: %v", err)
		}()
		if err := driver.SendBatch(as("acme"), c, texts("SELECT 1")); err == nil {
			t.Error("the connection was used again")
		}
		_ = c.Close() // the pool has closed it
		wantClean(t, db)
	})
}

// A context that ends in the middle costs the connection, and undoes the batch.
func TestBatchCancelled(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		for _, first := range []bool{true, false} {
			wantSeen(t, db, "globex")
			c := checkout(t, db)
			if !first {
				wantSeen(t, c, "acme")
			}
			w.stopSlow(t)
			ctx, cancel := context.WithCancel(as("acme"))
			waited := make(chan error)
			go func() {
				err := w.waitForSlow(context.Background())
				cancel()
				waited <- err
			}()
			b := &pgx.Batch{}
			b.Queue(insertName, "new-cancelled")
			b.Queue(slow)
			if err := driver.SendBatch(ctx, c, b); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want %v", err, context.Canceled)
			}
			if err := <-waited; err != nil {
				t.Fatal(err)
			}
			if err := driver.SendBatch(as("acme"), c, texts("SELECT 1")); !errors.Is(err, sqldriver.ErrBadConn) {
				t.Errorf("got %v, want %v", err, sqldriver.ErrBadConn)
			}
			_ = c.Close() // the pool has closed it
			wantClean(t, db)
		}
	})
	if n := w.baskets(t, "acme", "new-cancelled"); n != 0 {
		t.Errorf("%d rows", n)
	}
}
