package wire

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/docex/docex/internal/wire/script"
	"github.com/jackc/pgx/v5/pgproto3"
)

// front is what a pin of two statements sends in front of an extended statement.
var front = encoded(&pgproto3.Parse{Query: "S1"}, &pgproto3.Bind{}, &pgproto3.Execute{},
	&pgproto3.Parse{Query: "S2"}, &pgproto3.Bind{}, &pgproto3.Execute{})

// What goes out for each kind of statement and place. The next write carries no pin, except where transactions are
// pinned.
func TestSends(t *testing.T) {
	sync := encoded(&pgproto3.Sync{})
	extended := encoded(&pgproto3.Parse{Query: "own"}, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Sync{})
	simple := encoded(&pgproto3.Query{String: "own"})
	pinned := encoded(&pgproto3.Query{String: "S1; S2; own"})
	for _, tt := range []struct {
		name, write string
		place       Place
		first, next string
	}{
		{"extended", extended, Before, front + extended, extended},
		{"simple", simple, Before, pinned, simple},
		{"extended with a Sync of its own", extended, OwnSync, front + sync + extended, extended},
		{"simple with a Sync of its own", simple, OwnSync, front + sync + simple, simple},
		{"each transaction, extended", extended, BeforeEachTx, front + extended, front + extended},
		{"each transaction, simple", simple, BeforeEachTx, pinned, pinned},
		{"after BEGIN", simple, AfterBegin, encoded(&pgproto3.Query{String: "own; S1; S2"}), simple},
	} {
		s := newSession()
		s.Arm(Pin{Script: twoStatements, Place: tt.place})
		for i, want := range []string{tt.first, tt.next} {
			sent, _ := s.send(t, tt.write, accepted(tt.write, tt.place, i == 0))
			if sent != want {
				t.Errorf("%s, write %d: sent\n%q\nwant\n%q", tt.name, i+1, sent, want)
			}
		}
	}
}

// accepted is what a server says to a write that carries a pin, or not.
func accepted(write string, place Place, first bool) string {
	answer := "parsed bound done idle"
	if write[0] == 'Q' {
		answer = "done idle"
	}
	switch pinned := first || place == BeforeEachTx; {
	case !pinned:
		return answer
	case place == AfterBegin:
		return "begun " + query2 + "intx"
	case place == OwnSync:
		return pin2 + "idle " + answer
	case write[0] == 'Q':
		return query2 + answer
	default:
		return pin2 + answer
	}
}

// An operation that pins each transaction pins the second one too, and one refusal among them counts.
func TestEachTransaction(t *testing.T) {
	prepare := encoded(&pgproto3.Parse{Query: "own"}, &pgproto3.Describe{ObjectType: 'S'}, &pgproto3.Sync{})
	execute := encoded(&pgproto3.Parse{Query: "own"}, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Sync{})
	accept, refuse := pin2+"parsed params nodata idle", "parsed bound error idle"
	for _, tt := range []struct {
		name, first, second string
		refused             bool
	}{
		{"both accepted", accept, pin2 + "parsed bound done idle", false},
		{"the first refused", refuse, pin2 + "parsed bound done idle", true},
		{"the second refused", accept, refuse, true},
	} {
		s := newSession()
		s.Arm(Pin{Script: twoStatements, Place: BeforeEachTx})
		for i, write := range []string{prepare, execute} {
			sent, _ := s.send(t, write, []string{tt.first, tt.second}[i])
			wantSent(t, sent, front+write)
		}
		if s.Refused() != tt.refused {
			t.Errorf("%s: refused %t", tt.name, s.Refused())
		}
	}
}

// A write without a Sync leaves its transaction open, so what follows up to the Sync is pinned already.
func TestOneTransactionInSeveralWrites(t *testing.T) {
	s := newSession()
	s.Arm(Pin{Script: twoStatements, Place: BeforeEachTx})
	flushed := encoded(&pgproto3.Parse{Query: "own"}, &pgproto3.Flush{})
	rest := encoded(&pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Sync{})
	sent, _ := s.send(t, flushed, pin2+"parsed")
	wantSent(t, sent, front+flushed)
	sent, seen := s.send(t, rest, "bound done idle")
	wantSent(t, sent, rest)
	if seen != string(replied(t, "bound done idle")) {
		t.Errorf("pgx sees %q", seen)
	}
	sent, _ = s.send(t, rest, pin2+"bound done idle")
	wantSent(t, sent, front+rest)
}

// In a Query the values are constants in the text. A value that looks like a parameter is not replaced again.
func TestValues(t *testing.T) {
	script := script.New("", "SELECT set_config('a', $1), $2", "RESET ALL")
	values := []string{`it's $2`, `$1 \ "é" '; DROP`}
	s := newSession()
	s.Arm(Pin{Script: script, Values: values})
	sent, _ := s.send(t, encoded(&pgproto3.Query{String: "own $1"}), query2+"done idle")
	wantSent(t, sent, encoded(&pgproto3.Query{
		String: `RESET ALL; SELECT set_config('a', 'it''s $2'), '$1 \ "é" ''; DROP'; own $1`}))
	s.Arm(Pin{Script: script, Values: values})
	own := encoded(&pgproto3.Parse{Query: "own"}, &pgproto3.Sync{})
	sent, _ = s.send(t, own, pin2+"parsed idle")
	wantSent(t, sent, encoded(&pgproto3.Parse{Query: "RESET ALL"}, &pgproto3.Bind{}, &pgproto3.Execute{},
		&pgproto3.Parse{Query: "SELECT set_config('a', $1), $2"},
		&pgproto3.Bind{Parameters: [][]byte{[]byte(values[0]), []byte(values[1])}}, &pgproto3.Execute{})+own)
}

// A script with a name is prepared once in a session, however the transactions end in which it runs.
func TestPreparedScript(t *testing.T) {
	pin := Pin{Script: script.New("name", "Q $1", "S1"), Values: []string{"v"}}
	prepare := encoded(&pgproto3.Close{ObjectType: 'S', Name: "name_0"}, &pgproto3.Parse{Name: "name_0", Query: "S1"},
		&pgproto3.Close{ObjectType: 'S', Name: "name"}, &pgproto3.Parse{Name: "name", Query: "Q $1"})
	run := encoded(&pgproto3.Bind{PreparedStatement: "name_0"}, &pgproto3.Execute{},
		&pgproto3.Bind{PreparedStatement: "name", Parameters: [][]byte{[]byte("v")}}, &pgproto3.Execute{})
	own := encoded(&pgproto3.Parse{Query: "own"}, &pgproto3.Sync{})
	simple := encoded(&pgproto3.Query{String: "own"})
	const prepared, ran = "closed parsed closed parsed ", "bound done bound row done "

	s := newSession()
	for _, step := range []struct{ what, write, server, sent string }{
		{"the pin fails", own, prepared + "bound error idle", prepare + run + own},
		{"the pin fails in its preparation", own, "closed error idle", prepare + run + own},
		{"as text, which prepares nothing", simple, query2 + "done idle", encoded(&pgproto3.Query{String: "S1; Q 'v'; own"})},
		{"the statement fails", own, prepared + ran + "error idle", prepare + run + own},
		{"prepared already", own, ran + "parsed idle", run + own},
		{"as text again", simple, query2 + "done idle", encoded(&pgproto3.Query{String: "S1; Q 'v'; own"})},
		{"still prepared", own, ran + "parsed idle", run + own},
		{"gone", own, "error idle", run + own},
		{"prepared again", own, prepared + ran + "parsed idle", prepare + run + own},
		{"prepared for good", own, ran + "parsed idle", run + own},
	} {
		s.Arm(pin)
		sent, _ := s.send(t, step.write, step.server)
		if sent != step.sent {
			t.Errorf("%s: sent\n%q\nwant\n%q", step.what, sent, step.sent)
		}
	}
}

// A write that is not whole messages, or that would end up around the pin in another way than meant, is refused.
func TestRefusedWrites(t *testing.T) {
	whole := encoded(&pgproto3.Query{String: "own"})
	extended := encoded(&pgproto3.Parse{Query: "own"}, &pgproto3.Sync{})
	for _, tt := range []struct {
		name, write string
		place       Place
	}{
		{"a type alone", whole[:1], Before},
		{"a part of a header", whole[:4], Before},
		{"a header alone", whole[:5], Before},
		{"without its end", whole[:len(whole)-1], Before},
		{"two Queries", whole + whole, Before},
		{"a Query behind a Sync", extended + whole, Before},
		{"a length below its own", "Q\x00\x00\x00\x03", Before},
		{"a Query that does not end in NUL", whole[:len(whole)-1] + "x", Before},
		{"BEGIN in extended messages", extended, AfterBegin},
		{"BEGIN in one extended message", encoded(&pgproto3.Parse{Query: "begin"}), AfterBegin},
	} {
		s := newSession()
		s.Arm(Pin{Script: twoStatements, Place: tt.place})
		if n, err := s.Write([]byte(tt.write)); err == nil || n > 0 || s.sent.Len() > 0 {
			t.Errorf("%s: %d, %v; sent %q", tt.name, n, err, s.sent.String())
		}
	}
}

// A second pin may not go out while the replies to the first are unread: the two would be taken for one another.
func TestWriteBeforeReplies(t *testing.T) {
	s := newSession()
	s.Arm(Pin{Script: twoStatements, Place: BeforeEachTx})
	own := []byte(encoded(&pgproto3.Query{String: "own"}))
	if _, err := s.Write(own); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(own); err == nil {
		t.Error("written")
	}
}

// A pin that was not sent is taken back with the end of its operation.
func TestUnsentPin(t *testing.T) {
	s := newSession()
	s.Arm(Pin{Script: twoStatements})
	if !s.Bypassed() || s.Ran() {
		t.Error("something is said to have been sent")
	}
	s.End()
	s.Begin(everything{})
	own := encoded(&pgproto3.Query{String: "own"})
	sent, _ := s.send(t, own, "done idle")
	wantSent(t, sent, own)
}

// Ran says whether the server was asked to do more than prepare.
func TestRan(t *testing.T) {
	parse, sync := &pgproto3.Parse{Query: "own"}, &pgproto3.Sync{}
	for _, tt := range []struct {
		name, write string
		want        bool
	}{
		{"Parse", encoded(parse, &pgproto3.Describe{ObjectType: 'S'}, sync), false},
		{"Close", encoded(&pgproto3.Close{ObjectType: 'S'}, sync), false},
		{"Execute", encoded(parse, &pgproto3.Bind{}, &pgproto3.Execute{}, sync), true},
		{"Query", encoded(&pgproto3.Query{String: "own"}), true},
	} {
		s := newSession()
		if s.send(t, tt.write, ""); s.Ran() != tt.want {
			t.Errorf("%s: %t", tt.name, s.Ran())
		}
		if s.Begin(everything{}); s.Ran() {
			t.Errorf("%s: of the operation before", tt.name)
		}
	}
}

// What a broken connection has taken is told as pgx counts it: nothing only when nothing was sent.
func TestBrokenWrite(t *testing.T) {
	own := []byte(encoded(&pgproto3.Query{String: "own"}))
	for sent, want := range map[int]int{0: 0, 1: 1, len(own): len(own), len(own) + 3: len(own)} {
		f := opened(strings.NewReader(""), brokenAfter(sent))
		f.Arm(Pin{Script: twoStatements})
		if n, err := f.Write(own); n != want || !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("broken after %d bytes: %d, %v; want %d", sent, n, err, want)
		}
		if f.Ran() != (sent > 0) {
			t.Errorf("broken after %d bytes: ran %t", sent, f.Ran())
		}
	}
}

type brokenAfter int

func (n brokenAfter) Write([]byte) (int, error) { return int(n), io.ErrClosedPipe }

// A connection keeps no buffer of the size of its largest statement.
func TestLargeStatement(t *testing.T) {
	s := newSession()
	for _, size := range []int{10, 1 << 20, 10} {
		s.Arm(Pin{Script: twoStatements})
		text := strings.Repeat("x", size)
		sent, _ := s.send(t, encoded(&pgproto3.Query{String: text}), query2+"done idle")
		wantSent(t, sent, encoded(&pgproto3.Query{String: "S1; S2; " + text}))
		if cap(s.buf) > largestBuffer {
			t.Errorf("a buffer of %d bytes is kept", cap(s.buf))
		}
	}
}

// Where the pin failed, or was rolled back with the statement behind it, nothing runs in the rest of the operation. The
// next operation says anew what it needs.
func TestNothingFollowsAFailedPin(t *testing.T) {
	simple, extended := encoded(query("own")), encoded(parse("", "own"), bind(""), execute, syncOnly)
	for _, tt := range []struct {
		name, first, answer string
		place               Place
		passes              bool
	}{
		{"the pin was refused", extended, "parsed bound error idle", Before, false},
		{"the pin was refused in a Query", simple, "error idle", Before, false},
		{"the statement failed", extended, pin2 + "parsed bound error idle", Before, false},
		{"the statement failed in a Query", simple, query2 + "error idle", Before, false},
		{"it was a ROLLBACK", simple, query2 + "rollback idle", Before, false},
		{"the pin was refused in front of BEGIN", simple, "error idle done intx", OwnSync, false},
		{"the pin was refused behind BEGIN", simple, "begun error failed", AfterBegin, false},
		{"all went well", extended, pin2 + "parsed bound done idle", Before, true},
		{"all went well, in a Query", simple, query2 + "done idle", Before, true},
		{"all went well, in a transaction", extended, pin2 + "parsed bound done intx", Before, true},
	} {
		s := newSession()
		s.Arm(Pin{Script: twoStatements, Place: tt.place})
		s.send(t, tt.first, tt.answer)
		wantWrite(t, s, tt.name+": Sync", encoded(syncOnly), true)
		wantWrite(t, s, tt.name+": another statement", extended, tt.passes)
		s.End()
		s.Begin(everything{})
		wantWrite(t, s, tt.name+": in the next operation", extended, true)
	}
}
