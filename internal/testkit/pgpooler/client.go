package pgpooler

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net"
	"sync"

	"github.com/jackc/pgx/v5/pgproto3"
)

// client is one client's connection. It belongs to the goroutine of serve, which two others work for: read, and relay
// while an answer is due.
type client struct {
	p       *Pooler
	conn    net.Conn
	w       *bufio.Writer
	tracker *tracker // nil: statements are not tracked
	key     pgproto3.BackendKeyData

	messages chan message  // from read
	gone     chan struct{} // closed by read when the client is gone
	answers  chan answer   // from relay
	done     chan struct{} // closed when serve has returned

	mu   sync.Mutex
	held *session // what serves the client at present, or nil; written by serve; guarded by mu

	last     *session // what served it before
	status   byte     // of the transaction in held, as ReadyForQuery has it
	exchange bool     // relay runs: the client has asked for something
	simple   bool     // by a Query
}

const idle = 'I' // the status of no transaction

func newClient(p *Pooler, conn net.Conn) *client {
	c := &client{
		p: p, conn: conn, w: bufio.NewWriter(conn), status: idle,
		messages: make(chan message), gone: make(chan struct{}), answers: make(chan answer), done: make(chan struct{}),
	}
	if p.options.TrackStatements {
		c.tracker = &tracker{own: map[string]statement{}}
	}
	return c
}

var errGone = errors.New("pgpooler: the client is gone")

// login answers the client's first messages. There is a client only if it returns nil.
func (c *client) login() error {
	be := pgproto3.NewBackend(c.conn, c.conn)
	for {
		m, err := be.ReceiveStartupMessage()
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *pgproto3.StartupMessage:
			return c.welcome(be)
		case *pgproto3.CancelRequest:
			c.p.cancelFor(pgproto3.BackendKeyData{ProcessID: m.ProcessID, SecretKey: m.SecretKey})
			return errGone
		default: // no encryption here
			if _, err := c.conn.Write([]byte{'N'}); err != nil {
				return err
			}
		}
	}
}

func (c *client) welcome(be *pgproto3.Backend) error {
	if err := c.introduce(); err != nil {
		return err
	}
	be.Send(&pgproto3.AuthenticationOk{})
	for name, value := range c.p.reported {
		be.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
	}
	be.Send(&c.key)
	be.Send(&pgproto3.ReadyForQuery{TxStatus: idle})
	return be.Flush()
}

// introduce chooses the client's key data, and takes the session that it is of.
func (c *client) introduce() error {
	if !c.p.options.ReplayKeys {
		var b [8]byte
		rand.Read(b[:]) // never fails
		c.key = pgproto3.BackendKeyData{ProcessID: binary.BigEndian.Uint32(b[:]) >> 1, SecretKey: b[4:]}
		c.p.enter(c)
		return nil
	}
	s, err := c.p.take(nil)
	if err != nil {
		return err
	}
	if c.p.options.ClientPort {
		c.p.closeConn(s.conn)
		if s, err = c.p.openSession(c.conn.RemoteAddr().(*net.TCPAddr).Port); err != nil {
			s, err = c.p.openSession(0) // another connection to the server has had that port a moment ago
		}
		if err != nil {
			c.p.pool.give(&session{})
			return err
		}
	}
	c.key = s.key
	c.hold(s)
	return nil
}

func (c *client) hold(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = s
}

// release gives the session back, so that the next transaction gets another one.
func (c *client) release() {
	s := c.held
	c.last = s
	c.hold(nil)
	c.p.pool.give(s)
}

// leave is the end. A session is of use to others only if nothing is under way in it.
func (c *client) leave() {
	close(c.done)
	c.p.closeConn(c.conn)
	c.p.exit(c)
	switch s := c.held; {
	case s == nil:
	case c.exchange || c.status != idle || c.p.options.Mode == Session:
		c.hold(nil)
		c.p.drop(s, c.exchange)
	default:
		c.release()
	}
}
