package wire

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/docex/docex/internal/wire/gate"
	"github.com/jackc/pgx/v5/pgproto3"
)

// only admits one text, for one owner.
type only struct{ owner, text string }

func (o only) Owner() string { return o.owner }

func (o only) Text(sql string) error {
	if sql != o.text {
		return errors.New("not that text")
	}
	return nil
}

// Messages that pgx writes.
var (
	syncOnly = &pgproto3.Sync{}
	execute  = &pgproto3.Execute{}
	describe = &pgproto3.Describe{ObjectType: 'S'}
)

func parse(name, text string) *pgproto3.Parse { return &pgproto3.Parse{Name: name, Query: text} }
func bind(name string) *pgproto3.Bind         { return &pgproto3.Bind{PreparedStatement: name} }
func query(text string) *pgproto3.Query       { return &pgproto3.Query{String: text} }
func closing(kind byte, name string) *pgproto3.Close {
	return &pgproto3.Close{ObjectType: kind, Name: name}
}

// wantWrite fails the test unless a write goes out as it is, or not at all and with a refusal that is kept.
func wantWrite(t testing.TB, s *session, what, p string, passes bool) {
	t.Helper()
	s.sent.Reset()
	n, err := s.Write([]byte(p))
	switch {
	case passes && (err != nil || n != len(p) || s.sent.String() != p):
		t.Errorf("%s: %d, %v; sent %q", what, n, err, s.sent.String())
	case !passes && (err == nil || n > 0 || s.sent.Len() > 0):
		t.Errorf("%s: %d, %v; sent %q", what, n, err, s.sent.String())
	case !passes && s.Refusal() != err:
		t.Errorf("%s: the refusal is %v, not %v", what, s.Refusal(), err)
	}
}

// During an operation its texts go out, and statements that its owner prepared.
func TestAdmission(t *testing.T) {
	for _, tt := range []struct {
		name   string
		write  string
		passes bool
	}{
		{"Query", encoded(query("own")), true},
		{"Query of another text", encoded(query("SELECT secret")), false},
		{"Parse", encoded(parse("", "own"), describe, syncOnly), true},
		{"Parse of another text", encoded(parse("", "SELECT secret"), describe, syncOnly), false},
		{"Parse, Bind and Execute", encoded(parse("", "own"), bind(""), execute, syncOnly), true},
		{"a second Parse behind it",
			encoded(parse("", "own"), parse("", "SELECT secret"), bind(""), execute, syncOnly), false},
		{"Bind of the owner's statement", encoded(bind("acme's"), execute, syncOnly), true},
		{"Bind of another owner's statement", encoded(bind("globex's"), execute, syncOnly), false},
		{"Bind of another owner's unnamed statement", encoded(bind(""), execute, syncOnly), false},
		{"Bind of a statement that nobody prepared", encoded(bind("nobody's"), execute, syncOnly), false},
		{"Bind behind the owner's, of another's",
			encoded(bind("acme's"), execute, bind("globex's"), execute, syncOnly), false},
		{"Bind into a portal with a name",
			encoded(&pgproto3.Bind{DestinationPortal: "p", PreparedStatement: "acme's"}), true},
		{"Bind into a portal with the name of a statement",
			encoded(&pgproto3.Bind{DestinationPortal: "acme's", PreparedStatement: "globex's"}), false},
		{"Bind of what is closed in front of it", encoded(closing('S', "acme's"), bind("acme's"), execute, syncOnly), false},
		{"Bind behind the Close of a portal of that name",
			encoded(closing('P', "acme's"), bind("acme's"), execute, syncOnly), true},
		{"FunctionCall", encoded(&pgproto3.FunctionCall{Function: 1}), false},
		{"an unknown type", "!\x00\x00\x00\x04", false},
		{"an answer to a challenge", encoded(&pgproto3.PasswordMessage{Password: "x"}), false},
		{"Sync", encoded(syncOnly), true},
		{"Flush", encoded(&pgproto3.Flush{}), true},
		{"Close", encoded(closing('S', "acme's"), syncOnly), true},
		{"Query with more behind a NUL", encoded(query("own\x00; SELECT secret")), false},
		{"Query without an end", "Q\x00\x00\x00\x07own", false},
		{"Parse without a text", "P\x00\x00\x00\x08own\x00", false},
		{"Bind without a statement", "B\x00\x00\x00\x05\x00", false},
		{"a part of a message", encoded(query("own"))[:6], false},
		{"a message and a part of one", encoded(parse("", "own")) + "S\x00", false},
		{"a type and no length", "Q", false},
		{"COPY data and a statement", encoded(&pgproto3.CopyData{Data: []byte("x")}, query("SELECT secret")), false},
		{"the end of a COPY and a statement", encoded(&pgproto3.CopyDone{}, query("own")), false},
		{"Terminate and a statement", encoded(&pgproto3.Terminate{}, query("own")), false},
		{"COPY data, cut", encoded(&pgproto3.CopyData{Data: []byte("xy")})[:6], false},
		{"nothing", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSession()
			for _, owner := range []string{"acme", "globex"} {
				s.Begin(only{owner, "own"})
				s.send(t, encoded(parse(owner+"'s", "own"), syncOnly), "")
			}
			s.send(t, encoded(parse("", "own"), syncOnly), "")
			s.End()
			s.Begin(only{"acme", "own"})
			wantWrite(t, s, tt.name, tt.write, tt.passes)
		})
	}
}

// Between operations nothing runs and nothing is prepared, whatever was allowed before.
func TestClosedBetweenOperations(t *testing.T) {
	for _, tt := range []struct {
		name   string
		write  string
		passes bool
	}{
		{"Query", encoded(query("own")), false},
		{"an empty Query", encoded(query("")), false},
		{"Parse", encoded(parse("", "own"), syncOnly), false},
		{"Bind", encoded(bind("acme's"), execute, syncOnly), false},
		{"Execute", encoded(execute, syncOnly), false},
		{"Describe", encoded(describe, syncOnly), false},
		{"FunctionCall", encoded(&pgproto3.FunctionCall{}), false},
		{"Close and a Query", encoded(closing('S', "acme's"), query("own")), false},
		{"a part of a message", "Q\x00", false},
		{"Sync", encoded(syncOnly), true},
		{"Close", encoded(closing('S', "acme's"), syncOnly), true},
		{"Terminate", encoded(&pgproto3.Terminate{}), true},
		{"COPY data", encoded(&pgproto3.CopyData{Data: []byte("x")}), true},
		{"the end of a COPY", encoded(&pgproto3.CopyDone{}), true},
		{"the failure of a COPY", encoded(&pgproto3.CopyFail{Message: "x"}), true},
	} {
		s := newSession()
		s.send(t, encoded(parse("acme's", "own"), syncOnly), "")
		s.End()
		wantWrite(t, s, tt.name, tt.write, tt.passes)
	}
}

// A statement that was closed between operations is forgotten with its owner. What is closed is the server's to say: a
// statement of that name that is prepared anew belongs to who prepares it.
func TestCloseForgets(t *testing.T) {
	s := newSession()
	s.Begin(only{"acme", "own"})
	s.send(t, encoded(parse("name", "own"), syncOnly), "")
	s.End()
	s.send(t, encoded(closing('S', "name"), syncOnly), "")
	s.Begin(only{"acme", "own"})
	wantWrite(t, s, "Bind of what was closed", encoded(bind("name"), execute, syncOnly), false)
	s.Begin(only{"globex", "own"})
	s.send(t, encoded(parse("name", "own"), bind("name"), execute, syncOnly), "")
	s.Begin(only{"acme", "own"})
	wantWrite(t, s, "Bind of what another has prepared since", encoded(bind("name"), execute, syncOnly), false)
	if len(s.owners) != 1 {
		t.Errorf("%d statements are remembered", len(s.owners))
	}
}

// Before Start the connection is being set up, and everything passes, whole messages or not. What was prepared then has
// no owner.
func TestSetUp(t *testing.T) {
	s := &session{}
	s.Filter = New(&s.answers, &s.sent, &gate.Gate{})
	sslRequest := "\x00\x00\x00\x08\x04\xd2\x16\x2f"
	for _, p := range []string{sslRequest, encoded(query("anything")), encoded(parse("early", "x")), "?"} {
		wantWrite(t, s, "set-up", p, true)
	}
	s.Start()
	wantWrite(t, s, "after the set-up", encoded(query("anything")), false)
	s.Begin(everything{})
	wantWrite(t, s, "Bind of what was prepared in the set-up", encoded(bind("early"), execute, syncOnly), false)
}

// A COPY writes its data, and pgx its Terminate, from other goroutines while replies are read and operations begin and
// end. The race detector watches.
func TestOtherGoroutines(t *testing.T) {
	client, server := net.Pipe()
	defer server.Close()
	received := make(chan []byte)
	go func() {
		all, _ := io.ReadAll(server)
		received <- all
	}()
	answer := replied(t, query2+"done idle")
	f := New(reading(func(p []byte) (int, error) { return copy(p, answer), nil }), client, &gate.Gate{})
	f.Start()
	data := encoded(&pgproto3.CopyData{Data: []byte("row")})
	written := make(chan error)
	go func() {
		var errs []error
		for range 100 {
			_, err := f.Write([]byte(data))
			errs = append(errs, err)
		}
		_, err := f.Write([]byte(encoded(&pgproto3.CopyDone{})))
		errs = append(errs, err)
		_, err = f.Write([]byte(encoded(&pgproto3.Terminate{})))
		written <- errors.Join(append(errs, err)...)
	}()
	own := []byte(encoded(query("own")))
	for range 100 {
		f.Begin(everything{})
		f.Arm(Pin{Script: twoStatements})
		if _, err := f.Write(own); err != nil {
			t.Fatal(err)
		}
		for f.Reading() {
			if _, err := f.Read(make([]byte, 100)); err != nil {
				t.Fatal(err)
			}
		}
		f.End()
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	client.Close()
	all := <-received
	if n := bytes.Count(all, []byte(data)); n != 100 {
		t.Errorf("%d of 100 messages of data arrived", n)
	}
	if n := bytes.Count(all, []byte("S1; S2; own")); n != 100 {
		t.Errorf("%d of 100 statements arrived", n)
	}
}
