package driver

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgproto3"
)

// wire stands between pgx and the socket of one connection. Armed with a pin, it sends the pin's messages with pgx's next
// write, drops their replies, and then knows whether the session is pinned.
//
// Not safe for concurrent use, with two exceptions: a COPY writes its data while pgx reads the replies, and a Terminate
// may come at any time; both writes touch no state. A write of pgx is always whole messages, since
// pgproto3.Frontend.Flush writes its buffer in one call.
type wire struct {
	r io.Reader
	w io.Writer

	ran   bool // something was sent since the last enter that makes the server do more than prepare
	armed bool
	pin   pin
	mid   bool   // the last pinned write did not end its transaction: what follows is pinned already
	buf   []byte // of the last pinned write

	sent     bool // the pin of this operation went out
	failed   bool // it did not get through
	prepared bool // the session has statements for the scrub
	watching bool
	watch    watcher
	in       []byte // read buffer while watching
	kept     []byte // what of it pgx gets
	out      []byte // the part of kept that pgx has not read yet
}

// place says where the statements of a pin go.
type place uint8

const (
	// inFront sends the pin in front of the next write, in the same transaction: when the pin fails the server skips
	// the statement.
	inFront place = iota
	// apart gives the pin a Sync of its own, so that it commits before the statement behind it runs. BEGIN needs it: its
	// ROLLBACK would undo a session setting made in the same transaction, and a look-up takes a snapshot, after which
	// BEGIN may not choose an isolation level. The price is that BEGIN runs even when the pin fails; the connection is
	// closed then. Nothing else goes behind such a pin but what has no effect outside a transaction.
	apart
	// inEach sends the pin in front of each transaction of an operation; pgx makes several of one operation when it
	// prepares first. For pins that end with their transaction.
	inEach
	// behind sends the pin behind the next write, which is the BEGIN of the transaction to pin.
	behind
)

func newWire(r io.Reader, w io.Writer) *wire {
	return &wire{r: r, w: w}
}

// arm makes the next write carry the pin. The outcome of an earlier pin is forgotten.
func (c *wire) arm(p pin) {
	c.armed, c.pin, c.mid, c.sent, c.failed = true, p, false, false, false
	c.watch = watcher{}
}

// disarm ends the operation that the pin was armed for, whether or not pgx came to write anything.
func (c *wire) disarm() { c.armed = false }

// forget drops what is known of the pin that was armed last.
func (c *wire) forget() {
	if !c.watching {
		c.watch = watcher{}
	}
}

// settle reports, once, that the pin that was armed last was sent, committed and can no longer be rolled back.
func (c *wire) settle() bool {
	durable := c.watch.durable
	c.watch.durable = false
	return durable
}

// refused reports whether the pin that was armed last did not get through.
func (c *wire) refused() bool { return c.failed || c.watch.refused }

// bypassed reports that nothing was written through the wire since the pin was armed.
func (c *wire) bypassed() bool { return !c.sent }

// answer returns what the last pin's function answered, or "".
func (c *wire) answer() string { return string(c.watch.answer) }

// carries reports whether a write that starts with a message of this type runs or prepares something. The others are the
// data of a COPY, a Sync, a Close and the Terminate, which comes from a goroutine of pgx's own on a connection that it
// gave up.
func carries(kind byte) bool {
	return kind == 'Q' || kind == 'P' || kind == 'B' || kind == 'D' || kind == 'E' || kind == 'F'
}

// Write is called by pgproto3.Frontend.Flush.
func (c *wire) Write(p []byte) (int, error) {
	if len(p) == 0 || !carries(p[0]) {
		return c.w.Write(p)
	}
	n, err := c.write(p)
	c.ran = c.ran || n > 0 && runs(p)
	return n, err
}

// runs reports whether a write holds a Query or an Execute.
func runs(p []byte) bool {
	for len(p) >= headerLen {
		if p[0] == 'Q' || p[0] == 'E' || p[0] == 'F' {
			return true
		}
		p = p[min(1+uint64(binary.BigEndian.Uint32(p[1:headerLen])), uint64(len(p))):]
	}
	return len(p) > 0
}

func (c *wire) write(p []byte) (int, error) {
	if !c.armed {
		return c.w.Write(p)
	}
	ends, err := endsTransaction(p)
	if err != nil {
		return 0, err
	}
	if c.mid {
		c.mid = !ends
		return c.w.Write(p)
	}
	if c.watching {
		return 0, errors.New("docex: pgx writes before it has read the replies to its last statement")
	}
	c.armed = c.pin.place == inEach
	c.mid = !ends
	var watch watcher
	if c.buf, watch, err = c.pin.with(c.buf[:0], p, c.prepared); err != nil {
		return 0, err
	}
	c.failed = c.failed || c.watch.refused
	c.sent, c.watching, c.watch = true, true, watch
	n, err := c.w.Write(c.buf)
	if cap(c.buf) > largestBuffer {
		c.buf = nil
	}
	if err != nil {
		// pgx retries a write that sent nothing; say so only when that is what happened.
		return min(n, len(p)), err
	}
	return len(p), nil
}

// largestBuffer is how much memory a connection keeps for its next pinned write.
const largestBuffer = 64 << 10

// endsTransaction reports whether p ends with what makes the server answer ReadyForQuery. A write with such a message in
// the middle holds several transactions, of which one pin would reach the first only.
func endsTransaction(p []byte) (ends bool, err error) {
	for len(p) > 0 {
		if ends {
			return false, errors.New("docex: a write of pgx holds several transactions")
		}
		if len(p) < headerLen {
			return false, errPartial
		}
		size := 1 + uint64(binary.BigEndian.Uint32(p[1:headerLen]))
		if size < headerLen || size > uint64(len(p)) {
			return false, errPartial
		}
		ends = p[0] == 'Q' || p[0] == 'S' || p[0] == 'F'
		p = p[size:]
	}
	return ends, nil
}

var errPartial = errors.New("docex: a write of pgx is not whole messages")

// with appends to buf what to send in place of p, and says what to expect as the reply.
func (s pin) with(buf, p []byte, prepared bool) ([]byte, watcher, error) {
	simple := p[0] == 'Q' && s.place != apart
	watch := watcher{skip: s.count(!simple), dropReady: s.place == apart, apart: s.place == apart}
	switch {
	case s.place == behind:
		if p[0] != 'Q' {
			return nil, watch, errors.New("docex: a BEGIN of pgx is not a Query message")
		}
		watch.after = true
		buf, err := appendQuery(buf, p, "", "; "+s.text())
		return buf, watch, err
	case simple:
		front := s.text() + "; "
		watch.query = true
		watch.shift = utf8.RuneCountInString(front)
		buf, err := appendQuery(buf, p, front, "")
		return buf, watch, err
	}
	buf, err := s.appendExtended(buf, prepared)
	if err != nil {
		return nil, watch, err
	}
	watch.prepares = s.quick
	if s.place == apart {
		buf = append(buf, syncMessage...)
	}
	return append(buf, p...), watch, nil
}

var syncMessage = mustEncode(&pgproto3.Sync{})

// appendQuery puts statements in front of and behind the text of p, a simple Query message: the server runs the statements
// of one Query in one implicit transaction. Extended messages in front of a Query would do on PostgreSQL 15, but 18 loses
// track of the transaction then ("StartTransactionCommand: unexpected state STARTED").
func appendQuery(buf, p []byte, front, back string) ([]byte, error) {
	if len(p) <= headerLen || p[len(p)-1] != 0 {
		return nil, errPartial
	}
	size := len(p) - 1 + len(front) + len(back)
	if size > math.MaxInt32 {
		return nil, errors.New("docex: the statement is too long")
	}
	buf = append(buf, 'Q')
	buf = binary.BigEndian.AppendUint32(buf, uint32(size))
	buf = append(buf, front...)
	buf = append(buf, p[headerLen:len(p)-1]...) // without the NUL at its end
	buf = append(buf, back...)
	return append(buf, 0), nil
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
		if c.watch.prepares {
			// Prepared statements outlive the failure of their transaction, so the pin's last reply is enough.
			c.prepared = c.watch.skip == 0 && !c.watch.refused
		}
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
