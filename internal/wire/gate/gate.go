// Package gate is the socket under a connection, which sends only what comes through the filter above it. [Gate] is the
// entry point.
//
// Promise: once a gate is shut, nothing leaves but between Pass and Passed. Not promised: that it is the filter that
// writes then.
package gate

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync/atomic"
)

// Gate is the socket under a connection, below TLS. Safe for concurrent use.
type Gate struct {
	net.Conn
	secured bool // TLS is above
	shut    atomic.Bool
	passing atomic.Int32 // how many let everything through
	writes  atomic.Int64 // that went through
}

// ErrPast: something was written that nobody lets through.
var ErrPast = errors.New("docex: a write to the server went past the filter")

// Under finds the gate below what pgconn.Config.BuildFrontend is given, and shuts it. When there is none it returns
// one of its own, which has no Conn and stops nothing.
func Under(w io.Writer) *Gate {
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

// Pass lets everything through until [Gate.Passed] was called as often; for good when it never is.
func (g *Gate) Pass() { g.passing.Add(1) }

// Passed takes back one [Gate.Pass].
func (g *Gate) Passed() { g.passing.Add(-1) }

// Secured reports whether TLS is above. TLS may have to answer while it reads.
func (g *Gate) Secured() bool { return g.secured }

// Writes counts what went through.
func (g *Gate) Writes() int64 { return g.writes.Load() }

// Write refuses what nobody lets through.
func (g *Gate) Write(p []byte) (int, error) {
	if g.shut.Load() && g.passing.Load() == 0 {
		return 0, ErrPast
	}
	g.writes.Add(1)
	return g.Conn.Write(p)
}
