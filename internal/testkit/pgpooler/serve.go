package pgpooler

import (
	"bufio"

	"github.com/jackc/pgx/v5/pgproto3"
)

// answer is what serve must know of the server's answer: that it is over, or that it waits for the client.
type answer struct {
	m   message // ReadyForQuery or CopyInResponse
	err error   // the session is lost
}

// serve runs the client's connection to its end.
func (c *client) serve() {
	defer c.leave()
	if c.login() != nil {
		return
	}
	c.p.running.Go(c.read)
	// While an answer is due nothing is read: it decides which session gets the next message.
	incoming := c.messages
	for {
		var err error
		select {
		case <-c.gone:
			return
		case m := <-incoming:
			var ends bool
			if ends, err = c.forward(m); ends {
				incoming = nil
			}
		case a := <-c.answers:
			incoming = c.messages
			if err = a.err; err == nil && a.m.kind() == typeReadyForQuery {
				err = c.ready(a.m)
			}
		}
		if err != nil {
			return
		}
	}
}

// read hands the client's messages to serve, one at a time. A client that says goodbye does not wait for an answer.
func (c *client) read() {
	defer close(c.gone)
	r := bufio.NewReader(c.conn)
	for {
		m, err := readMessage(r)
		if err != nil || m.kind() == typeTerminate {
			return
		}
		select {
		case c.messages <- m:
		case <-c.done:
			return
		}
	}
}

// forward sends a message to the client's session, and takes one if it has none. It reports whether the client's turn
// ends with it.
func (c *client) forward(m message) (ends bool, err error) {
	switch m.kind() {
	case typeCopyData, typeCopyDone, typeCopyFail:
		if !c.exchange { // it failed meanwhile, which the client did not know
			return false, nil
		}
	}
	if c.held == nil {
		s, err := c.p.take(c.last)
		if err != nil {
			return true, c.refuse("08006", err.Error())
		}
		c.hold(s)
	}
	if !c.exchange {
		c.exchange, c.simple = true, m.kind() == typeQuery
		s := c.held
		c.p.running.Go(func() { c.relay(s) })
	}
	if err := c.send(m); err != nil {
		return true, err
	}
	return c.flush(m.kind())
}

// send writes a message into the session's buffer. A Bind may need a Parse in front of it.
func (c *client) send(m message) error {
	for _, m := range c.tracker.toServer(m, c.held) {
		if _, err := c.held.w.Write(m); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) flush(kind byte) (ends bool, err error) {
	switch kind {
	case typeQuery, typeFunctionCall, typeSync:
		ends = true
	case typeCopyDone, typeCopyFail: // otherwise a Sync follows
		ends = c.simple
	case typeFlush:
	default:
		return false, nil
	}
	return ends, c.held.w.Flush()
}

// relay passes the server's messages on to the client until ReadyForQuery, which serve passes on: the session must be
// given back before the client can ask for the next one.
func (c *client) relay(s *session) {
	for {
		m, err := readMessage(s.r)
		if err != nil {
			c.tell(answer{err: err})
			return
		}
		if m.kind() == typeReadyForQuery {
			c.tell(answer{m: m})
			return
		}
		// A client that is gone does not matter here: serve hears of it from read.
		_, _ = c.w.Write(c.tracker.toClient(m))
		if s.r.Buffered() == 0 {
			_ = c.w.Flush()
		}
		if m.kind() == typeCopyInResponse {
			c.tell(answer{m: m})
		}
	}
}

func (c *client) tell(a answer) {
	select {
	case c.answers <- a:
	case <-c.done:
	}
}

// ready ends an exchange. relay has ended.
func (c *client) ready(m message) error {
	c.exchange, c.status = false, m.body()[0]
	c.tracker.settle(c.held)
	switch {
	case c.status == idle && c.p.options.Mode != Session:
		c.release()
	case c.status != idle && c.p.options.Mode == Statement:
		return c.refuse("08P01", "transaction blocks not allowed in statement pooling mode")
	}
	_, _ = c.w.Write(m)
	return c.w.Flush()
}

// refuse says goodbye with an error of the pooler's own.
func (c *client) refuse(code, message string) error {
	e := &pgproto3.ErrorResponse{Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: code, Message: message}
	if m, err := e.Encode(nil); err == nil {
		_, _ = c.w.Write(m)
		_ = c.w.Flush()
	}
	return errGone
}
