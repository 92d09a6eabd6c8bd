package pgpooler

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Types of messages (PostgreSQL manual, 55.7 "Message Formats").
const (
	typeParse        = 'P'
	typeBind         = 'B'
	typeDescribe     = 'D'
	typeClose        = 'C'
	typeSync         = 'S'
	typeFlush        = 'H'
	typeQuery        = 'Q'
	typeFunctionCall = 'F'
	typeCopyData     = 'd'
	typeCopyDone     = 'c'
	typeCopyFail     = 'f'
	typeTerminate    = 'X'

	typeCommandComplete = 'C'
	typeParseComplete   = '1'
	typeCloseComplete   = '3'
	typeCopyInResponse  = 'G'
	typeReadyForQuery   = 'Z'
)

// message is one message with its type and length in front, as it is on the wire.
type message []byte

func (m message) kind() byte   { return m[0] }
func (m message) body() []byte { return m[headerSize:] }

const (
	headerSize  = 5
	longestBody = 1 << 30 // the server's own limit
)

func newMessage(kind byte, body ...[]byte) message {
	m := append(message{kind, 0, 0, 0, 0}, bytes.Join(body, nil)...)
	binary.BigEndian.PutUint32(m[1:], uint32(len(m)-1))
	return m
}

func readMessage(r io.Reader) (message, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	length := int64(binary.BigEndian.Uint32(header[1:])) - 4
	if length < 0 || length > longestBody {
		return nil, fmt.Errorf("pgpooler: a message of type %q has length %d", header[0], length)
	}
	m := make(message, headerSize+length)
	copy(m, header[:])
	_, err := io.ReadFull(r, m[headerSize:])
	return m, err
}
