package wire

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/jackc/pgx/v5/pgproto3"
)

// backend encodes a server's replies from a short notation, one word a message.
func backend(t *testing.T, script string) []byte {
	t.Helper()
	messages := map[string]pgproto3.BackendMessage{
		"parsed": &pgproto3.ParseComplete{}, "bound": &pgproto3.BindComplete{}, "nodata": &pgproto3.NoData{},
		"row":      &pgproto3.DataRow{Values: [][]byte{[]byte("Z"), []byte("E"), nil}},
		"columns":  &pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("c")}}},
		"params":   &pgproto3.ParameterDescription{ParameterOIDs: []uint32{23}},
		"done":     &pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")},
		"rollback": &pgproto3.CommandComplete{CommandTag: []byte("ROLLBACK")},
		"empty":    &pgproto3.EmptyQueryResponse{},
		"error":    &pgproto3.ErrorResponse{Severity: "ERROR", Code: "DX002", Message: "Z"},
		"notice":   &pgproto3.NoticeResponse{Severity: "NOTICE", Message: "n"},
		"setting":  &pgproto3.ParameterStatus{Name: "search_path", Value: "x"},
		"idle":     &pgproto3.ReadyForQuery{TxStatus: 'I'},
		"intx":     &pgproto3.ReadyForQuery{TxStatus: 'T'},
		"failed":   &pgproto3.ReadyForQuery{TxStatus: 'E'},
	}
	var buf []byte
	for _, word := range strings.Fields(script) {
		m, ok := messages[word]
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

// pin2 is what the server answers to a pin of two statements that it accepts, and query2 when they come in a Query.
const (
	pin2   = "parsed bound done parsed bound row done "
	query2 = "done columns row done "
)

func TestWireFiltersReplies(t *testing.T) {
	const extended, simple = 'P', 'Q'
	tests := []struct {
		name    string
		first   byte // type of the first message that pgx sends
		place   place
		server  string
		seen    string // what pgx gets
		durable bool
		refused bool
	}{
		{name: "extended", first: extended, server: pin2 + "parsed bound columns row done idle",
			seen: "parsed bound columns row done idle", durable: true},
		{name: "extended, statement fails", first: extended, server: pin2 + "parsed error idle", seen: "parsed error idle"},
		{name: "extended, pin refused", first: extended, server: "parsed bound done parsed bound error idle",
			seen: "error idle", refused: true},
		{name: "extended, first statement of the pin refused", first: extended, server: "error idle",
			seen: "error idle", refused: true},
		{name: "prepare", first: extended, server: pin2 + "parsed params columns idle", seen: "parsed params columns idle",
			durable: true},
		{name: "simple", first: simple, server: query2 + "columns row done idle", seen: "columns row done idle",
			durable: true},
		{name: "simple, several statements", first: simple, server: query2 + "columns row done done idle",
			seen: "columns row done done idle", durable: true},
		{name: "simple, no statement", first: simple, server: query2 + "idle", seen: "empty idle", durable: true},
		{name: "simple, statement fails", first: simple, server: query2 + "columns row error idle",
			seen: "columns row error idle"},
		{name: "simple, pin refused", first: simple, server: "done error idle", seen: "error idle", refused: true},
		{name: "simple, nothing could be read", first: simple, server: "error idle", seen: "error idle", refused: true},
		{name: "simple, a transaction is left open", first: simple, server: query2 + "done intx", seen: "done intx"},
		{name: "simple, the transaction was rolled back", first: simple, server: query2 + "rollback idle",
			seen: "rollback idle"},
		{name: "simple, the pin is incomplete", first: simple, server: "done idle", seen: "idle", refused: true},
		{name: "apart", first: simple, place: apart, server: pin2 + "idle done intx", seen: "done intx", durable: true},
		{name: "apart, statement fails", first: simple, place: apart, server: pin2 + "idle error idle", seen: "error idle",
			durable: true},
		{name: "apart, pin refused", first: simple, place: apart, server: "parsed bound error idle done intx",
			seen: "error intx", refused: true},
		{name: "apart, pin refused and statement fails", first: simple, place: apart,
			server: "parsed bound error idle error idle", seen: "error idle", refused: true},
		{name: "apart, pin fails to commit", first: simple, place: apart, server: pin2 + "error idle done intx",
			seen: "error intx", refused: true},
		{name: "apart, pin fails to commit and statement fails", first: simple, place: apart,
			server: pin2 + "error idle error idle", seen: "error idle", refused: true},
		{name: "apart, the pin is incomplete", first: simple, place: apart, server: "parsed bound done idle done intx",
			seen: "intx", refused: true},
		{name: "apart, in a transaction", first: simple, place: apart, server: pin2 + "intx done intx",
			seen: "intx", refused: true},
		{name: "apart, extended", first: extended, place: apart, server: pin2 + "idle parsed bound done intx",
			seen: "parsed bound done intx", durable: true},
		{name: "asynchronous messages pass", first: simple,
			server: "notice setting done columns row setting done columns notice done setting idle",
			seen:   "setting setting columns notice done setting idle", durable: true},
		{name: "what follows passes untouched", first: extended, server: pin2 + "parsed idle setting row done idle",
			seen: "parsed idle setting row done idle", durable: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			script := backend(t, tt.server)
			want := backend(t, tt.seen)
			for name, reader := range readers(script) {
				w := newWire(reader, io.Discard)
				w.arm(pin{before: []string{"S1", "S2"}, place: tt.place})
				if _, err := w.Write([]byte{tt.first, 0, 0, 0, 5, 0}); err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(w)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s: pgx sees\n%q\nwant\n%q", name, got, want)
				}
				if durable := w.settle(); durable != tt.durable || w.refused() != tt.refused {
					t.Errorf("%s: pinned %t refused %t, want %t %t", name, durable, w.refused(), tt.durable, tt.refused)
				}
				if w.watching {
					t.Errorf("%s: still watching after the last ReadyForQuery", name)
				}
			}
		})
	}
}

// readers delivers the same bytes in pieces of different sizes.
func readers(b []byte) map[string]io.Reader {
	return map[string]io.Reader{
		"whole":        bytes.NewReader(b),
		"byte by byte": iotest.OneByteReader(bytes.NewReader(b)),
		"halves":       iotest.HalfReader(bytes.NewReader(b)),
		"with EOF":     iotest.DataErrReader(bytes.NewReader(b)),
	}
}

// Every prefix of the replies leaves the session unpinned but the whole: a connection cut anywhere is never believed to
// be pinned.
func TestWireCutReplies(t *testing.T) {
	script := backend(t, pin2+"parsed bound done idle")
	for n := range script {
		w := newWire(bytes.NewReader(script[:n]), io.Discard)
		w.arm(pin{before: []string{"S1", "S2"}})
		if _, err := w.Write([]byte("P\x00\x00\x00\x04")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(w); err != nil {
			t.Fatal(err)
		}
		if w.settle() {
			t.Fatalf("pinned after %d of %d bytes", n, len(script))
		}
		if !w.watching {
			t.Fatalf("not watching after %d of %d bytes", n, len(script))
		}
	}
}

func encoded(t *testing.T, messages ...pgproto3.FrontendMessage) string {
	t.Helper()
	var buf []byte
	for _, m := range messages {
		var err error
		if buf, err = m.Encode(buf); err != nil {
			t.Fatal(err)
		}
	}
	return string(buf)
}

// What goes out for each kind of statement, and that only the first write of an armed wire carries the pin.
func TestWireSends(t *testing.T) {
	bind, execute, sync := &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Sync{}
	front := encoded(t, &pgproto3.Parse{Query: "S1"}, bind, execute, &pgproto3.Parse{Query: "S2"}, bind, execute)
	extended := encoded(t, &pgproto3.Parse{Query: "own"}, bind, execute, sync)
	simple := encoded(t, &pgproto3.Query{String: "own"})
	for _, tt := range []struct {
		name, message, want string
		place               place
	}{
		{"extended", extended, front + extended, inFront},
		{"simple", simple, encoded(t, &pgproto3.Query{String: "S1; S2; own"}), inFront},
		{"extended apart", extended, front + encoded(t, sync) + extended, apart},
		{"simple apart", simple, front + encoded(t, sync) + simple, apart},
	} {
		var sent bytes.Buffer
		w := newWire(strings.NewReader(""), &sent)
		w.arm(pin{before: []string{"S1", "S2"}, place: tt.place})
		for range 2 {
			if n, err := w.Write([]byte(tt.message)); n != len(tt.message) || err != nil {
				t.Fatalf("%s: Write = %d, %v", tt.name, n, err)
			}
		}
		if got, want := sent.String(), tt.want+tt.message; got != want {
			t.Errorf("%s: sent\n%q\nwant\n%q", tt.name, got, want)
		}
	}
}

// A write that is not one whole Query message is refused: the pin could end up in the wrong place.
func TestWireRefusesPartialQuery(t *testing.T) {
	whole := encoded(t, &pgproto3.Query{String: "own"})
	for _, message := range []string{whole[:1], whole[:4], whole[:len(whole)-1], whole + whole} {
		var sent bytes.Buffer
		w := newWire(strings.NewReader(""), &sent)
		w.arm(pin{before: []string{"S1"}})
		if _, err := w.Write([]byte(message)); err == nil || sent.Len() > 0 {
			t.Errorf("%q: sent %q, %v", message, sent.String(), err)
		}
	}
}

func TestWireDisarmed(t *testing.T) {
	var sent bytes.Buffer
	w := newWire(strings.NewReader("reply"), &sent)
	w.arm(pin{before: []string{"S1"}})
	w.disarm()
	if _, err := w.Write([]byte("X")); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(w)
	if err != nil || string(got) != "reply" || sent.String() != "X" {
		t.Errorf("sent %q, read %q, %v", sent.String(), got, err)
	}
}
