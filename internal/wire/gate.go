package wire

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync/atomic"
)

// Gate is the socket under a connection, below TLS. Once shut it sends only what comes through the [Filter]. Safe for
// concurrent use.
//
// TLS itself may have to answer while it reads, so under TLS a read opens the gate, too.
type Gate struct {
	net.Conn
	secured bool // TLS is above
	shut    atomic.Bool
	passing atomic.Int32
	writes  atomic.Int64 // that went through
}

var errPastFilter = errors.New("docex: a write to the server went past the filter")

// NewGate returns an open gate.
func NewGate(c net.Conn) *Gate { return &Gate{Conn: c} }

// GateUnder finds the gate below what pgconn.Config.BuildFrontend is given, and shuts it; nil when there is none.
func GateUnder(w io.Writer) *Gate {
	secured, isTLS := w.(*tls.Conn)
	if isTLS {
		w = secured.NetConn()
	}
	g, ok := w.(*Gate)
	if !ok {
		return nil
	}
	g.secured = isTLS
	g.shut.Store(true)
	return g
}

// Past lets send write texts past the filter, which are judged here. pgx does so in one case: pgconn.PgConn.ExecBatch,
// which it uses for batches in mode exec.
func (f *Filter) Past(texts []string, send func() error) error {
	for _, text := range texts {
		if err := f.admitText(text); err != nil {
			f.refusal = err
			return err
		}
	}
	if f.gate == nil {
		f.ran = true
		return send()
	}
	f.gate.pass()
	defer f.gate.passed()
	before := f.gate.writes.Load()
	err := send()
	f.ran = f.ran || f.gate.writes.Load() > before
	return err
}

// pass and passed let the Filter through in between. Without a gate there is nothing to do.
func (g *Gate) pass() {
	if g != nil {
		g.passing.Add(1)
	}
}

func (g *Gate) passed() {
	if g != nil {
		g.passing.Add(-1)
	}
}

// ends opens the gate for good: behind a Terminate the server reads no statement, and TLS has an alert to send.
func (g *Gate) ends() { g.shut.Store(false) }

// Write refuses what does not come through the filter.
func (g *Gate) Write(p []byte) (int, error) {
	if g.shut.Load() && g.passing.Load() == 0 {
		return 0, errPastFilter
	}
	g.writes.Add(1)
	return g.Conn.Write(p)
}
