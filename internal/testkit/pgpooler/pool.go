package pgpooler

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

const dialTimeout = 20 * time.Second

var errClosed = errors.New("pgpooler: closed")

// session is a session on the server. It belongs to who has taken it from the pool.
type session struct {
	conn     net.Conn // nil: it is opened when it is needed
	r        *bufio.Reader
	w        *bufio.Writer
	key      pgproto3.BackendKeyData
	reported map[string]string // parameters, at log-in
	prepared map[string]bool   // what trackers have prepared in it
}

// openSession logs in to the server, from a certain port unless that is 0.
func (p *Pooler) openSession(port int) (*session, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	config := p.config.Copy()
	if port != 0 {
		config.DialFunc = (&net.Dialer{Control: fromPort(port)}).DialContext
	}
	pc, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := pc.SyncConn(ctx); err != nil { // pgx may have a goroutine that reads ahead
		return nil, errors.Join(err, pc.Close(ctx))
	}
	hc, err := pc.Hijack()
	if err != nil {
		return nil, err
	}
	if !p.opened(hc.Conn) {
		return nil, errClosed
	}
	return &session{
		conn: hc.Conn, r: bufio.NewReader(hc.Conn), w: bufio.NewWriter(hc.Conn),
		key:      pgproto3.BackendKeyData{ProcessID: hc.PID, SecretKey: hc.SecretKey},
		reported: hc.ParameterStatuses, prepared: map[string]bool{},
	}, nil
}

// take waits for a session that is free, other than a certain one if there is a choice.
func (p *Pooler) take(not *session) (*session, error) {
	s := p.pool.take(not)
	switch {
	case s == nil:
		return nil, errClosed
	case s.conn != nil:
		return s, nil
	}
	opened, err := p.openSession(0)
	if err != nil {
		p.pool.give(s)
	}
	return opened, err
}

// drop ends a session and puts one to be opened in its place.
func (p *Pooler) drop(s *session, working bool) {
	p.closeConn(s.conn)
	if working {
		p.kill(s.key.ProcessID)
	}
	p.pool.give(&session{})
}

// kill ends a server process. It would go on with its statement, and not look for its client until that is done. A
// cancel request is not enough: it is lost on a process that has not read the statement yet.
func (p *Pooler) kill(pid uint32) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	pc, err := pgconn.ConnectConfig(ctx, p.config)
	if err != nil {
		return // the test is over, or the server
	}
	defer pc.Close(ctx)
	_, _ = pc.Exec(ctx, fmt.Sprintf("SELECT pg_terminate_backend(%d, %d)", pid, dialTimeout.Milliseconds())).ReadAll()
}

// pool holds the sessions that nobody has taken. Safe for concurrent use.
type pool struct {
	mu     sync.Mutex
	freed  sync.Cond  // on mu
	free   []*session // the one that has been free for longest first; guarded by mu
	closed bool       // guarded by mu
}

// take returns nil when the pool is closed.
func (p *pool) take(not *session) *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.free) == 0 && !p.closed {
		p.freed.Wait()
	}
	if p.closed {
		return nil
	}
	i := max(0, slices.IndexFunc(p.free, func(s *session) bool { return s != not }))
	s := p.free[i]
	p.free = slices.Delete(p.free, i, i+1)
	return s
}

func (p *pool) give(s *session) {
	p.mu.Lock()
	p.free = append(p.free, s)
	p.mu.Unlock()
	p.freed.Signal()
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.freed.Broadcast()
}
