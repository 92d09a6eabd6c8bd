package driver_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"slices"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/testkit/pgproxy"
	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/jackc/pgx/v5/pgconn"
)

// commitWay is a way to commit: begin inserts, and returns what commits it. after is for what is to be done then, or
// nil.
type commitWay struct {
	name  string
	begin func(r commitRun) (commit func() error, after func())
}

// commitRun is what a commit is begun with.
type commitRun struct {
	*testing.T
	ctx    context.Context
	conn   *sql.Conn
	insert string
}

// begun begins a transaction that has inserted.
func (r commitRun) begun() *sql.Tx {
	r.Helper()
	tx := beginOn(r.T, r.conn, r.ctx)
	execAll(r.T, tx, r.ctx, r.insert)
	return tx
}

// begunAsText does so by text.
func (r commitRun) begunAsText() {
	r.Helper()
	execAll(r.T, r.conn, r.ctx, "BEGIN", r.insert)
}

var (
	commitTx = commitWay{"Tx.Commit", func(r commitRun) (func() error, func()) {
		return r.begun().Commit, nil
	}}
	commitText = commitWay{"COMMIT on a Conn", func(r commitRun) (func() error, func()) {
		r.begunAsText()
		return func() error { return execText("COMMIT")(r.ctx, r.conn) }, nil
	}}
	// commitBatch commits by itself where transactions are pinned. What a callback says changes nothing.
	commitBatch = commitWay{"SendBatch", func(r commitRun) (func() error, func()) {
		b := texts(r.insert, "SELECT 1")
		b.QueuedQueries[1].Exec(func(pgconn.CommandTag) error { return errCallback })
		return func() error { return driver.SendBatch(r.ctx, r.conn, b) }, nil
	}}
)

var errCallback = errors.New("the callback's error")

// commitTexts are more ways to send COMMIT as a text.
var commitTexts = []commitWay{
	{"COMMIT in a Tx", func(r commitRun) (func() error, func()) {
		tx := r.begun()
		// database/sql does not know that the Tx has ended, and would wait for that to close the Conn.
		return func() error { return execText("COMMIT")(r.ctx, tx) }, func() { _ = tx.Rollback() }
	}},
	{"END", func(r commitRun) (func() error, func()) {
		r.begunAsText()
		return func() error { return execText("/* ready */ END")(r.ctx, r.conn) }, nil
	}},
	{"COMMIT as a query", func(r commitRun) (func() error, func()) {
		r.begunAsText()
		return func() error {
			rows, err := r.conn.QueryContext(r.ctx, "COMMIT")
			if err != nil {
				return err
			}
			return errors.Join(rows.Close(), rows.Err())
		}, nil
	}},
	{"COMMIT prepared", func(r commitRun) (func() error, func()) {
		r.begunAsText()
		s, err := r.conn.PrepareContext(r.ctx, "COMMIT")
		if err != nil {
			r.Fatal(err)
		}
		return func() error {
			_, err := s.ExecContext(r.ctx)
			return err
		}, nil
	}},
}

// eachCommit runs f for each way to commit, on a direct connection and behind a pooler. dsn is what f puts a proxy in
// front of.
func eachCommit(t *testing.T, w *world, f func(t *testing.T, way commitWay, dsn string, params ...string)) {
	for _, way := range append([]commitWay{commitTx, commitText}, commitTexts...) {
		t.Run("direct/"+way.name, func(t *testing.T) { f(t, way, w.AppDSN, "docex_pin", "session") })
	}
	for _, way := range []commitWay{commitTx, commitText, commitBatch} {
		t.Run("docex_pin=transaction/"+way.name, func(t *testing.T) { f(t, way, w.AppDSN, "docex_pin", "transaction") })
	}
	pooled := w.Pooler(t, "transaction", 2)
	for _, way := range []commitWay{commitTx, commitText, commitBatch} {
		t.Run("pooled/"+way.name, func(t *testing.T) { f(t, way, pooled) })
	}
	for _, mode := range []string{"exec", "simple_protocol"} {
		t.Run("pooled/SendBatch/"+mode, func(t *testing.T) { f(t, commitBatch, pooled, "default_query_exec_mode", mode) })
	}
}

// wantUnknown fails the test unless err says of a COMMIT that it may have happened or not, and invites nobody to repeat
// it.
func wantUnknown(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, driver.ErrOutcomeUnknown) || pgconn.SafeToRetry(err) || errors.Is(err, sqldriver.ErrBadConn) {
		t.Errorf("got %v (safe to retry: %v), want %v", err, pgconn.SafeToRetry(err), driver.ErrOutcomeUnknown)
	}
}

// The answer to COMMIT is lost, all of it or from any byte on: the transaction is committed, and the caller is told
// that it may be. pgx 5.12.0 alone says that nothing was sent. What is lost before COMMIT is an error that commits
// nothing.
func TestCommitAnswerLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eachCommit(t, w, func(t *testing.T, way commitWay, dsn string, params ...string) {
		c := newCommitter(t, w, way, dsn, params)
		before, last := c.offsets(pgproxy.ToClient)
		for _, n := range before {
			if rows, err := c.cut(pgproxy.ToClient, n); rows > 0 || err == nil || pgconn.SafeToRetry(err) {
				t.Errorf("cut in front of COMMIT: %d rows, %v", rows, err)
			}
		}
		for _, n := range last {
			rows, err := c.cut(pgproxy.ToClient, n)
			wantUnknown(t, err)
			if rows != 1 {
				t.Errorf("%d rows, want 1", rows)
			}
		}
		wantClean(t, c.db)
	})
}

// The same where the answer is lost between the pooler and the server: the pooler ends the connection with an error of
// its own, which looks like one of the server's.
func TestCommitAnswerLostBehindThePooler(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := pgproxy.Start(t, w.AppDSN, 0)
	server := *w.DB
	server.AppDSN = p.DSN
	pooled := server.Pooler(t, "transaction", 1)
	for _, way := range append([]commitWay{commitTx, commitText, commitBatch}, commitTexts...) {
		t.Run(way.name, func(t *testing.T) {
			c := &committer{T: t, w: w, way: way, db: w.openConnector(t, 1, w.connectorTo(t, pooled)), proxy: p}
			_, last := c.offsets(pgproxy.ToClient)
			for _, n := range last {
				rows, err := c.cut(pgproxy.ToClient, n)
				wantUnknown(t, err)
				if rows != 1 {
					t.Errorf("%d rows, want 1", rows)
				}
			}
			wantClean(t, c.db)
		})
	}
}

// COMMIT is lost on its way to the server, all of it or from a byte on: nobody can know, so the caller is told that.
func TestCommitLost(t *testing.T) {
	w := newWorld(t)
	eachCommit(t, w, func(t *testing.T, way commitWay, dsn string, params ...string) {
		c := newCommitter(t, w, way, dsn, params)
		_, last := c.offsets(pgproxy.ToServer)
		for _, n := range []int{last[0], last[len(last)/2], last[len(last)-1]} {
			_, err := c.cut(pgproxy.ToServer, n) // a COMMIT that is whole runs, though the Sync behind it may not be
			wantUnknown(t, err)
		}
		wantClean(t, c.db)
	})
}

// committer commits again and again, in one way.
type committer struct {
	*testing.T
	w     *world
	way   commitWay
	db    *sql.DB
	proxy *pgproxy.Proxy
}

func newCommitter(t *testing.T, w *world, way commitWay, dsn string, params []string) *committer {
	t.Helper()
	p := pgproxy.Start(t, dsn, 0)
	db := (&world{DB: &pgtest.DB{AppDSN: p.DSN}}).open(t, 1, params...)
	return &committer{T: t, w: w, way: way, db: db, proxy: p}
}

// once begins on a new connection, has run commit, and returns how many rows there are then.
func (c *committer) once(run func(commit func() error)) (rows int) {
	c.Helper()
	c.db.SetMaxIdleConns(0) // the last one may be whole, with something prepared
	c.db.SetMaxIdleConns(1)
	wantSeen(c, c.db, "acme")
	conn := checkout(c.T, c.db)
	row := "new-" + rand.Text() // not one that an earlier COMMIT can bring, which came late
	commit, after := c.way.begin(commitRun{c.T, as("acme"), conn, insertText(row)})
	run(commit)
	if after != nil {
		after()
	}
	_ = conn.Close() // the connection may be cut
	return c.w.baskets(c, "acme", row)
}

// cut commits, and cuts the connection meanwhile.
func (c *committer) cut(way pgproxy.Direction, n int) (rows int, err error) {
	c.Helper()
	rows = c.once(func(commit func() error) {
		disarm := c.proxy.CutAfter(way, n)
		err = commit()
		if !disarm() {
			c.Errorf("not cut %v after %d bytes: %v", way, n, err)
		}
	})
	return rows, err
}

// offsets are where to cut a direction: between the messages, up to COMMIT, which is the last request; and at every
// byte of that. Where the request before it is over, or answered, COMMIT may be on its way: that is neither.
func (c *committer) offsets(way pgproxy.Direction) (before, last []int) {
	c.Helper()
	var whole pgproxy.Exchange
	c.once(func(commit func() error) {
		var err error
		if whole, err = c.proxy.Record(commit); err != nil && !errors.Is(err, errCallback) {
			c.Error(err)
		}
	})
	begins, total := 0, 0
	messages := whole.Messages[way]
	for i, m := range messages {
		total += m.Len
		over := m.Type == 'Z' || way == pgproxy.ToServer && (m.Type == 'Q' || m.Type == 'S')
		switch {
		case !over:
			before = append(before, total)
		case i < len(messages)-1:
			begins = total
		}
	}
	before = slices.DeleteFunc(before, func(n int) bool { return n >= begins })
	for n := range total {
		if n > begins || begins == 0 {
			last = append(last, n)
		}
	}
	return before, last
}
