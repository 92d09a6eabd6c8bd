// Package pgpooler is a connection pooler for tests: it shows what becomes of a client that relies on its session. The
// entry point is [Start].
//
// It is as treacherous as a pooler may be. A transaction gets another server session than the client's last one
// whenever another is free, also between two Syncs of one write. What a client leaves in a session stays there for
// the next. With Options.ReplayKeys it cannot be told by process ids: a client is given the key data of the very
// session that serves its first transaction, as pgagroal and Pgpool-II do.
//
// It follows the protocol otherwise: extended queries up to their Sync, pipelines, COPY, cancel requests, failed
// transactions, and clients that vanish.
//
// Not promised: any protection. Clients are asked for no password, their start-up message is read and ignored, and all
// sessions are of the DSN's user. There is no TLS, and no replication. PREPARE and DEALLOCATE of one
// statement in SQL are not tracked.
package pgpooler

import (
	"net"
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// Options say what the pooler does. The zero Options are those of PgBouncer 1.20 in transaction mode.
type Options struct {
	Sessions int  // server sessions; 0 means 2
	Mode     Mode // how long a client keeps one

	// ReplayKeys gives a client the key data of the session that serves its first transaction, which is kept for it until
	// then. Otherwise clients have key data that the pooler makes up.
	ReplayKeys bool
	// ClientPort gives each client a new session for its first transaction, whose connection to the server has the
	// client's own address and port. It needs ReplayKeys, and TCP on both sides; without Linux
	// 6.3 the test is skipped.
	ClientPort bool
	// TrackStatements prepares the statements that a client has named anew in the sessions that miss them, under
	// names that depend on text and parameter types alone, as PgBouncer does from 1.21 on: clients share them.
	TrackStatements bool
	// Unix has the pooler listen on a Unix socket in place of a port of the loopback interface.
	Unix bool
}

// Mode is how long a client keeps a server session.
type Mode int

const (
	Transaction Mode = iota // until the transaction is over
	Session                 // until the client leaves; the session ends with it
	Statement               // as Transaction, and a client that opens a transaction block is thrown out
)

// Pooler is a way to a PostgreSQL server. Safe for concurrent use.
type Pooler struct {
	DSN string // URL; leads through the pooler

	options  Options
	config   *pgconn.Config // for the server
	listener net.Listener
	running  sync.WaitGroup
	pool     pool
	reported map[string]string // the server's parameters

	mu      sync.Mutex
	open    map[net.Conn]struct{} // nil when closed; guarded by mu
	clients map[string]*client    // by key data; guarded by mu
}

// Start opens a pooler in front of the server that dsn, a URL, leads to. It ends with the test, and with it every
// connection through it.
func Start(t testing.TB, dsn string, o Options) *Pooler {
	t.Helper()
	if o.ClientPort {
		needPorts(t)
	}
	config, err := pgconn.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	p := &Pooler{options: o, config: config, open: map[net.Conn]struct{}{}, clients: map[string]*client{}}
	p.pool.freed.L = &p.pool.mu
	t.Cleanup(p.close)
	sessions := o.Sessions
	if sessions == 0 {
		sessions = 2
	}
	for range sessions {
		s, err := p.openSession(0)
		if err != nil {
			t.Fatalf("pgpooler: %v", err)
		}
		p.reported = s.reported
		p.pool.give(s)
	}
	if p.DSN, p.listener, err = listen(t, dsn, o.Unix); err != nil {
		t.Fatalf("pgpooler: %v", err)
	}
	p.running.Go(p.accept)
	return p
}

// listen returns dsn with the listener's address in it.
func listen(t testing.TB, dsn string, unix bool) (string, net.Listener, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", nil, err
	}
	q := u.Query()
	q.Del("host") // both would override the authority
	q.Del("port")
	if !unix {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", nil, err
		}
		u.Host, u.RawQuery = l.Addr().String(), q.Encode()
		return u.String(), l, nil
	}
	// The test's own TempDir has its name in it, and the path of a socket is short.
	dir, err := os.MkdirTemp("", "pgpooler-")
	if err != nil {
		return "", nil, err
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	const port = "6432"
	_, path := pgconn.NetworkAddress(dir, 6432)
	l, err := net.Listen("unix", path)
	q.Set("host", dir)
	q.Set("port", port)
	u.Host, u.RawQuery = "", q.Encode()
	return u.String(), l, err
}

func (p *Pooler) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		if p.opened(conn) {
			p.running.Go(newClient(p, conn).serve)
		}
	}
}

// opened reports whether the pooler is still there, and closes conn otherwise.
func (p *Pooler) opened(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		_ = conn.Close()
		return false
	}
	p.open[conn] = struct{}{}
	return true
}

func (p *Pooler) closeConn(conn net.Conn) {
	p.mu.Lock()
	delete(p.open, conn)
	p.mu.Unlock()
	_ = conn.Close()
}

func (p *Pooler) close() {
	if p.listener != nil {
		_ = p.listener.Close() // nobody can connect any more, whatever it says
	}
	p.pool.close()
	p.mu.Lock()
	for conn := range p.open {
		_ = conn.Close() // ends who reads from it
	}
	p.open = nil
	p.mu.Unlock()
	p.running.Wait()
}
