package driver_test

import (
	"bytes"
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/docex/docex/scope"
)

// panics is an argument whose conversion panics, after the driver has decided on the statement.
type panics struct{}

func (panics) Value() (sqldriver.Value, error) { panic("a mistake in the caller's Value") }

// A panic between the decision and the statement must not leave a pin behind for whoever sends something next. Programs
// recover from panics: net/http does for each request.
func TestPanicInAnArgument(t *testing.T) {
	w := newWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		db := w.open(t, 1, mode...)
		update := func(q queryer, arg any) error {
			defer func() { _ = recover() }()
			_, err := q.ExecContext(as("acme"), "UPDATE docbasket SET description = '' WHERE name = $1", arg)
			return err
		}
		finish(t, update(db, "none")) // described and cached: the next one sends nothing before it panics
		finish(t, update(db, panics{}))
		c := checkout(t, db)
		finish(t, c.PingContext(context.Background())) // needs no tenant, and must not bring one
		wantSeen(t, c, "globex")
		finish(t, c.Close())

		c = checkout(t, db)
		finish(t, update(c, "none"))
		finish(t, update(c, panics{}))
		if err := update(c, "none"); !errors.Is(err, sqldriver.ErrBadConn) {
			t.Errorf("the connection was used again: %v", err)
		}
		_ = c.Close() // the pool has closed it
		wantClean(t, db)
	})
}

// pgx says goodbye on a connection that it gave up from a goroutine of its own. The race detector watches this test.
func TestGivenUpConnection(t *testing.T) {
	db := newWorld(t).open(t, 1)
	for range 5 {
		c := checkout(t, db)
		ctx, cancel := context.WithTimeout(as("acme"), 5*time.Millisecond)
		if _, err := c.ExecContext(ctx, "SELECT count(*) FROM generate_series(1, 100000000)"); err == nil {
			t.Error("no error")
		}
		cancel()
		if _, err := c.ExecContext(as("acme"), "SELECT 1"); !errors.Is(err, sqldriver.ErrBadConn) {
			t.Errorf("got %v, want %v", err, sqldriver.ErrBadConn)
		}
		_ = c.Close() // the pool has closed it
	}
	wantClean(t, db)
}

// Rows that were left open by a caller of Raw end with the connection that they came from.
func TestRowsLeftOpenByRaw(t *testing.T) {
	db := newWorld(t).open(t, 1)
	wantClean(t, db)
	c := checkout(t, db)
	finish(t, c.Raw(func(dc any) error {
		_, err := dc.(sqldriver.QueryerContext).QueryContext(as("acme"), "SELECT 1 UNION ALL SELECT 2", nil)
		return err
	}))
	finish(t, c.Close())
	wantClean(t, db)
}

// When a statement was parsed but could not be described, pgx closes it before the next Prepare, and leaves the end of
// the reply unread if that fails. So no pin travels with the closing, which a refused tenant would make fail.
func TestReplyLeftUnread(t *testing.T) {
	w := newWorld(t)
	var misname atomic.Bool
	dsn := slowProxy(t, w.AppDSN, func(sent []byte) []byte {
		if !misname.Load() {
			return sent
		}
		return bytes.Replace(sent, []byte("Sstmtcache_"), []byte("Sxtmtcache_"), 1) // the name in Describe
	})
	behind := &world{DB: &pgtest.DB{AppDSN: dsn}}
	db := behind.open(t, 1, "docex_pin", "session")
	misname.Store(true)
	if _, err := seen(as("acme"), db); err == nil {
		t.Error("no error")
	}
	misname.Store(false)
	if _, err := seen(as("mothballed"), db); !errors.Is(err, scope.ErrTenantSuspended) {
		t.Errorf("got %v, want %v", err, scope.ErrTenantSuspended)
	}
	wantClean(t, db)
}

// slowProxy returns the DSN of a way to the server that changes what is sent with edit, and delivers the parts of a
// reply together.
func slowProxy(t *testing.T, dsn string, edit func([]byte) []byte) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	server := u.Host
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			back, err := net.Dial("tcp", server)
			if err != nil {
				_ = client.Close() // the driver reports it
				continue
			}
			go forward(back, client, edit)
			go forward(client, back, func(b []byte) []byte {
				defer func() { _ = back.SetReadDeadline(time.Time{}) }()
				more := make([]byte, 1<<16)
				for { // until nothing more comes for a moment
					_ = back.SetReadDeadline(time.Now().Add(3 * time.Millisecond))
					n, err := back.Read(more)
					b = append(b, more[:n]...)
					if err != nil {
						return b
					}
				}
			})
		}
	}()
	u.Host = l.Addr().String()
	return u.String()
}

// forward copies until either side ends, and ends the other.
func forward(to, from net.Conn, edit func([]byte) []byte) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buf := make([]byte, 1<<16)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if _, err := to.Write(edit(bytes.Clone(buf[:n]))); err != nil {
			return
		}
	}
}
