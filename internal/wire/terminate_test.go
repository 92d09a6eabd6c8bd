package wire

import (
	"bytes"
	"strings"
	"testing"

	"github.com/docex/docex/internal/wire/gate"
	"github.com/jackc/pgx/v5/pgproto3"
)

// What pgx has left in its buffer when it gives a connection up does not go out with the Terminate: it would run
// unpinned.
func TestTerminateGoesAlone(t *testing.T) {
	goodbye := encoded(&pgproto3.Terminate{})
	for name, left := range map[string]string{
		"nothing":         "",
		"a batch":         encoded(&pgproto3.Parse{Query: "own"}, &pgproto3.Bind{}, &pgproto3.Execute{}),
		"a Query":         encoded(&pgproto3.Query{String: "own"}),
		"the end of COPY": encoded(&pgproto3.CopyFail{Message: "stop"}),
	} {
		var sent bytes.Buffer
		f := New(strings.NewReader(""), &sent, &gate.Gate{})
		f.Start()
		if n, err := f.Write([]byte(left + goodbye)); n != len(left+goodbye) || err != nil || sent.String() != goodbye {
			t.Errorf("%s: Write = %d, %v, sent %q", name, n, err, sent.String())
		}
	}
}

// Bytes of a Terminate at the end of another message are not one.
func TestTerminateInsideAMessage(t *testing.T) {
	goodbye := encoded(&pgproto3.Terminate{})
	var sent bytes.Buffer
	f := New(strings.NewReader(""), &sent, &gate.Gate{})
	f.Start()
	if _, err := f.Write([]byte(encoded(&pgproto3.Parse{Query: "own"}, &pgproto3.CopyData{Data: []byte(goodbye)}))); err == nil || sent.Len() > 0 {
		t.Errorf("sent %q, %v", sent.String(), err)
	}
}
