package driver

import (
	"io"

	"github.com/jackc/pgx/v5/pgproto3"
)

// wire stands between pgx and the socket of one connection. Armed with a pin, it sends the pin's messages in front of
// pgx's next write, drops their replies, and then knows whether the session is pinned.
//
// Not safe for concurrent use, but for Read and Write while it is neither armed nor watching: pgx reads in the background
// during a COPY. A write of pgx is always whole messages, since pgproto3.Frontend.Flush writes its buffer in one call.
type wire struct {
	r io.Reader
	w io.Writer

	armed bool
	pin   pinMessages

	watching bool
	watch    watcher
	in       []byte // read buffer while watching
	kept     []byte // what of it pgx gets
	out      []byte // the part of kept that pgx has not read yet
}

// pinMessages is a pin ready to send.
type pinMessages struct {
	encoded []byte // extended-protocol messages without a Sync
	count   int    // statements in it
	// apart gives the pin a Sync of its own, so that it commits before the statement behind it runs. BEGIN needs it:
	// a session setting made inside a transaction is undone by its ROLLBACK, and the look-up takes a snapshot, after
	// which BEGIN may not choose an isolation level. The price is that BEGIN itself runs when the pin fails; the
	// connection is closed then.
	apart bool
}

func newWire(r io.Reader, w io.Writer) *wire {
	return &wire{r: r, w: w}
}

// arm makes the next write carry the pin. The outcome of an earlier pin is forgotten.
func (c *wire) arm(p pinMessages) {
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

// refused reports whether the server answered the pin that was armed last with an error.
func (c *wire) refused() bool { return c.watch.refused }

var syncMessage = mustEncode(&pgproto3.Sync{})

// Write is called by pgproto3.Frontend.Flush. When nothing is armed it adds no work.
func (c *wire) Write(p []byte) (int, error) {
	if !c.armed || len(p) == 0 {
		return c.w.Write(p)
	}
	c.armed = false
	buf := append(make([]byte, 0, len(c.pin.encoded)+len(p)+2*len(syncMessage)), c.pin.encoded...)
	simple := p[0] == 'Q'
	if c.pin.apart {
		buf = append(buf, syncMessage...)
	}
	buf = append(buf, p...)
	if simple && !c.pin.apart {
		// A Query message ends the implicit transaction by itself, but when the pin has failed the server skips
		// everything up to a Sync, the Query included.
		buf = append(buf, syncMessage...)
	}
	c.watching = true
	c.watch = watcher{skip: c.pin.count, dropReady: simple || c.pin.apart, apart: c.pin.apart}
	n, err := c.w.Write(buf)
	if err != nil {
		// pgx retries a write that sent nothing; say so only when that is what happened.
		return min(n, len(p)), err
	}
	return len(p), nil
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
