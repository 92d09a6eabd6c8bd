// Package wire stands between pgx and the socket of one connection. [Filter] is the only way for bytes to the server:
// it lets out what an [Admission] allows, sends a [Pin] in the same write as the statement that needs it, and keeps the
// pin's replies from pgx. It knows PostgreSQL's protocol (manual, chapter 55) and nothing of tenants.
//
// pgconn.Config.BuildFrontend puts a Filter under pgx, above TLS and above pgx's background reader. There it runs on
// one goroutine and hides no *tls.Conn. Package gate makes sure that nothing goes past it.
package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/docex/docex/internal/wire/gate"
)

// Filter is not safe for concurrent use, with two exceptions: a COPY writes its data while pgx reads the replies, and a
// Terminate may come at any time. Neither touches state. A write of pgx is always whole messages, because
// pgproto3.Frontend.Flush writes its buffer in one call.
type Filter struct {
	r    io.Reader
	w    io.Writer
	gate *gate.Gate

	admission Admission         // nil: closed
	started   bool              // the connection is set up: the admission decides
	owners    map[string]string // who prepared the session's statements, by their names
	parsed    string            // the name in the last Parse

	ran     bool // something was sent since Begin that makes the server do more than prepare
	armed   bool
	pin     Pin
	inTx    bool // the last pinned write did not end its transaction: what follows is pinned already
	buf     []byte
	sent    bool // the armed pin went out
	failed  bool // one of several that went out did not get through
	refusal error

	scripted bool // the session has the statements of a prepared pin
	reading  bool // replies are to be filtered
	replies  replies
	in       []byte // read buffer while reading
	kept     []byte // what of it pgx gets
	out      []byte // the part of kept that pgx has not read yet
}

// New returns a filter that lets everything through until [Filter.Start].
func New(r io.Reader, w io.Writer, g *gate.Gate) *Filter {
	return &Filter{r: r, w: w, gate: g, owners: make(map[string]string)}
}

// Gated reports whether a gate stops what goes past the filter.
func (f *Filter) Gated() bool { return f.gate.Conn != nil }

// Start ends the set-up of the connection. From now on nothing leaves outside of operations.
func (f *Filter) Start() { f.started = true }

// Begin opens the filter for one operation; [Filter.End] closes it.
func (f *Filter) Begin(a Admission) { f.admission, f.ran, f.sent = a, false, false }

// End closes the filter and takes back a pin that was not sent.
func (f *Filter) End() { f.admission, f.armed = nil, false }

// Arm makes the next write carry the pin. The outcome of an earlier pin is forgotten.
func (f *Filter) Arm(p Pin) {
	f.armed, f.pin, f.inTx, f.sent, f.failed = true, p, false, false, false
	f.replies = replies{}
}

// TakeCommitted reports, once, that the pin that was armed last has committed and cannot be rolled back.
func (f *Filter) TakeCommitted() bool {
	committed := f.replies.committed
	f.replies.committed = false
	return committed
}

// ForgetParsed forgets the statement of the last Parse, which the server has refused: pgx closes only what is there.
func (f *Filter) ForgetParsed() { delete(f.owners, f.parsed) }

// Refused reports whether the server refused the pin that was armed last.
func (f *Filter) Refused() bool { return f.failed || f.replies.refused }

// Bypassed reports that nothing was written since the pin was armed.
func (f *Filter) Bypassed() bool { return !f.sent }

// Answer returns the last row that the pin's own statements returned; nil when there was none.
func (f *Filter) Answer() [][]byte { return f.replies.answer }

// Ran reports whether something was sent since [Filter.Begin] that makes the server do more than prepare.
func (f *Filter) Ran() bool { return f.ran }

// Reading reports whether replies to the last pinned write are still to come.
func (f *Filter) Reading() bool { return f.reading }

// Unread reports whether pgx has left a part of a reply unread.
func (f *Filter) Unread() bool { return len(f.out) > 0 }

// Refusal returns the error of the admission that stopped a write, or nil. A connection that has one is closed.
func (f *Filter) Refusal() error { return f.refusal }

// Write is called by pgproto3.Frontend.Flush.
func (f *Filter) Write(p []byte) (int, error) {
	f.gate.Pass()
	defer f.gate.Passed()
	switch {
	case !f.started || passes(p):
		return f.w.Write(p)
	case givesUp(p):
		return f.terminate(p)
	}
	c, err := f.admit(p)
	if err == nil && c.carries && f.sent && !f.armed && (f.Refused() || f.replies.undone) {
		err = errUnpinned
	}
	if err != nil {
		f.refusal = err
		return 0, err
	}
	if !c.carries {
		return f.w.Write(p)
	}
	n, err := f.writePinned(p, c)
	f.ran = f.ran || n > 0 && c.runs
	return n, err
}

// terminate sends the Terminate that p ends with, and nothing else of it: what pgx had left in its buffer when it gave
// the connection up would run unpinned.
func (f *Filter) terminate(p []byte) (int, error) {
	defer f.gate.Pass() // for good: the server reads no statement behind it, and TLS has an alert to send
	if _, err := f.w.Write(terminateMessage); err != nil {
		return 0, err
	}
	return len(p), nil
}

var terminateMessage = []byte{'X', 0, 0, 0, 4}

// givesUp reports whether a write ends with a Terminate. pgx sends that from a goroutine of its own when it has given
// up.
func givesUp(p []byte) bool {
	if !bytes.HasSuffix(p, terminateMessage) {
		return false
	}
	last := byte(0)
	for kind := range messages(p) {
		last = kind
	}
	return last == 'X'
}

func (f *Filter) writePinned(p []byte, c contents) (int, error) {
	switch {
	case !f.armed:
		return f.w.Write(p)
	case c.several: // of which one pin would reach the first only
		return 0, errors.New("docex: a write of pgx holds several transactions")
	case f.inTx:
		f.inTx = !c.ends
		return f.w.Write(p)
	case f.reading:
		return 0, errors.New("docex: pgx writes before it has read the replies to its last statement")
	}
	f.armed = f.pin.Place == BeforeEachTx
	f.inTx = !c.ends
	buf, expected, err := f.pin.encode(f.buf[:0], p, f.scripted)
	if err != nil {
		return 0, err
	}
	f.failed = f.failed || f.replies.refused
	f.sent, f.reading, f.replies = true, true, expected
	n, err := f.w.Write(buf)
	if cap(buf) <= largestBuffer {
		f.buf = buf
	}
	if err != nil {
		// pgx retries a write that sent nothing; say so only when that is what happened.
		return min(n, len(p)), err
	}
	return len(p), nil
}

// errUnpinned: the operation's pin was refused or rolled back. pgx sends nothing more then. Somebody whom it calls,
// such as a tracer, may: with a statement of their own in front, which failed.
var errUnpinned = errors.New("docex: a statement follows a pin that failed, or that was rolled back")

// largestBuffer is how much memory a connection keeps for its next pinned write.
const largestBuffer = 64 << 10

// Past lets send write texts past the filter, which are judged here. pgx does so in one case: pgconn.PgConn.ExecBatch,
// which it uses for batches in mode exec.
func (f *Filter) Past(texts []string, send func() error) error {
	for _, text := range texts {
		err := errClosed
		if f.admission != nil {
			err = f.admission.Text(text)
		}
		if err != nil {
			f.refusal = err
			return err
		}
	}
	f.gate.Pass()
	defer f.gate.Passed()
	before := f.gate.Writes()
	err := send()
	f.ran = f.ran || !f.Gated() || f.gate.Writes() > before
	return err
}

// Read is called by pgproto3.Frontend.Receive. When no pin is under way it adds no work.
func (f *Filter) Read(p []byte) (int, error) {
	if f.gate.Secured() { // which may have to answer while it reads
		f.gate.Pass()
		defer f.gate.Passed()
	}
	for len(f.out) == 0 {
		if !f.reading {
			return f.r.Read(p)
		}
		if f.in == nil {
			f.in = make([]byte, readBuffer)
		}
		n, err := f.r.Read(f.in)
		f.kept = f.replies.filter(f.kept[:0], f.in[:n])
		f.out = f.kept
		f.reading = !f.replies.done
		if f.replies.script {
			// Prepared statements outlive the failure of their transaction, so the pin's last reply is enough.
			f.scripted = f.replies.skip == 0 && !f.replies.refused
		}
		if err != nil && len(f.out) == 0 {
			return 0, err
		}
	}
	n := copy(p, f.out)
	f.out = f.out[n:]
	return n, nil
}

// readBuffer is as large as the buffer the server sends from.
const readBuffer = 8192

// passes reports whether a write is one message that runs and prepares nothing and that may come from another
// goroutine: the data and the end of a COPY.
func passes(p []byte) bool {
	if len(p) < headerLen {
		return len(p) == 0
	}
	switch p[0] {
	case 'd', 'c', 'f':
		return 1+uint64(binary.BigEndian.Uint32(p[1:headerLen])) == uint64(len(p))
	}
	return false
}

var errPartial = errors.New("docex: a write of pgx is not whole messages")

// headerLen is the type byte and the four length bytes, which count themselves but not the type.
const headerLen = 5

// messages yields the type and the body of each message in p. It ends in front of one that is not whole.
func messages(p []byte) func(yield func(kind byte, body []byte) bool) {
	return func(yield func(byte, []byte) bool) {
		for len(p) >= headerLen {
			size := 1 + uint64(binary.BigEndian.Uint32(p[1:headerLen]))
			if size < headerLen || size > uint64(len(p)) || !yield(p[0], p[headerLen:size]) {
				return
			}
			p = p[size:]
		}
	}
}
