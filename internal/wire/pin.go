package wire

import (
	"encoding/binary"
	"errors"
	"math"
	"unicode/utf8"

	"github.com/docex/docex/internal/wire/script"
)

// Pin is what to send with a statement.
type Pin struct {
	Script *script.Script
	Values []string // of the script's query
	Place  Place
}

// Place says where a pin goes.
type Place uint8

const (
	// Before sends the pin in front of the next write, in the same transaction: when the pin fails the server skips
	// the statement.
	Before Place = iota
	// OwnSync sends the pin in front of the next write and gives it a Sync of its own, so that it commits before the
	// statement behind it runs. BEGIN needs that: its ROLLBACK would undo a session setting made in the same transaction,
	// and a look-up takes a snapshot, after which BEGIN may not choose an isolation level. The price is that BEGIN runs
	// even when the pin fails, so the connection must be closed then. Nothing else may go behind such a pin than what has
	// no effect outside a transaction.
	OwnSync
	// BeforeEachTx sends the pin in front of each transaction of an operation. pgx makes several of one operation when it
	// prepares first. It is for pins that end with their transaction.
	BeforeEachTx
	// AfterBegin sends the pin behind the next write, which is the BEGIN of the transaction to pin.
	AfterBegin
)

// encode appends to buf what to send in place of p, and says what to expect as the reply.
func (pin Pin) encode(buf, p []byte, scripted bool) (_ []byte, expected replies, err error) {
	apart := pin.Place == OwnSync
	expected = replies{skip: pin.Script.Count(), ownSync: apart, ownReady: apart}
	switch {
	case pin.Place == AfterBegin && p[0] != 'Q':
		err = errors.New("docex: a BEGIN of pgx is not a Query message")
	case pin.Place == AfterBegin:
		expected.after = true
		buf, err = appendQuery(buf, p, "", "; "+pin.Text())
	case p[0] == 'Q' && !apart:
		front := pin.Text() + "; "
		expected.shift = utf8.RuneCountInString(front)
		buf, err = appendQuery(buf, p, front, "")
	default:
		expected.script = pin.Script.Prepares()
		if buf = pin.Script.Append(buf, pin.Values, scripted); apart {
			buf = append(buf, syncMessage...)
		}
		buf = append(buf, p...)
	}
	return buf, expected, err
}

// Text returns the pin's statements for the simple protocol, which runs them in one implicit transaction.
func (pin Pin) Text() string { return pin.Script.Text(pin.Values) }

var syncMessage = []byte{'S', 0, 0, 0, 4}

// appendQuery puts statements in front of and behind the text of p, a simple Query message: the server runs the
// statements of one Query in one implicit transaction. Extended messages in front of a Query would do on PostgreSQL 15,
// but 18 loses track of the transaction then ("StartTransactionCommand: unexpected state STARTED").
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
