package pgproxy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
)

// Exchange is what passed between clients and a server.
type Exchange struct {
	// RoundTrips is how often a client that had all its answers began to send again. It does not depend on how TCP cuts
	// the stream, nor on how many messages or writes a request has. Setting up a connection is not counted, and neither is
	// a goodbye. A client that waits for CopyInResponse before it sends data pays one more than is counted; pgx does not.
	RoundTrips int
	Messages   [2][]Message // by direction
}

// Message is the frame of one protocol message (PostgreSQL manual, 55.7 "Message Formats").
type Message struct {
	Type byte
	Len  int // bytes, those of type and length included
}

// Bytes is the number of bytes of the messages in one direction.
func (e Exchange) Bytes(way Direction) (n int) {
	for _, m := range e.Messages[way] {
		n += m.Len
	}
	return n
}

// Types are the types of the messages in one direction.
func (e Exchange) Types(way Direction) string {
	types := make([]byte, len(e.Messages[way]))
	for i, m := range e.Messages[way] {
		types[i] = m.Type
	}
	return string(types)
}

// session is one connection through a proxy. Its fields but the first are guarded by proxy.mu.
type session struct {
	proxy *Proxy

	frames     [2]frames
	ready      bool // the server has sent its first ReadyForQuery
	ended      bool // it is cut: the answer to the last byte may be quicker than the Close
	waiting    bool // a round trip is under way
	unfinished bool // the client's last message does not end a request
	flushed    bool // the client asked for answers without a Sync
	unanswered int  // requests that a ReadyForQuery will answer
}

func newSession(p *Proxy) *session {
	s := &session{proxy: p}
	s.frames[ToClient].typed = true
	return s
}

var errCut = errors.New("pgproxy: cut")

// forward copies one direction until it ends or is cut, and ends both then.
func (s *session) forward(way Direction, to, from net.Conn) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buf := make([]byte, 1<<16)
	for {
		n, err := from.Read(buf)
		if n > 0 && s.pass(way, to, buf[:n]) != nil {
			return
		}
		if err != nil {
			return
		}
	}
}

// pass takes notice of data before the other side can act on it.
func (s *session) pass(way Direction, to net.Conn, data []byte) error {
	s.proxy.mu.Lock()
	if s.ended {
		s.proxy.mu.Unlock()
		return errCut
	}
	s.aimLocked(way, data)
	n, end := s.limitLocked(way, len(data))
	s.ended = end
	s.frames[way].read(data[:n], func(m Message) { s.seeLocked(way, m) })
	s.proxy.mu.Unlock()
	if _, err := to.Write(data[:n]); err != nil {
		return err
	}
	if end {
		return errCut
	}
	return nil
}

// aimLocked looks whether this is the connection to cut.
func (s *session) aimLocked(way Direction, data []byte) {
	if c := s.proxy.cut; c != nil && c.request != nil && c.of == nil && way == ToServer &&
		bytes.Contains(data, c.request) {
		c.of = s
	}
}

// limitLocked returns how much of n bytes may pass, and whether the connection ends behind them.
func (s *session) limitLocked(way Direction, n int) (allowed int, end bool) {
	p := s.proxy
	if p.cut == nil || p.cut.way != way || !s.ready || p.cut.request != nil && p.cut.of != s {
		return n, false
	}
	if n < p.cut.left {
		p.cut.left -= n
		return n, false
	}
	c := p.cut
	p.cut = nil
	if c.instead != nil {
		c.instead()
		return n, false
	}
	return c.left, true
}

// seeLocked follows the protocol at each message's header.
func (s *session) seeLocked(way Direction, m Message) {
	ready, began := s.ready, false
	if way == ToServer {
		began = s.requestLocked(m.Type)
	} else {
		s.answerLocked(m.Type)
	}
	if r := s.proxy.record; r != nil && ready {
		if began {
			r.RoundTrips++
		}
		r.Messages[way] = append(r.Messages[way], m)
	}
}

// requestLocked reports whether the message begins a round trip.
func (s *session) requestLocked(kind byte) (began bool) {
	switch kind {
	case 'X', 'd', 'c', 'f', 'p': // Terminate has no answer; the others belong to the COPY or log-in under way
		return false
	}
	began, s.waiting = !s.waiting, true
	s.unfinished = false
	switch kind {
	case startup, 'S', 'Q', 'F': // StartupMessage, Sync, Query, FunctionCall
		s.unanswered++
	case 'H': // Flush
		s.flushed = true
	default:
		s.unfinished = true
	}
	return began
}

func (s *session) answerLocked(kind byte) {
	switch {
	case kind == 'Z':
		s.ready = true
		s.unanswered--
	case !s.flushed:
		return
	}
	s.flushed = false
	if s.unanswered == 0 && !s.unfinished {
		s.waiting = false
	}
}

// frames finds the messages in one direction of a connection, however it is cut into pieces.
type frames struct {
	typed  bool    // messages begin with a type; the client's first does not
	header [5]byte // of a message, as far as it has arrived
	have   int     // bytes of it
	body   int     // bytes of the current message still to come
}

// startup stands for the type of the client's first message, which has none.
const startup = 0

func (f *frames) read(data []byte, see func(Message)) {
	for len(data) > 0 {
		if f.body > 0 {
			n := min(f.body, len(data))
			f.body -= n
			data = data[n:]
			continue
		}
		if !f.typed && f.have == 0 {
			f.header[0], f.have = startup, 1
		}
		n := copy(f.header[f.have:], data)
		f.have += n
		data = data[n:]
		if f.have == len(f.header) {
			length := max(int(binary.BigEndian.Uint32(f.header[1:])), 4)
			m := Message{Type: f.header[0], Len: length}
			if f.typed {
				m.Len++
			}
			f.have, f.body, f.typed = 0, length-4, true
			see(m)
		}
	}
}
