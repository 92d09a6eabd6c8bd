package driver

import "encoding/binary"

// watcher reads the server's side of the protocol from a pin's first reply to the ReadyForQuery that ends the
// statement behind it. It decides message by message what pgx gets to see: everything but the pin's own replies.
// (PostgreSQL manual, 55.7 "Message Formats".)
type watcher struct {
	skip      int  // CommandCompletes of the pin still to come
	dropReady bool // one ReadyForQuery more than pgx expects is still to come
	apart     bool // that ReadyForQuery is the pin's own

	refused bool // an error answered the pin
	failed  bool // an error answered the statement
	durable bool // the pin is committed
	done    bool // the last ReadyForQuery has passed

	header [5]byte // type and length of a message that is not complete yet
	have   int     // bytes of header that have arrived
	body   int     // bytes of the current message still to come
	keep   bool    // whether pgx gets the current message
	status bool    // whether its body is the status byte of a ReadyForQuery
}

// headerLen is the type byte and the four length bytes, which count themselves but not the type.
const headerLen = 5

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
		out = w.startMessage(out)
	}
	return out, data[n:]
}

// startMessage decides about the message whose header has just become complete.
func (w *watcher) startMessage(out []byte) []byte {
	w.have = 0
	w.body = max(int(binary.BigEndian.Uint32(w.header[1:]))-4, 0)
	kind := w.header[0]
	w.status = kind == 'Z'
	w.keep = w.keeps(kind)
	if w.keep {
		out = append(out, w.header[:]...)
	}
	return out
}

func (w *watcher) takeBody(out, data []byte) (rest, remaining []byte) {
	n := min(w.body, len(data))
	if w.status {
		w.ready(data[0])
	}
	if w.keep {
		out = append(out, data[:n]...)
	}
	w.body -= n
	return out, data[n:]
}

// keeps reports whether pgx gets a message of this kind, and counts what it stands for.
func (w *watcher) keeps(kind byte) bool {
	switch kind {
	case 'A', 'N', 'S': // NotificationResponse, NoticeResponse, ParameterStatus: they belong to no statement
		return true
	case 'E':
		return w.error()
	case 'Z':
		return !w.dropReady // of two, the first
	}
	if w.refused {
		return false // a BEGIN that was sent apart has run all the same; pgx gets the pin's error as its outcome
	}
	if w.skip == 0 {
		return true
	}
	if kind == 'C' {
		w.skip--
	}
	return false
}

// error notes an ErrorResponse; pgx gets the first one of each kind as the outcome of its statement.
func (w *watcher) error() bool {
	if w.skip > 0 {
		w.refused = true
		w.skip = 0
		// After a failed pin the server skips to the Sync: a Query that came with it sends no ReadyForQuery.
		w.dropReady = w.dropReady && w.apart
		return true
	}
	w.failed = true
	return !w.refused
}

// ready looks at the transaction status of a ReadyForQuery: 'I' idle, 'T' in a transaction, 'E' in a failed one.
func (w *watcher) ready(status byte) {
	if w.dropReady {
		w.dropReady = false
		if w.apart {
			w.durable = !w.refused && status == 'I'
		}
		return
	}
	w.done = true
	if !w.apart {
		w.durable = !w.refused && !w.failed && status == 'I'
	}
}
