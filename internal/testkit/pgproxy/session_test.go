package pgproxy

import (
	"net"
	"testing"
)

// What counts as a round trip, and that it is the same however TCP cuts the stream. '>' goes to the server, '<' back.
func TestRoundTrips(t *testing.T) {
	const start, login = ">\x00", "<RZ"
	for _, tt := range []struct {
		name, script string
		want         int
	}{
		{"set up and leave", start + "<R>p" + login + ">X", 0},
		{"query", start + login + ">Q<TDCZ", 1},
		{"two queries", start + login + ">Q<TDCZ>PBDES<12TDCZ", 2},
		{"two requests in one go", start + login + ">PBES" + "PBES" + "<12CZ12CZ", 1},
		{"an answer before the second request has arrived", start + login + ">PBESPB<12CZ>ES<12CZ", 1},
		{"an answer before the request ends", start + login + ">PB<12>ES<CZ", 1},
		{"copy in", start + login + ">Q<G>dd>c<CZ", 1},
		{"copy in that fails", start + login + ">Q<G>d<EZ>d>f>Q<CZ", 2},
		{"flush", start + login + ">PDH<1tT>BES<2DCZ", 2},
		{"a notice in between", start + login + "<NSA>Q<CZ", 1},
	} {
		for size := 1; size < 20; size++ {
			if got := roundTrips(t, tt.script, size); got != tt.want {
				t.Errorf("%s, in pieces of %d bytes: %d, want %d", tt.name, size, got, tt.want)
				break
			}
		}
	}
}

// roundTrips runs a script with a body of six bytes in each message.
func roundTrips(t *testing.T, script string, size int) int {
	t.Helper()
	p := &Proxy{record: &Exchange{}}
	s := newSession(p)
	to, end := net.Pipe()
	defer end.Close()
	defer to.Close()
	go func() { // takes everything
		buf := make([]byte, 1024)
		for {
			if _, err := end.Read(buf); err != nil {
				return
			}
		}
	}()
	way := ToServer
	var pieces [2][]byte
	flush := func() {
		for data := pieces[way]; len(data) > 0; {
			n := min(size, len(data))
			if err := s.pass(way, to, data[:n]); err != nil {
				t.Fatal(err)
			}
			data = data[n:]
		}
		pieces[way] = nil
	}
	for _, kind := range []byte(script) {
		switch kind {
		case '>', '<':
			flush()
			way = map[byte]Direction{'>': ToServer, '<': ToClient}[kind]
			continue
		case startup:
		default:
			pieces[way] = append(pieces[way], kind)
		}
		pieces[way] = append(pieces[way], 0, 0, 0, 10, 'x', 'x', 'x', 'x', 'x', 'x')
	}
	flush()
	return p.record.RoundTrips
}
