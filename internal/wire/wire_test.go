package wire

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/docex/docex/internal/wire/gate"
	"github.com/jackc/pgx/v5/pgproto3"
)

// The tests write down both sides of the protocol as words, one a message.

// replyWords are the messages of a server.
var replyWords = map[string]pgproto3.BackendMessage{
	"parsed": &pgproto3.ParseComplete{}, "bound": &pgproto3.BindComplete{}, "nodata": &pgproto3.NoData{},
	"closed":   &pgproto3.CloseComplete{},
	"row":      &pgproto3.DataRow{Values: [][]byte{[]byte("Z"), []byte("E"), nil}},
	"columns":  &pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("c")}}},
	"params":   &pgproto3.ParameterDescription{ParameterOIDs: []uint32{23}},
	"done":     &pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")},
	"begun":    &pgproto3.CommandComplete{CommandTag: []byte("BEGIN")},
	"rollback": &pgproto3.CommandComplete{CommandTag: []byte("ROLLBACK")},
	"empty":    &pgproto3.EmptyQueryResponse{},
	"error":    &pgproto3.ErrorResponse{Severity: "ERROR", Code: "DX002", Message: "Z"},
	"notice":   &pgproto3.NoticeResponse{Severity: "NOTICE", Message: "n"},
	"setting":  &pgproto3.ParameterStatus{Name: "search_path", Value: "x"},
	"idle":     &pgproto3.ReadyForQuery{TxStatus: 'I'},
	"intx":     &pgproto3.ReadyForQuery{TxStatus: 'T'},
	"failed":   &pgproto3.ReadyForQuery{TxStatus: 'E'},
}

// replied encodes a server's messages.
func replied(t testing.TB, words string) []byte {
	t.Helper()
	var buf []byte
	for _, word := range strings.Fields(words) {
		m, ok := replyWords[word]
		if !ok {
			t.Fatalf("no message %q", word)
		}
		var err error
		if buf, err = m.Encode(buf); err != nil {
			t.Fatal(err)
		}
	}
	return buf
}

func mustEncode(m pgproto3.FrontendMessage) []byte {
	b, err := m.Encode(nil)
	if err != nil {
		panic(err) // a constant message
	}
	return b
}

// encoded returns what pgx writes.
func encoded(messages ...pgproto3.FrontendMessage) string {
	var buf []byte
	for _, m := range messages {
		buf = append(buf, mustEncode(m)...)
	}
	return string(buf)
}

// everything admits every text for one owner.
type everything struct{}

func (everything) Owner() string     { return "acme" }
func (everything) Text(string) error { return nil }

// opened returns a filter in the middle of an operation in which everything may be sent.
func opened(r io.Reader, w io.Writer) *Filter {
	f := New(r, w, &gate.Gate{})
	f.Start()
	f.Begin(everything{})
	return f
}

// session is a server that has answered already, and keeps what it is sent.
type session struct {
	*Filter
	sent    bytes.Buffer
	answers bytes.Buffer
}

func newSession() *session {
	s := &session{}
	s.Filter = opened(&s.answers, &s.sent)
	return s
}

// send writes p, and returns what the server got and what pgx read of the server's answer.
func (s *session) send(t testing.TB, p, words string) (sent, read string) {
	t.Helper()
	s.sent.Reset()
	s.answers.Write(replied(t, words))
	if n, err := s.Write([]byte(p)); n != len(p) || err != nil {
		t.Fatalf("Write = %d, %v", n, err)
	}
	got, err := io.ReadAll(s)
	if err != nil {
		t.Fatal(err)
	}
	return s.sent.String(), string(got)
}

func wantSent(t testing.TB, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("sent\n%q\nwant\n%q", got, want)
	}
}
