package gate

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"
)

// Under a connection that docex has not dialled is no gate.
func TestNoGate(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	for name, w := range map[string]io.Writer{
		"pipe": client, "TLS over a pipe": tls.Client(client, &tls.Config{}), "no connection": io.Discard,
	} {
		if g := Under(w); g.Conn != nil {
			t.Errorf("%s: found one above %v", name, g.Conn)
		}
	}
}

// A gate is open until it is found, and then shut but for those who pass.
func TestGate(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	go io.Copy(io.Discard, server)
	g := &Gate{Conn: client}
	for _, step := range []struct {
		what  string
		do    func()
		stops bool
	}{
		{"open", func() {}, false},
		{"shut", func() { Under(g) }, true},
		{"one passes", g.Pass, false},
		{"two pass", g.Pass, false},
		{"one is left", g.Passed, false},
		{"none is left", g.Passed, true},
	} {
		step.do()
		before := g.Writes()
		_, err := g.Write([]byte("x"))
		if errors.Is(err, ErrPast) != step.stops || g.Writes() > before == step.stops {
			t.Errorf("%s: %v, %d writes more", step.what, err, g.Writes()-before)
		}
	}
}
