package wire

import (
	"encoding/binary"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// replies reads the server's side of the protocol from a pin's first reply to the ReadyForQuery that ends the
// statement behind it. It decides message by message what pgx gets to see: everything but the pin's own replies.
// (PostgreSQL manual, 55.7 "Message Formats".)
type replies struct {
	after    bool // the statement's CommandComplete comes first
	skip     int  // CommandCompletes of the pin still to come
	ownSync  bool // the pin has a Sync of its own
	ownReady bool // its ReadyForQuery is still to come
	script   bool // the pin prepares a script, or relies on it
	passed   bool // pgx got something of the statement's replies
	shift    int  // characters of the pin in front of the statement's text in its Query message; 0 in no other

	refused   bool // the pin did not get through, its commit included if that is its own
	undone    bool // the statement failed, or may have rolled the pin back
	committed bool // the pin is committed
	done      bool // the last ReadyForQuery has passed

	header [headerLen]byte // of a message, as far as it has arrived
	have   int             // bytes of it
	body   int             // bytes of the current message still to come
	keep   bool            // whether pgx gets the current message
	whole  bool            // whether it is held until it is complete
	held   []byte          // its body, as far as it has arrived
	answer [][]byte        // the last row that the pin returned
}

var emptyQueryResponse = []byte{'I', 0, 0, 0, 4}

// filter appends to out what pgx gets to see of data.
func (r *replies) filter(out, data []byte) []byte {
	for len(data) > 0 && !r.done {
		if r.body > 0 {
			out, data = r.takeBody(out, data)
		} else {
			out, data = r.takeHeader(out, data)
		}
	}
	return append(out, data...)
}

func (r *replies) takeHeader(out, data []byte) (rest, remaining []byte) {
	n := copy(r.header[r.have:], data)
	if r.have += n; r.have < headerLen {
		return out, data[n:]
	}
	kind := r.header[0]
	r.have = 0
	r.body = max(int(binary.BigEndian.Uint32(r.header[1:]))-4, 0)
	r.keep = r.keeps(kind)
	r.whole = r.body > 0 && (kind == 'C' || kind == 'Z' || kind == 'E' && r.keep && r.shift > 0 || r.isAnswer(kind))
	r.passed = r.passed || r.keep && !strings.ContainsRune("ASNZ", rune(kind))
	if r.keep && !r.whole {
		out = append(out, r.header[:]...)
	}
	return out, data[n:]
}

// isAnswer reports whether a message is a row of the pin's own. A prepared script answers nothing that anybody needs.
func (r *replies) isAnswer(kind byte) bool { return kind == 'D' && r.skip > 0 && !r.keep && !r.script }

func (r *replies) takeBody(out, data []byte) (rest, remaining []byte) {
	n := min(r.body, len(data))
	r.body -= n
	switch {
	case r.whole:
		if r.held = append(r.held, data[:n]...); r.body == 0 {
			out = r.complete(out)
			r.held = nil
		}
	case r.keep:
		out = append(out, data[:n]...)
	}
	return out, data[n:]
}

// complete looks at a message that was held.
func (r *replies) complete(out []byte) []byte {
	switch r.header[0] {
	case 'C':
		// ROLLBACK outside a transaction undoes the pin that came with it, with no more than a warning. Other tags that
		// begin like it are treated like it: the cost is one pin more.
		r.undone = r.undone || r.keep && r.held[0] == 'R'
	case 'D':
		var row pgproto3.DataRow
		if err := row.Decode(r.held); err == nil { // otherwise it is no answer
			r.answer = row.Values
		}
	case 'E':
		return r.passError(out)
	case 'Z':
		if r.keep && r.shift > 0 && !r.passed && r.skip == 0 {
			// A text without a statement is answered with EmptyQueryResponse when it is alone, and pgx relies on that.
			out = append(out, emptyQueryResponse...)
		}
		r.ready(r.held[0])
	}
	if r.keep {
		out = append(append(out, r.header[:]...), r.held...)
	}
	return out
}

// keeps reports whether pgx gets a message of this kind, and counts what it stands for.
func (r *replies) keeps(kind byte) bool {
	switch kind {
	case 'A', 'S': // NotificationResponse, ParameterStatus: they belong to no statement
		return true
	case 'N': // pgx knows nothing of the pin's statements
		return r.after || r.skip == 0
	case 'E':
		return r.error()
	case 'Z':
		return !r.ownReady
	}
	if r.refused {
		return false // a statement sent apart has run all the same; pgx gets the pin's error as its outcome
	}
	if r.after {
		r.after = kind != 'C'
		return true
	}
	if r.skip == 0 {
		return true
	}
	if kind == 'C' {
		r.skip--
	}
	return false
}

// error notes an ErrorResponse. pgx gets one, as the outcome of its statement.
func (r *replies) error() bool {
	if r.after { // the statement in front of the pin, which is then skipped
		r.after, r.skip, r.undone = false, 0, true
		return true
	}
	if r.skip > 0 || r.ownReady { // the latter: a pin apart failed to commit
		r.refused = true
		r.skip = 0
		return true
	}
	r.undone = true
	return !r.refused
}

// ready looks at the transaction status of a ReadyForQuery: 'I' idle, 'T' in a transaction, 'E' in a failed one.
func (r *replies) ready(status byte) {
	if r.skip > 0 || r.ownReady && status != 'I' {
		r.skip, r.refused = 0, true // no error was seen, but this is no pin that is through
	}
	if r.ownReady {
		r.ownReady, r.committed = false, !r.refused
		return
	}
	r.done = true
	if !r.ownSync {
		r.committed = !r.refused && !r.undone && status == 'I'
	}
}

// passError passes a complete error on, with its position counted from the start of the caller's text.
func (r *replies) passError(out []byte) []byte {
	var e pgproto3.ErrorResponse
	if err := e.Decode(r.held); err == nil {
		e.Position = max(e.Position-int32(r.shift), 0)
		if moved, err := e.Encode(out); err == nil {
			return moved
		}
	}
	return append(append(out, r.header[:]...), r.held...) // pgx will say what is wrong with it
}
