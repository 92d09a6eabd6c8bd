package wire

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"github.com/docex/docex/internal/wire/script"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgproto3"
)

// pin2 is what the server answers to a pin of two statements that it accepts, and query2 when they come in a Query.
const (
	pin2   = "parsed bound done parsed bound row done "
	query2 = "done columns row done "
)

var twoStatements = script.New("", "S2", "S1")

// What pgx sees of the server's answers, and what is then known of the pin.
func TestReplies(t *testing.T) {
	extended, simple := encoded(&pgproto3.Parse{Query: "own"}, &pgproto3.Sync{}), encoded(&pgproto3.Query{String: "own"})
	tests := []struct {
		name      string
		write     string // of pgx
		place     Place
		server    string
		seen      string // what pgx gets
		committed bool
		refused   bool
	}{
		{name: "extended", write: extended, server: pin2 + "parsed bound columns row done idle",
			seen: "parsed bound columns row done idle", committed: true},
		{name: "extended, statement fails", write: extended, server: pin2 + "parsed error idle", seen: "parsed error idle"},
		{name: "extended, pin refused", write: extended, server: "parsed bound done parsed bound error idle",
			seen: "error idle", refused: true},
		{name: "extended, first statement of the pin refused", write: extended, server: "error idle",
			seen: "error idle", refused: true},
		{name: "prepare", write: extended, server: pin2 + "parsed params columns idle", seen: "parsed params columns idle",
			committed: true},
		{name: "simple", write: simple, server: query2 + "columns row done idle", seen: "columns row done idle",
			committed: true},
		{name: "simple, several statements", write: simple, server: query2 + "columns row done done idle",
			seen: "columns row done done idle", committed: true},
		{name: "simple, no statement", write: simple, server: query2 + "idle", seen: "empty idle", committed: true},
		{name: "simple, statement fails", write: simple, server: query2 + "columns row error idle",
			seen: "columns row error idle"},
		{name: "simple, pin refused", write: simple, server: "done error idle", seen: "error idle", refused: true},
		{name: "simple, nothing could be read", write: simple, server: "error idle", seen: "error idle", refused: true},
		{name: "simple, a transaction is left open", write: simple, server: query2 + "done intx", seen: "done intx"},
		{name: "simple, the transaction was rolled back", write: simple, server: query2 + "rollback idle",
			seen: "rollback idle"},
		{name: "simple, the pin is incomplete", write: simple, server: "done idle", seen: "idle", refused: true},
		{name: "own Sync", write: simple, place: OwnSync, server: pin2 + "idle done intx", seen: "done intx",
			committed: true},
		{name: "own Sync, statement fails", write: simple, place: OwnSync, server: pin2 + "idle error idle",
			seen: "error idle", committed: true},
		{name: "own Sync, pin refused", write: simple, place: OwnSync, server: "parsed bound error idle done intx",
			seen: "error intx", refused: true},
		{name: "own Sync, pin refused and statement fails", write: simple, place: OwnSync,
			server: "parsed bound error idle error idle", seen: "error idle", refused: true},
		{name: "own Sync, pin fails to commit", write: simple, place: OwnSync, server: pin2 + "error idle done intx",
			seen: "error intx", refused: true},
		{name: "own Sync, pin fails to commit and statement fails", write: simple, place: OwnSync,
			server: pin2 + "error idle error idle", seen: "error idle", refused: true},
		{name: "own Sync, the pin is incomplete", write: simple, place: OwnSync,
			server: "parsed bound done idle done intx", seen: "intx", refused: true},
		{name: "own Sync, in a transaction", write: simple, place: OwnSync, server: pin2 + "intx done intx",
			seen: "intx", refused: true},
		{name: "own Sync, extended", write: extended, place: OwnSync, server: pin2 + "idle parsed bound done intx",
			seen: "parsed bound done intx", committed: true},
		{name: "after BEGIN", write: simple, place: AfterBegin, server: "begun " + query2 + "intx", seen: "begun intx"},
		{name: "after BEGIN, pin refused", write: simple, place: AfterBegin, server: "begun done error failed",
			seen: "begun error failed", refused: true},
		{name: "after BEGIN, BEGIN fails", write: simple, place: AfterBegin, server: "error idle", seen: "error idle"},
		{name: "after BEGIN, the pin is incomplete", write: simple, place: AfterBegin, server: "begun done intx",
			seen: "begun intx", refused: true},
		{name: "after BEGIN, BEGIN never ran", write: simple, place: AfterBegin, server: "idle", seen: "idle", refused: true},
		{name: "after BEGIN, notices are BEGIN's", write: simple, place: AfterBegin,
			server: "notice begun notice " + query2 + "setting intx", seen: "notice begun setting intx"},
		{name: "asynchronous messages pass", write: simple,
			server: "notice setting done columns row setting done columns notice done setting idle",
			seen:   "setting setting columns notice done setting idle", committed: true},
		{name: "what follows passes untouched", write: extended, server: pin2 + "parsed idle setting row done idle",
			seen: "parsed idle setting row done idle", committed: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for name, reader := range readers(replied(t, tt.server)) {
				f := opened(reader, io.Discard)
				f.Arm(Pin{Script: twoStatements, Place: tt.place})
				if _, err := f.Write([]byte(tt.write)); err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(f)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if want := replied(t, tt.seen); !bytes.Equal(got, want) {
					t.Errorf("%s: pgx sees\n%q\nwant\n%q", name, got, want)
				}
				if committed := f.TakeCommitted(); committed != tt.committed || f.Refused() != tt.refused {
					t.Errorf("%s: committed %t, refused %t; want %t, %t", name, committed, f.Refused(), tt.committed, tt.refused)
				}
				if f.Reading() {
					t.Errorf("%s: still filtering after the last ReadyForQuery", name)
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

// Every prefix of the replies leaves the session unpinned, except the whole: a connection cut anywhere is never
// believed to be pinned.
func TestCutReplies(t *testing.T) {
	for _, tt := range []struct {
		place          Place
		certain, after string // the pin has committed behind the former
	}{
		{Before, pin2 + "parsed bound done idle", ""},
		{OwnSync, pin2 + "idle ", "parsed bound done intx"}, // whatever becomes of the statement
	} {
		whole, certain := replied(t, tt.certain+tt.after), len(replied(t, tt.certain))
		for n := range whole {
			f := opened(bytes.NewReader(whole[:n]), io.Discard)
			f.Arm(Pin{Script: twoStatements, Place: tt.place})
			if _, err := f.Write([]byte(encoded(&pgproto3.Parse{Query: "own"}, &pgproto3.Sync{}))); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(f); err != nil {
				t.Fatal(err)
			}
			if committed := f.TakeCommitted(); committed != (n >= certain) || !f.Reading() {
				t.Fatalf("place %d, %d of %d bytes: committed %t, reading %t", tt.place, n, len(whole), committed, f.Reading())
			}
		}
	}
}

// That a pin has committed is told once.
func TestCommittedIsTakenOnce(t *testing.T) {
	s := newSession()
	s.Arm(Pin{Script: twoStatements})
	s.send(t, encoded(&pgproto3.Query{String: "own"}), query2+"done idle")
	if !s.TakeCommitted() || s.TakeCommitted() {
		t.Error("not told, or told twice")
	}
}

// The last row of the pin's own statements is its answer, however it was sent and in whatever pieces it comes. Rows of
// the statement are none, and a script that a session has prepared answers nothing.
func TestAnswer(t *testing.T) {
	want := [][]byte{[]byte("Z"), []byte("E"), nil}
	for _, tt := range []struct {
		name, write, server string
		place               Place
		script              *script.Script
		want                [][]byte
	}{
		{"extended", encoded(&pgproto3.Parse{}, &pgproto3.Sync{}), pin2 + "parsed idle", Before, twoStatements, want},
		{"simple", encoded(&pgproto3.Query{}), query2 + "empty idle", Before, twoStatements, want},
		{"own Sync", encoded(&pgproto3.Query{}), pin2 + "idle done intx", OwnSync, twoStatements, want},
		{"after BEGIN", encoded(&pgproto3.Query{}), "begun " + query2 + "intx", AfterBegin, twoStatements, want},
		{"the statement's row", encoded(&pgproto3.Query{}), "done done row done idle", Before, twoStatements, nil},
		{"a row behind a pin that was refused", encoded(&pgproto3.Query{}), "parsed bound error idle columns row done intx",
			OwnSync, twoStatements, nil},
		{"prepared", encoded(&pgproto3.Parse{}, &pgproto3.Sync{}),
			"closed parsed closed parsed bound done bound row done parsed idle", Before, script.New("name", "S2", "S1"), nil},
	} {
		for name, reader := range readers(replied(t, tt.server)) {
			f := opened(reader, io.Discard)
			f.Arm(Pin{Script: tt.script, Place: tt.place})
			if _, err := f.Write([]byte(tt.write)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(f); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, f.Answer()); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", tt.name, name, diff)
			}
		}
	}
}

// In a Query the position of an error counts from the start of the caller's text, in characters. Elsewhere it stays.
func TestErrorPosition(t *testing.T) {
	failure := func(position int32) string {
		buf, err := (&pgproto3.ErrorResponse{Severity: "ERROR", Code: "42703", Message: "m", Position: position}).Encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf)
	}
	script := script.New("", "é", "S1")
	for _, tt := range []struct {
		name, write    string
		place          Place
		pinned         string
		position, want int32
	}{
		{"simple", encoded(&pgproto3.Query{String: "own"}), Before, query2, 7 + 3, 3},
		{"simple, in the pin's own text", encoded(&pgproto3.Query{String: "own"}), Before, "", 2, 0},
		{"extended", encoded(&pgproto3.Parse{Query: "own"}, &pgproto3.Sync{}), Before, pin2, 3, 3},
		{"after BEGIN", encoded(&pgproto3.Query{String: "begin"}), AfterBegin, "", 3, 3},
	} {
		answer := append(replied(t, tt.pinned), failure(tt.position)...)
		for name, reader := range readers(append(answer, replied(t, "idle")...)) {
			f := opened(reader, io.Discard)
			f.Arm(Pin{Script: script, Place: tt.place})
			if _, err := f.Write([]byte(tt.write)); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(f)
			if want := failure(tt.want) + string(replied(t, "idle")); err != nil || string(got) != want {
				t.Errorf("%s, %s: pgx sees\n%q, %v\nwant\n%q", tt.name, name, got, err, want)
			}
		}
	}
}
