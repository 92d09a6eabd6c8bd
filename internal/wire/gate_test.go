package wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"testing"

	"github.com/docex/docex/internal/wire/gate"
	"github.com/jackc/pgx/v5/pgproto3"
)

// wayOut is a connection as pgx sees it, with a filter above it and a gate below.
type wayOut struct {
	conn     net.Conn // what pgx writes to
	filter   *Filter
	received chan received // what the server got, once the connection is closed
}

type received struct {
	text string
	err  error // other than the end of the stream
}

// secrecies put nothing, or TLS, above both ends of a connection.
var secrecies = map[string]func(t *testing.T, client, server net.Conn) (net.Conn, net.Conn){
	"TCP": func(_ *testing.T, client, server net.Conn) (net.Conn, net.Conn) { return client, server },
	"TLS": func(t *testing.T, client, server net.Conn) (net.Conn, net.Conn) {
		return tls.Client(client, &tls.Config{InsecureSkipVerify: true}),
			tls.Server(server, &tls.Config{Certificates: []tls.Certificate{selfSigned(t)}})
	},
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// eachWayOut runs a test over TCP and over TLS. The connection is set up, and an operation under way.
func eachWayOut(t *testing.T, test func(t *testing.T, w wayOut)) {
	for name, above := range secrecies {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			below, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer below.Close()
			accepted, err := listener.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer accepted.Close()
			under := &gate.Gate{Conn: below}
			client, server := above(t, under, accepted)
			w := wayOut{conn: client, received: make(chan received, 1)}
			go func() {
				all, err := io.ReadAll(server)
				w.received <- received{string(all), err}
			}()
			if _, err := client.Write([]byte("set-up ")); err != nil { // TLS shakes hands
				t.Fatal(err)
			}
			if found := gate.Under(client); found != under {
				t.Fatalf("found %v under the connection", found)
			}
			if under.Secured() != (name == "TLS") {
				t.Fatalf("taken for TLS: %t", under.Secured())
			}
			w.filter = New(client, client, under)
			w.filter.Start()
			w.filter.Begin(everything{})
			test(t, w)
		})
	}
}

func write(t *testing.T, w io.Writer, p string) {
	t.Helper()
	if n, err := w.Write([]byte(p)); n != len(p) || err != nil {
		t.Errorf("Write = %d, %v", n, err)
	}
}

// wantPast fails the test unless a write that goes past the filter is stopped.
func wantPast(t *testing.T, w wayOut) {
	t.Helper()
	if _, err := w.conn.Write([]byte("past")); !errors.Is(err, gate.ErrPast) {
		t.Errorf("a write past the filter: %v", err)
	}
}

// What goes past the filter does not go out.
func TestGateStopsWhatGoesPast(t *testing.T) {
	own := encoded(query("own"))
	eachWayOut(t, func(t *testing.T, w wayOut) {
		write(t, w.filter, own)
		wantPast(t, w)
		w.conn.Close()
		if got := <-w.received; got.text != "set-up "+own {
			t.Errorf("the server got %q", got.text)
		}
	})
}

// Past lets texts out that the operation may send, and nothing behind them.
func TestPast(t *testing.T) {
	eachWayOut(t, func(t *testing.T, w wayOut) {
		failed := errors.New("failed")
		err := w.filter.Past([]string{"let past"}, func() error {
			write(t, w.conn, "let past")
			return failed
		})
		if err != failed {
			t.Errorf("got %v", err)
		}
		if !w.filter.Ran() {
			t.Error("nothing is said to have run")
		}
		wantPast(t, w)
		w.conn.Close()
		if got := <-w.received; got.text != "set-up let past" {
			t.Errorf("the server got %q", got.text)
		}
	})
}

// A text that the operation may not send stops all of them, and between operations there is none that may.
func TestPastIsAdmitted(t *testing.T) {
	eachWayOut(t, func(t *testing.T, w wayOut) {
		send := func() error {
			t.Error("sent")
			return nil
		}
		w.filter.Begin(only{"acme", "own"})
		if err := w.filter.Past([]string{"own", "SELECT secret"}, send); err == nil || w.filter.Refusal() != err {
			t.Errorf("%v; the refusal is %v", err, w.filter.Refusal())
		}
		w.filter.End()
		if err := w.filter.Past([]string{"own"}, send); !errors.Is(err, errClosed) || w.filter.Refusal() != err {
			t.Errorf("between operations: %v; the refusal is %v", err, w.filter.Refusal())
		}
		wantPast(t, w)
	})
}

// Behind a Terminate the gate is open. TLS says goodbye with an alert of its own when it is closed, and the server sees
// a connection that was ended in order.
func TestTerminateEndsInOrder(t *testing.T) {
	goodbye := encoded(&pgproto3.Terminate{})
	eachWayOut(t, func(t *testing.T, w wayOut) {
		write(t, w.filter, goodbye)
		if err := w.conn.Close(); err != nil {
			t.Error(err)
		}
		if got := <-w.received; got.text != "set-up "+goodbye || got.err != nil {
			t.Errorf("the server got %q, %v", got.text, got.err)
		}
	})
}

// Under TLS a read opens the gate, because TLS may have to answer; elsewhere it does not.
func TestReadOpensTheGateUnderTLS(t *testing.T) {
	for _, secured := range []bool{false, true} {
		below, server := net.Pipe()
		go io.Copy(io.Discard, server)
		under := &gate.Gate{Conn: below}
		var above io.Writer = under
		if secured {
			above = tls.Client(under, &tls.Config{})
		}
		if gate.Under(above) != under {
			t.Fatal("the gate is not found")
		}
		var during error
		f := New(reading(func([]byte) (int, error) {
			_, during = under.Write([]byte("an answer of TLS"))
			return 0, io.EOF
		}), under, under)
		if _, err := f.Read(make([]byte, 1)); err != io.EOF {
			t.Fatal(err)
		}
		if (during == nil) != secured {
			t.Errorf("TLS %t: a write during a read: %v", secured, during)
		}
		if _, err := under.Write([]byte("x")); !errors.Is(err, gate.ErrPast) {
			t.Errorf("TLS %t: a write behind it: %v", secured, err)
		}
		below.Close()
		server.Close()
	}
}

type reading func([]byte) (int, error)

func (r reading) Read(p []byte) (int, error) { return r(p) }
