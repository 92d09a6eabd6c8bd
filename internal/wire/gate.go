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
	passing atomic.Int32 // uses of the Filter that are under way
	writes  atomic.Int64 // that went through
}

var errPastFilter = errors.New("docex: a write to the server went past the filter")

// GateUnder finds the gate below what pgconn.Config.BuildFrontend is given, and shuts it. When there is none it returns
// one of its own, which has no Conn and stops nothing.
func GateUnder(w io.Writer) *Gate {
	secured, isTLS := w.(*tls.Conn)
	if isTLS {
		w = secured.NetConn()
	}
	g, ok := w.(*Gate)
	if !ok {
		return &Gate{}
	}
	g.secured = isTLS
	g.shut.Store(true)
	return g
}

// Past lets send write texts past the filter, which are judged here. pgx does so in one case: pgconn.PgConn.ExecBatch,
// which it uses for batches in mode exec.
func (f *Filter) Past(texts []string, send func() error) error {
	for _, text := range texts {
		err := errClosed
		if f.admission != nil {
			err = f.admission.Text(text)
		}
		if err != nil {
			f.refusal = err
			return err
		}
	}
	f.gate.passing.Add(1)
	defer f.gate.passing.Add(-1)
	before := f.gate.writes.Load()
	err := send()
	f.ran = f.ran || f.gate.Conn == nil || f.gate.writes.Load() > before
	return err
}

// Write refuses what does not come through the filter.
func (g *Gate) Write(p []byte) (int, error) {
	if g.shut.Load() && g.passing.Load() == 0 {
		return 0, errPastFilter
	}
	g.writes.Add(1)
	return g.Conn.Write(p)
}
