package driver

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgproto3"
)

// wire stands between pgx and the socket of one connection. Armed with a pin, it sends the pin's messages in front of
// pgx's next write, drops their replies, and then knows whether the session is pinned.
//
// Not safe for concurrent use, but for Read and Write while it is neither armed nor watching, because pgx reads in the
// background during a COPY, and for the Write of a Terminate. A write of pgx is always whole messages, since
// pgproto3.Frontend.Flush writes its buffer in one call.
type wire struct {
	r io.Reader
	w io.Writer

	armed bool
	pin   pin

	watching bool
	watch    watcher
	in       []byte // read buffer while watching
	kept     []byte // what of it pgx gets
	out      []byte // the part of kept that pgx has not read yet
}

// pin is what to send in front of a statement.
type pin struct {
	statements []string
	// apart gives the pin a Sync of its own, so that it commits before the statement behind it runs. BEGIN needs it: its
	// ROLLBACK would undo a session setting made in the same transaction, and the look-up takes a snapshot, after which
	// BEGIN may not choose an isolation level. The price is that BEGIN runs even when the pin fails; the connection is
	// closed then.
	apart bool
}

func newWire(r io.Reader, w io.Writer) *wire {
	return &wire{r: r, w: w}
}

// arm makes the next write carry the pin. The outcome of an earlier pin is forgotten.
func (c *wire) arm(p pin) {
	c.armed, c.pin = true, p
	c.watch = watcher{}
}

// disarm takes back a pin that was never sent, because pgx failed before it wrote.
func (c *wire) disarm() {
	c.armed = false
}

// forget drops what is known of the pin that was armed last.
func (c *wire) forget() {
	if !c.watching {
		c.watch = watcher{}
	}
}

// pinned reports whether the pin that was armed last was sent, committed and can no longer be rolled back.
func (c *wire) pinned() bool { return c.watch.durable }

// refused reports whether the pin that was armed last did not get through.
func (c *wire) refused() bool { return c.watch.refused }

const terminate = 'X' // type of the Terminate message

var syncMessage = mustEncode(&pgproto3.Sync{})

// Write is called by pgproto3.Frontend.Flush. When nothing is armed it adds no work. A Terminate
// carries no pin and touches no state: on a connection that pgx gave up it comes from a goroutine of pgx's own.
func (c *wire) Write(p []byte) (int, error) {
	if len(p) == 0 || p[0] == terminate || !c.armed {
		return c.w.Write(p)
	}
	c.armed = false
	buf, watch, err := c.pin.before(p)
	if err != nil {
		return 0, err
	}
	c.watching, c.watch = true, watch
	n, err := c.w.Write(buf)
	if err != nil {
		// pgx retries a write that sent nothing; say so only when that is what happened.
		return min(n, len(p)), err
	}
	return len(p), nil
}

// before returns the bytes to send in place of p, and what to expect as the reply.
func (s pin) before(p []byte) ([]byte, watcher, error) {
	watch := watcher{skip: len(s.statements), dropReady: s.apart, apart: s.apart}
	if p[0] == 'Q' && !s.apart {
		buf, shift, err := s.inQuery(p)
		watch.shift = shift
		return buf, watch, err
	}
	buf, err := appendExtended(make([]byte, 0, pinSize+len(p)), s.statements)
	if err != nil {
		return nil, watch, err
	}
	if s.apart {
		buf = append(buf, syncMessage...)
	}
	return append(buf, p...), watch, nil
}

// pinSize is room for a pin in most cases.
const pinSize = 1024

// inQuery puts the pin into a simple Query message, in front of its text: the server runs the statements of one Query
// in one implicit transaction. Extended messages in front of a Query would do on PostgreSQL 15, but 18 loses track of
// the transaction then ("StartTransactionCommand: unexpected state STARTED"). shift is by how many characters the
// text has moved.
func (s pin) inQuery(p []byte) (buf []byte, shift int, err error) {
	if len(p) < headerLen || int(binary.BigEndian.Uint32(p[1:headerLen])) != len(p)-1 {
		return nil, 0, errors.New("docex: a write of pgx is not one Query message")
	}
	front := text(s.statements) + "; "
	if uint64(len(front)+len(p)) > math.MaxInt32 {
		return nil, 0, errors.New("docex: the statement is too long")
	}
	buf = append(make([]byte, 0, len(front)+len(p)), 'Q')
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(p)-1+len(front)))
	buf = append(buf, front...)
	return append(buf, p[headerLen:]...), utf8.RuneCountInString(front), nil
}

// Read is called by pgproto3.Frontend.Receive. When no pin is under way it adds no work.
func (c *wire) Read(p []byte) (int, error) {
	for len(c.out) == 0 {
		if !c.watching {
			return c.r.Read(p)
		}
		if c.in == nil {
			c.in = make([]byte, readBuffer)
		}
		n, err := c.r.Read(c.in)
		c.kept = c.watch.filter(c.kept[:0], c.in[:n])
		c.out = c.kept
		c.watching = !c.watch.done
		if err != nil && len(c.out) == 0 {
			return 0, err
		}
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// readBuffer is as large as the buffer the server sends from.
const readBuffer = 8192

func mustEncode(m pgproto3.FrontendMessage) []byte {
	b, err := m.Encode(nil)
	if err != nil {
		panic(err) // a constant message
	}
	return b
}
