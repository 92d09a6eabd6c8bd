package driver_test

import (
	"bytes"
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// killBackends ends the application's connections from the server's side.
func (w *world) killBackends(t *testing.T) {
	t.Helper()
	const theirs = "FROM pg_stat_activity WHERE usename = $1 AND datname = current_database()"
	mustExec(t, w.admin, "SELECT pg_terminate_backend(pid) "+theirs, w.AppRole)
	for left := 1; left > 0; time.Sleep(time.Millisecond) {
		if err := w.admin.QueryRow("SELECT count(*) "+theirs, w.AppRole).Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
}

// uses are the calls that may find a dead connection in the pool.
var uses = map[string]func(ctx context.Context, db *sql.DB) error{
	"exec": func(ctx context.Context, db *sql.DB) error {
		_, err := db.ExecContext(ctx, "UPDATE kinds SET t = '' WHERE id = $1", 2)
		return err
	},
	"query": func(ctx context.Context, db *sql.DB) error {
		var n int
		return db.QueryRowContext(ctx, "SELECT id FROM kinds WHERE id = $1", 2).Scan(&n)
	},
	"begin": func(ctx context.Context, db *sql.DB) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		return tx.Commit()
	},
	"prepare": func(ctx context.Context, db *sql.DB) error {
		s, err := db.PrepareContext(ctx, "SELECT 1")
		if err != nil {
			return err
		}
		return s.Close()
	},
}

// A connection that died while it was idle. After more than a second pgx asks before it hands it out, and the pool makes
// another one: the caller notices nothing. Before that the first call may fail, and only that.
func TestDeadIdleConnectionAsPgx(t *testing.T) {
	w, role := fidelityWorld(t)
	handles := map[string]*sql.DB{}
	for name := range uses {
		for _, mode := range modes {
			params := []string{"default_query_exec_mode", mode}
			handles["pgx, "+mode+", "+name] = w.pgxAs(t, role, 1, params...)
			handles["docex, "+mode+", "+name] = w.open(t, 1, params...)
		}
	}
	use := func(key string) error { return uses[key[strings.LastIndex(key, " ")+1:]](as("acme"), handles[key]) }
	for _, tenant := range []string{"acme", "globex"} {
		for _, db := range handles {
			mustExecAs(t, db, tenant, "SELECT 1")
		}
		w.killBackends(t)
		time.Sleep(1100 * time.Millisecond)
		for key, db := range handles {
			if err := use(key); err != nil {
				t.Errorf("%s: %v", key, err)
			}
			if n := db.Stats().OpenConnections; n != 1 {
				t.Errorf("%s: %d connections", key, n)
			}
		}
		w.killBackends(t)
		for key := range handles {
			_ = use(key) // may fail
			if err := use(key); err != nil {
				t.Errorf("%s: the second call: %v", key, err)
			}
		}
	}
}

// cutter is a way to the server that, once told to, passes on what a client sends, lets the server answer, and then
// breaks the connection before the client has read the answer.
type cutter struct {
	dsn string
	cut atomic.Bool
}

func newCutter(t *testing.T, dsn string) *cutter {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l := listen(t)
	server := u.Host
	u.Host = l.Addr().String()
	c := &cutter{dsn: u.String()}
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
			go forward(back, client, bytes.Clone)
			go forward(client, back, func(answer []byte) []byte {
				if c.cut.Load() && bytes.Contains(answer, []byte("INSERT 0 1")) {
					_ = client.Close() // instead of the answer
				}
				return answer
			})
		}
	}()
	return c
}

// mayHaveRun loses the answer to each statement, and wants it to have run once and the caller to know that something is
// wrong: driver.ErrBadConn would have database/sql run it again. It returns what the caller was told.
func mayHaveRun(t *testing.T, w *world, c *cutter, db *sql.DB, statements []call) (told []string) {
	t.Helper()
	for _, q := range statements {
		for _, before := range []string{"acme", "globex"} { // without the pin in front, and with it
			mustExecAs(t, db, before, "SELECT 1")
			ran := w.cutRows(t)
			c.cut.Store(true)
			_, err := db.ExecContext(as("acme"), q.query, q.args...)
			c.cut.Store(false)
			if n := w.cutRows(t) - ran; n != 1 {
				t.Errorf("%s after %s: it ran %d times", q.query, before, n)
			}
			if err == nil || errors.Is(err, sqldriver.ErrBadConn) {
				t.Errorf("%s after %s: got %v", q.query, before, err)
			}
			told = append(told, fmt.Sprint(err))
			mustExecAs(t, db, "acme", "SELECT 1")
		}
	}
	return told
}

// cutRows counts what the statements of mayHaveRun have inserted.
func (w *world) cutRows(t *testing.T) (n int) {
	t.Helper()
	query := "SELECT count(*) FROM tenant_acme.docbasket WHERE name LIKE 'new-cut-%'"
	if err := w.admin.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

const cutInsert = "INSERT INTO docbasket (name) VALUES ('new-cut-' || gen_random_uuid())"

func TestNotRunTwiceAsPgx(t *testing.T) {
	w, role := fidelityWorld(t)
	c := newCutter(t, w.AppDSN)
	there := w.through(c.dsn)
	for _, mode := range modes[:4] {
		t.Run(mode, func(t *testing.T) {
			withArgument := []call{{cutInsert + " RETURNING $1::int", []any{1}}}
			params := []string{"default_query_exec_mode", mode}
			want := mayHaveRun(t, w, c, there.pgxAs(t, role, 1, params...), withArgument)
			got := mayHaveRun(t, w, c, there.open(t, 1, params...), withArgument)
			if !slices.Equal(want, got) {
				t.Errorf("pgx %q, docex %q", want, got)
			}
		})
	}
}

// through is the same database by another way.
func (w *world) through(dsn string) *world {
	db := *w.DB
	db.AppDSN = dsn
	return &world{DB: &db, admin: w.admin, prov: w.prov}
}
