package driver

import (
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgproto3"
)

// watcher reads the server's side of the protocol from a pin's first reply to the ReadyForQuery that ends the
// statement behind it. It decides message by message what pgx gets to see: everything but the pin's own replies.
// (PostgreSQL manual, 55.7 "Message Formats".)
type watcher struct {
	after     bool // the statement's CommandComplete comes first
	skip      int  // CommandCompletes of the pin still to come
	apart     bool // the pin has a Sync of its own
	dropReady bool // its ReadyForQuery is still to come
	prepares  bool // the pin prepares what it clears the session with, or relies on it
	query     bool // the pin is part of a Query
	passed    bool // pgx got something of the statement's replies
	shift     int  // characters in front of the statement's text in its Query message

	refused bool // the pin did not get through, its commit included if it is apart
	undone  bool // the statement failed, or may have rolled the pin back
	durable bool // the pin is committed
	done    bool // the last ReadyForQuery has passed

	header [headerLen]byte // of a message, as far as it has arrived
	have   int             // bytes of it
	body   int             // bytes of the current message still to come
	first  bool            // none of them has come yet
	keep   bool            // whether pgx gets the current message
	held   []byte          // body of an error that waits to be complete, or of a row of the pin's
	answer []byte          // the first column of the last row that the pin returned
}

// headerLen is the type byte and the four length bytes, which count themselves but not the type.
const headerLen = 5

var emptyQueryResponse = []byte{'I', 0, 0, 0, 4}

// filter appends to out what pgx gets to see of data.
func (w *watcher) filter(out, data []byte) []byte {
	for len(data) > 0 {
		switch {
		case w.done:
			return append(out, data...)
		case w.body > 0:
			out, data = w.takeBody(out, data)
		default:
			out, data = w.takeHeader(out, data)
		}
	}
	return out
}

func (w *watcher) takeHeader(out, data []byte) (rest, remaining []byte) {
	n := copy(w.header[w.have:], data)
	w.have += n
	if w.have == headerLen {
		w.have = 0
		w.body = max(int(binary.BigEndian.Uint32(w.header[1:]))-4, 0)
		w.first = true
		w.keep = w.keeps(w.header[0])
		if w.keep && w.header[0] == 'Z' && w.query && !w.passed && w.skip == 0 {
			// A text without a statement is answered with EmptyQueryResponse when it is alone, and pgx relies on that.
			out = append(out, emptyQueryResponse...)
		}
		w.passed = w.passed || w.keep && w.header[0] != 'A' && w.header[0] != 'S' && w.header[0] != 'N'
		if w.keep && !w.holds() {
			out = append(out, w.header[:]...)
		}
	}
	return out, data[n:]
}

func (w *watcher) takeBody(out, data []byte) (rest, remaining []byte) {
	if w.first {
		w.first = false
		w.look(data[0])
	}
	n := min(w.body, len(data))
	w.body -= n
	switch {
	case !w.keep:
		w.takeRow(data[:n])
	case w.holds():
		w.held = append(w.held, data[:n]...)
		if w.body == 0 {
			out = w.release(out)
		}
	default:
		out = append(out, data[:n]...)
	}
	return out, data[n:]
}

// keeps reports whether pgx gets a message of this kind, and counts what it stands for.
func (w *watcher) keeps(kind byte) bool {
	switch kind {
	case 'A', 'S': // NotificationResponse, ParameterStatus: they belong to no statement
		return true
	case 'N': // pgx knows nothing of the pin's statements
		return w.after || w.skip == 0
	case 'E':
		return w.error()
	case 'Z':
		return !w.dropReady
	}
	if w.refused {
		return false // a statement sent apart has run all the same; pgx gets the pin's error as its outcome
	}
	if w.after {
		w.after = kind != 'C'
		return true
	}
	if w.skip == 0 {
		return true
	}
	if kind == 'C' {
		w.skip--
	}
	return false
}

// error notes an ErrorResponse. pgx gets one, as the outcome of its statement.
func (w *watcher) error() bool {
	if w.after { // the statement in front of the pin, which is then skipped
		w.after, w.skip, w.undone = false, 0, true
		return true
	}
	if w.skip > 0 || w.dropReady { // the latter: a pin apart failed to commit
		w.refused = true
		w.skip = 0
		return true
	}
	w.undone = true
	return !w.refused
}

// takeRow collects a row of the pin's own. One that is not understood is no answer. quickPin's tells nothing.
func (w *watcher) takeRow(part []byte) {
	if w.header[0] != 'D' || w.skip == 0 || w.prepares {
		return
	}
	if w.held = append(w.held, part...); w.body > 0 {
		return
	}
	var row pgproto3.DataRow
	if err := row.Decode(w.held); err == nil && len(row.Values) > 0 {
		w.answer = append(w.answer[:0], row.Values[0]...)
	}
	w.held = w.held[:0]
}

// look sees the first byte of each body.
func (w *watcher) look(b byte) {
	switch w.header[0] {
	case 'C':
		// ROLLBACK outside a transaction undoes the pin that came with it, with no more than a warning. Other tags that
		// begin like it are treated like it: the cost is one pin more.
		if w.keep && b == 'R' {
			w.undone = true
		}
	case 'Z':
		w.ready(b)
	}
}

// ready looks at the transaction status of a ReadyForQuery: 'I' idle, 'T' in a transaction, 'E' in a failed one.
func (w *watcher) ready(status byte) {
	if w.skip > 0 || w.dropReady && status != 'I' {
		w.skip, w.refused = 0, true // no error was seen, but this is no pin that is through
	}
	if w.dropReady {
		w.dropReady, w.durable = false, !w.refused
		return
	}
	w.done = true
	if !w.apart {
		w.durable = !w.refused && !w.undone && status == 'I'
	}
}

// holds reports whether the current message is an error whose position has to be changed.
func (w *watcher) holds() bool { return w.header[0] == 'E' && w.shift > 0 }

// release passes a complete error on, with its position counted from the start of the caller's text.
func (w *watcher) release(out []byte) []byte {
	original := append(w.header[:headerLen:headerLen], w.held...)
	w.held = nil
	var e pgproto3.ErrorResponse
	if err := e.Decode(original[headerLen:]); err != nil {
		return append(out, original...) // pgx will say what is wrong with it
	}
	e.Position = max(e.Position-int32(w.shift), 0)
	moved, err := e.Encode(out)
	if err != nil {
		return append(out, original...)
	}
	return moved
}
