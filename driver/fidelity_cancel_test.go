package driver_test

import (
	"context"
	"database/sql"
	"testing"
	"time"
)

// slow is a statement that the guard allows and that would take many seconds.
const slow = "SELECT count(*) FROM generate_series(1, 100000000)"

// ending is a context that ends when the test says so, with an error of the test's choice: a deadline of the clock's
// would pass, on a busy machine, before the statement has begun.
type ending struct {
	context.Context
	done chan struct{}
	err  error
}

func (e ending) Done() <-chan struct{} { return e.done }

func (e ending) Err() error {
	select {
	case <-e.done:
		return e.err
	default:
		return nil
	}
}

// slowOnes are the server processes that work on the statement.
const slowOnes = `FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND
	strpos(query, $1) > 0`

// whileSlow calls f with a context that ends with err while the server works on the statement slow.
func (l *transcript) whileSlow(t *testing.T, ctx context.Context, err error, f func(ctx context.Context)) {
	t.Helper()
	l.w.stopSlow(t)
	e := ending{ctx, make(chan struct{}), err}
	watched := make(chan error)
	go func() {
		err := l.w.waitForSlow(ctx)
		close(e.done)
		watched <- err
	}()
	f(e)
	if err := <-watched; err != nil {
		t.Error(err)
	}
}

// stopSlow ends those that were given up before and may have missed pgx's request to stop.
func (w *world) stopSlow(t *testing.T) {
	t.Helper()
	for left := 1; left > 0; {
		if err := w.admin.QueryRow("SELECT count(pg_terminate_backend(pid)) "+slowOnes, slow).Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
}

// waitForSlow waits until the server has worked on the statement for longer than it needs to parse it.
func (w *world) waitForSlow(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		var works bool
		query := "SELECT EXISTS (SELECT " + slowOnes + " AND query_start < clock_timestamp() - interval '20 ms')"
		if err := w.admin.QueryRowContext(ctx, query, slow).Scan(&works); works || err != nil {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

// A call that is given up while the server works on it, with the pin in front and without.
func TestCancelAsPgx(t *testing.T) {
	ways := []struct {
		call
		end error
	}{
		{call{slow, nil}, context.DeadlineExceeded},
		{call{slow + " WHERE $1 = 1", []any{1}}, context.Canceled},
	}
	asPgx(t, func(l *transcript, ctx context.Context, db *sql.DB) {
		for _, w := range ways {
			l.afterGlobex(db)
			l.whileSlow(t, ctx, w.end, func(ctx context.Context) {
				_, err := db.ExecContext(ctx, w.query, w.args...)
				l.err("exec", err)
			})
			_, err := db.ExecContext(ctx, "SELECT 1")
			l.err("again", err)
			l.whileSlow(t, ctx, w.end, func(ctx context.Context) {
				var n int
				l.err("query", db.QueryRowContext(ctx, w.query, w.args...).Scan(&n))
			})
			tx, err := db.BeginTx(ctx, nil)
			l.err("begin", err)
			l.whileSlow(t, ctx, w.end, func(ctx context.Context) {
				_, err = tx.ExecContext(ctx, w.query, w.args...)
				l.err("tx", err)
			})
			_, err = tx.ExecContext(ctx, "SELECT 1")
			// Of the closed connection pgx may say that it could not empty its statement cache.
			l.add("after: %t, commit: %t", err == nil, tx.Commit() == nil)
		}
	})
}

// A call that is given up while its rows are read.
func TestCancelRowsAsPgx(t *testing.T) {
	asPgx(t, func(l *transcript, ctx context.Context, db *sql.DB) {
		for _, end := range []error{context.DeadlineExceeded, context.Canceled} {
			l.afterGlobex(db)
			e := ending{ctx, make(chan struct{}), end}
			rows, err := db.QueryContext(e, "SELECT generate_series(1, 5000000)")
			l.err("rows", err)
			if err != nil {
				continue
			}
			l.add("%t", rows.Next())
			close(e.done)
			for rows.Next() {
			}
			l.err("end", rows.Err())
			l.err("close", rows.Close())
		}
	})
}
