package pgpooler_test

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/docex/docex/internal/testkit/pgpooler"
	"github.com/docex/docex/internal/testkit/pgtest"
)

// A client has another session in each transaction, and what it leaves there is another client's.
func TestSessionsGoRound(t *testing.T) {
	for name, o := range map[string]pgpooler.Options{
		"keys of its own": {}, "keys replayed": {ReplayKeys: true}, "over a Unix socket": {ReplayKeys: true, Unix: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, o)
			a := connect(t, p)
			first, second := ask(t, a, backend), ask(t, a, backend)
			if first == second {
				t.Errorf("two transactions in a row ran in session %s", first)
			}
			exec(t, a, "SET my.name = 'a'")
			exec(t, a, "SET my.name = 'a'") // in the other one
			b := connect(t, p)
			if got := ask(t, b, "current_setting('my.name')"); got != "a" {
				t.Errorf("another client sees %q", got)
			}
			exec(t, b, "SET my.name = 'b'")
			got := ask(t, a, "current_setting('my.name')") + ask(t, a, "current_setting('my.name')")
			if got != "ab" && got != "ba" {
				t.Errorf("the first client sees %q, in turns", got)
			}
		})
	}
}

// A transaction is in one session, also a failed one.
func TestTransactionsStay(t *testing.T) {
	p := start(t, pgpooler.Options{Sessions: 3})
	a, b := connect(t, p), connect(t, p)
	exec(t, a, "BEGIN")
	first := ask(t, a, backend)
	for range 4 {
		if got := ask(t, a, backend); got != first {
			t.Errorf("a transaction began in session %s and went on in %s", first, got)
		}
		if got := ask(t, b, backend); got == first {
			t.Error("two clients are in one transaction")
		}
	}
	_, err := a.Exec(within(t), "SELECT 1/0")
	wantCode(t, err, "22012")
	_, err = a.Exec(within(t), "SELECT 1")
	wantCode(t, err, "25P02")
	exec(t, a, "ROLLBACK")
	if got := ask(t, a, backend); got == first {
		t.Error("after the transaction the client has the same session")
	}
}

// With ReplayKeys process ids are equal in the first transaction, and only there, however many clients there are.
func TestKeys(t *testing.T) {
	p := start(t, pgpooler.Options{ReplayKeys: true})
	for range 5 {
		c := connect(t, p)
		exec(t, c, "BEGIN")
		if got := ask(t, c, backend); got != key(c) {
			t.Errorf("key data name %s, and the first transaction is in %s", key(c), got)
		}
		exec(t, c, "COMMIT")
		if got := ask(t, c, backend); got == key(c) {
			t.Error("the second transaction is in the same session as the first")
		}
	}
	c := connect(t, start(t, pgpooler.Options{}))
	if got := ask(t, c, backend); got == key(c) {
		t.Errorf("key data of the pooler's own name the session's process %s", got)
	}
}

// With ClientPort the server sees the client's address.
func TestClientPort(t *testing.T) {
	p := start(t, pgpooler.Options{ReplayKeys: true, ClientPort: true})
	c := connect(t, p)
	exec(t, c, "BEGIN")
	_, port, err := net.SplitHostPort(c.PgConn().Conn().LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, c, "inet_client_port()"); got != port {
		t.Errorf("the server sees port %s, the client has %s", got, port)
	}
	if got := ask(t, c, backend); got != key(c) {
		t.Errorf("key data name %s, and the first transaction is in %s", key(c), got)
	}
	exec(t, c, "COMMIT")
	if got := ask(t, c, backend); got == key(c) {
		t.Error("the second transaction is in the same session as the first")
	}
}

func TestSessionMode(t *testing.T) {
	p := start(t, pgpooler.Options{Sessions: 1, Mode: pgpooler.Session, ReplayKeys: true})
	for range 2 {
		c := connect(t, p)
		if got := ask(t, c, "COALESCE(current_setting('my.name', true), '')"); got != "" {
			t.Errorf("a new client sees %q of the client before", got)
		}
		exec(t, c, "SET my.name = 'mine'")
		for range 3 {
			if got := ask(t, c, backend+" || current_setting('my.name')"); got != key(c)+"mine" {
				t.Errorf("a client has lost its session: %s", got)
			}
		}
		if err := c.Close(within(t)); err != nil {
			t.Error(err)
		}
	}
}

func TestStatementMode(t *testing.T) {
	p := start(t, pgpooler.Options{Sessions: 1, Mode: pgpooler.Statement})
	for range 2 {
		c := connect(t, p)
		ask(t, c, backend, pgx.QueryExecModeDescribeExec)
		_, err := c.Exec(within(t), "BEGIN")
		wantCode(t, err, "08P01")
		if err == nil || !strings.Contains(err.Error(), "transaction blocks not allowed") {
			t.Errorf("got %v", err)
		}
		if err := c.Ping(within(t)); err == nil {
			t.Error("a client that began a transaction was not thrown out")
		}
	}
	const open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
	if n := ask(t, connect(t, p), open); n != "0" {
		t.Errorf("%s transactions are left open", n)
	}
}

// Everything ends with the test.
func TestConnectionsEndWithThePooler(t *testing.T) {
	db := pgtest.NewDB(t)
	var dsn string
	var left *pgx.Conn
	t.Run("lives", func(t *testing.T) {
		p := pgpooler.Start(t, db.AdminDSN, pgpooler.Options{})
		dsn = p.DSN
		var err error
		if left, err = pgx.Connect(within(t), dsn); err != nil {
			t.Fatal(err)
		}
		exec(t, left, "BEGIN")
	})
	if err := left.Ping(within(t)); err == nil {
		t.Error("a client is served after the end")
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := net.Dial("tcp", u.Host); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the pooler still listens: %v, %v", c, err)
	}
	const sessions = `SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND client_port IS NOT NULL`
	admin, n := db.Admin(t), -1
	for deadline := time.Now().Add(patience); n != 0; { // the server notices later
		if err := admin.QueryRow(sessions).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d server sessions are left", n)
		}
	}
}
