package pgpooler

import (
	"context"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// enter makes a client known by its key data, for cancel requests.
func (p *Pooler) enter(c *client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clients[keyOf(c.key)] = c
}

func (p *Pooler) exit(c *client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clients[keyOf(c.key)] == c {
		delete(p.clients, keyOf(c.key))
	}
}

func keyOf(k pgproto3.BackendKeyData) string {
	m, err := k.Encode(nil)
	if err != nil {
		panic(err) // a key has no invalid values
	}
	return string(m)
}

// cancelFor does what a cancel request asks for. Key data that were replayed go to the server as they are, and hit
// whatever their session does at the moment, for whom it may be. Others stand for their client, and hit nothing else:
// its session is not given back meanwhile.
func (p *Pooler) cancelFor(key pgproto3.BackendKeyData) {
	if p.options.ReplayKeys {
		p.cancel(key)
		return
	}
	p.mu.Lock()
	c := p.clients[keyOf(key)]
	p.mu.Unlock()
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held != nil {
		p.cancel(c.held.key)
	}
}

// cancel returns when the server has heard the request, which it does not answer (PostgreSQL manual, 55.2.8 "Canceling
// Requests in Progress").
func (p *Pooler) cancel(key pgproto3.BackendKeyData) {
	request, err := (&pgproto3.CancelRequest{ProcessID: key.ProcessID, SecretKey: key.SecretKey}).Encode(nil)
	if err != nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), dialTimeout)
	defer stop()
	network, address := pgconn.NetworkAddress(p.config.Host, p.config.Port)
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(dialTimeout))
	if _, err := conn.Write(request); err == nil {
		_, _ = io.Copy(io.Discard, conn) // until the server closes it
	}
}
