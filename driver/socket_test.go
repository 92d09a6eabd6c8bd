package driver_test

import (
	"context"
	"database/sql"
	"net"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// socketWrite is what a socket does in place of its Write.
type socketWrite func(to net.Conn, p []byte) (int, error)

// socket is a connection to the server whose writes a test can take over.
type socket struct {
	net.Conn
	write *atomic.Pointer[socketWrite] // nil: the socket's own
}

func (s socket) Write(p []byte) (int, error) {
	if w := s.write.Load(); w != nil {
		return (*w)(s.Conn, p)
	}
	return s.Conn.Write(p)
}

// overSockets returns a handle of one connection, and what its sockets write with.
func (w *world) overSockets(t *testing.T, params ...string) (*sql.DB, *atomic.Pointer[socketWrite]) {
	t.Helper()
	write := new(atomic.Pointer[socketWrite])
	cfg := testConfig
	cfg.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) error {
		dial := c.DialFunc
		c.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			inner, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return socket{inner, write}, nil
		}
		return nil
	}
	return w.openConnector(t, 1, w.connector(t, cfg, params...)), write
}

// breaksAfter lets so many bytes out, and no more.
func breaksAfter(left int) *socketWrite {
	var write socketWrite = func(to net.Conn, p []byte) (int, error) {
		n, err := to.Write(p[:min(left, len(p))])
		left -= n
		if err == nil && n < len(p) {
			err = syscall.EPIPE
		}
		return n, err
	}
	return &write
}
