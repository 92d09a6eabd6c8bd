package session

import (
	"context"
	"fmt"
	"io"
	"net"

	"github.com/docex/docex/internal/direct"
	"github.com/docex/docex/internal/params"
	"github.com/docex/docex/internal/wire"
	"github.com/docex/docex/internal/wire/gate"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// Wire puts a gate and a filter under the connections that are made with config. The result is the filter of the last
// connection: pgx builds one for each host that it tries.
func Wire(config *pgx.ConnConfig) (filter func() *wire.Filter) {
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &gate.Gate{Conn: c}, nil
	}
	var f *wire.Filter
	config.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		f = wire.New(r, w, gate.Under(w))
		return pgproto3.NewFrontend(f, f)
	}
	return func() *wire.Filter { return f }
}

// placement is what is known of the way to a server.
type placement struct {
	local  bool   // each transaction is pinned, not the session
	pooler bool   // because a pooler has shown itself
	why    string // the one or the other
}

// checkServer refuses a server that cannot be used safely, and chooses how to pin.
func (s *Shared) checkServer(ctx context.Context, pc *pgconn.PgConn, filtered bool) (p placement, err error) {
	const minVersion = 15
	if v := pc.ParameterStatus("server_version"); majorVersion(v) < minVersion {
		return p, fmt.Errorf("%w: it is PostgreSQL %s; %d or newer is needed", ErrServerVersion, v, minVersion)
	}
	if err := checkLexer(pc); err != nil {
		return p, err
	}
	switch s.Pin {
	case pinTransaction:
		p.local, p.why = true, "docex_pin="+s.Pin
	case pinSession:
		p.why = "docex_pin=" + s.Pin
		if err := direct.Trust(ctx, pc); err != nil {
			return p, err
		}
	default:
		socket := pc.Conn()
		if g, ok := socket.(*gate.Gate); ok {
			socket = g.Conn
		}
		found, err := direct.Prove(ctx, pc, socket)
		if err != nil {
			return p, err
		}
		p = placement{local: !found.Direct, pooler: found.Pooler, why: found.Why}
	}
	if p.local && !filtered {
		return p, fmt.Errorf("%w: %s; transactions cannot be pinned through Wrap; use NewConnector, or "+
			"docex_pin=session if nothing pools connections in between", ErrPooler, p.why)
	}
	return p, nil
}

// majorVersion reads the leading number of a reported server_version; 0 when there is none.
func majorVersion(v string) (n int) {
	_, _ = fmt.Sscanf(v, "%d", &n)
	return n
}

// checkLexer compares what the server reports with what the guard assumes. It does so before every statement: a trusted
// function can change a setting.
func checkLexer(pc *pgconn.PgConn) error {
	if err := params.CheckReported(pc.ParameterStatus); err != nil {
		return fmt.Errorf("%w: %w", ErrServerSettings, err)
	}
	return nil
}

// onPath compares search_path with what the pin has set, where the server reports it. It does so with the reply to the
// statement that has changed it. A trusted function can move it. Where there is no report it says true.
func (s *Session) onPath(path string) bool {
	if s.conn == nil || s.pins.local {
		return true
	}
	now := s.conn.PgConn().ParameterStatus("search_path")
	s.reported = s.reported || now != ""
	return !s.reported || now == path
}
