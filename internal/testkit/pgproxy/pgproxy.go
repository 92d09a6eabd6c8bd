// Package pgproxy stands between a PostgreSQL client and its server, so that a test can count round trips, add latency
// and cut the connection at a chosen byte. The entry point is [Start].
//
// It reads no more of the protocol than the frame of each message, so it works in front of a pooler as well, but not
// with TLS: the DSN must say sslmode=disable.
//
// Not promised: that a client waits for what the protocol lets it wait for. See [Exchange.RoundTrips] for what counts.
package pgproxy

import (
	"context"
	"errors"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Direction is one of the two ways that bytes go through a [Proxy].
type Direction int

const (
	ToServer Direction = iota // what the client sends
	ToClient                  // what the server answers
)

func (d Direction) String() string { return [...]string{"to server", "to client"}[d] }

// Proxy is a way to a PostgreSQL server. Safe for concurrent use.
type Proxy struct {
	DSN string // URL; leads through the proxy

	server   string // host:port
	latency  time.Duration
	wait     func(until time.Time)
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex
	record *Exchange             // what is recorded, or nil; guarded by mu
	cut    *cut                  // what is to be cut, or nil; guarded by mu
	open   map[net.Conn]struct{} // nil when closed; guarded by mu
}

// cut says after how many more bytes in a direction the connection ends, or something else is done.
type cut struct {
	way     Direction
	left    int
	instead func()   // nil: the connection ends
	request []byte   // only on the connection that sends this first; nil: on any
	of      *session // that connection, when it has; guarded by Proxy.mu
}

// Start opens a way to the server that dsn, a URL, leads to. The answer to a request arrives no sooner than latency
// after the server sent it, so each round trip takes that much longer: in a benchmark exactly, in a test about. The
// proxy ends with the test, and with it every connection through it.
func Start(t testing.TB, dsn string, latency time.Duration) *Proxy {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	if u.Query().Get("sslmode") != "disable" {
		t.Fatal("pgproxy: the DSN must say sslmode=disable")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{server: u.Host, latency: latency, wait: sleepUntil, listener: l, open: map[net.Conn]struct{}{}}
	if _, measures := t.(*testing.B); measures {
		p.wait = spinUntil
	}
	u.Host = l.Addr().String()
	p.DSN = u.String()
	p.running.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.running.Go(func() { p.serve(client) })
	}
}

// serve runs one connection to its end.
func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.server)
	cancel()
	if err != nil {
		return // the client sees a connection that ends
	}
	defer server.Close()
	if !p.opened(client, server) {
		return
	}
	defer p.closed(client, server)
	s := newSession(p)
	answers := net.Conn(server)
	if p.latency > 0 {
		answers = newLagging(server, p.latency, p.wait)
	}
	var both sync.WaitGroup
	both.Go(func() { s.forward(ToServer, server, client) })
	both.Go(func() { s.forward(ToClient, client, answers) })
	both.Wait()
}

func (p *Proxy) opened(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		return false
	}
	for _, c := range conns {
		p.open[c] = struct{}{}
	}
	return true
}

func (p *Proxy) closed(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.open, c)
	}
}

func (p *Proxy) close() {
	_ = p.listener.Close() // nobody can connect any more, whatever it says
	p.mu.Lock()
	for c := range p.open {
		_ = c.Close() // ends its session
	}
	p.open = nil
	p.mu.Unlock()
	p.running.Wait()
}

// CutAfter ends the connection that carries the n-th byte from now on in a direction, right behind that byte; with 0,
// instead of the next byte. What comes behind is lost, as is everything on its way in the other direction. Connections
// that are being set up, or only cancel, are neither counted nor cut. The returned function takes back a cut that has
// not happened, and tells whether it has.
func (p *Proxy) CutAfter(way Direction, n int) (disarm func() (happened bool)) {
	return p.arm(&cut{way: way, left: n})
}

// CutAnswer is CutAfter for the next connection that sends request in one piece: it ends instead of the first byte that
// the server sends from then on.
func (p *Proxy) CutAnswer(request string) (disarm func() (happened bool)) {
	return p.arm(&cut{way: ToClient, request: []byte(request)})
}

// At calls f where CutAfter would end the connection. f must not wait.
func (p *Proxy) At(way Direction, n int, f func()) (disarm func() (happened bool)) {
	return p.arm(&cut{way: way, left: n, instead: f})
}

func (p *Proxy) arm(mine *cut) (disarm func() (happened bool)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = mine
	return func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.cut == mine {
			p.cut = nil
			return false
		}
		return true
	}
}

// Record runs f and returns what passed meanwhile, on all connections together. Only one may run at a time.
func (p *Proxy) Record(f func() error) (Exchange, error) {
	p.mu.Lock()
	busy := p.record != nil
	if !busy {
		p.record = &Exchange{}
	}
	p.mu.Unlock()
	if busy {
		return Exchange{}, errors.New("pgproxy: a recording is under way")
	}
	err := f()
	p.mu.Lock()
	defer p.mu.Unlock()
	recorded := *p.record
	p.record = nil
	return recorded, err
}
