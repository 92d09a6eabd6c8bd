package driver

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"sync/atomic"

	"github.com/docex/docex/guard"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/maypok86/otter/v2"
)

// Connector makes guarded connections; give it to sql.OpenDB. Safe for concurrent use.
type Connector struct {
	dial  func(ctx context.Context, pooled bool) (sqldriver.Conn, *wire, error)
	check checker
	mode  PinMode
	max   int // different tenants that a connection serves

	pooled atomic.Bool // transactions are pinned: by configuration, or since a connection led through a pooler

	session      pinner
	transaction  pinner
	roles        roles
	descriptions *otter.Cache[string, description] // of the texts of pgx's mode cache_describe
	observer
}

var _ sqldriver.Connector = (*Connector)(nil)

// checker is the guard as the driver sees it.
type checker interface {
	Inspect(tenantSchema, sql string) (guard.Effects, error)
}

// NewConnector parses a DSN in any form that pgx accepts and checks cfg; it connects to nothing. The DSN may hold settings
// of docex, which complete cfg. The error is an *[Error]; errors.As finds a *pgconn.ParseConfigError in it for a malformed
// DSN, without the DSN itself and so without the password.
func NewConnector(dsn string, cfg Config) (*Connector, error) {
	src, err := parseDSN(dsn, cfg)
	if err != nil {
		return nil, &Error{Op: "open", Err: err}
	}
	c, err := newConnector(src.config)
	if err != nil {
		return nil, err
	}
	c.dial = func(ctx context.Context, pooled bool) (sqldriver.Conn, *wire, error) { return src.dial(ctx, pooled) }
	c.pooled.Store(c.mode == PinTransaction)
	return c, nil
}

// Wrap guards the connections of another driver: a test double such as sqlmock, or pgx's own connector. The pin then is
// a statement of its own before the first statement of each checkout, sent through ExecContext or a prepared
// statement: one round trip more than [NewConnector] needs. An invalid cfg is reported by Connect.
//
// Behind pgx's own connector the server is checked as NewConnector does, and docex prepares the statements that pgx
// would cache, so that a tracer in pgx's configuration sees their names (docex_c_…) in place of their texts. A driver in
// between (tracing, metrics) hides it: then nothing looks for a pooler, the server's version or its lexer settings, all
// of which base has to guarantee.
func Wrap(base sqldriver.Connector, cfg Config) *Connector {
	c, err := newConnector(cfg)
	if err != nil {
		return &Connector{dial: func(context.Context, bool) (sqldriver.Conn, *wire, error) { return nil, nil, err }}
	}
	c.dial = func(ctx context.Context, _ bool) (sqldriver.Conn, *wire, error) {
		inner, err := base.Connect(ctx)
		return inner, nil, err
	}
	return c
}

func newConnector(cfg Config) (*Connector, error) {
	if err := cfg.validate(); err != nil {
		return nil, &Error{Op: "open", Err: err}
	}
	g, err := guard.New(cfg.Policy)
	if err != nil {
		return nil, &Error{Op: "open", Err: err}
	}
	c := &Connector{
		check: g, mode: cfg.Pin, max: cfg.maxTenants(),
		session: newPinner(cfg, false), transaction: newPinner(cfg, true),
	}
	c.to = cfg.Observer
	c.descriptions, err = otter.New(&otter.Options[string, description]{
		MaximumWeight: describedBytes,
		Weigher: func(text string, _ description) uint32 {
			return uint32(min(len(text), math.MaxUint32)) + describedOverhead
		},
	})
	if err != nil {
		return nil, &Error{Op: "open", Err: err}
	}
	return c, nil
}

// describedBytes bounds the texts in Connector.descriptions, with an allowance for each.
const (
	describedBytes    = 4 << 20
	describedOverhead = 256
)

// Connect is called by the pool, at times from a goroutine of its own with a context that is not the caller's: it
// never pins. Errors are pgx's, or an *[Error] when the server cannot be used safely.
func (c *Connector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	pooled := c.pooled.Load()
	conn, err := c.connect(ctx, pooled)
	if err != nil || conn.pin.local == pooled {
		return conn.orNil(), err
	}
	// A pooler has shown itself, and pgx is to send other messages there. This happens once.
	if err := conn.Close(); err != nil {
		return nil, err
	}
	c.pooled.Store(true)
	conn, err = c.connect(ctx, true)
	return conn.orNil(), err
}

// connect opens one connection, in pgx's execution mode for poolers or not.
func (c *Connector) connect(ctx context.Context, pooled bool) (*conn, error) {
	inner, w, err := c.dial(ctx, pooled)
	if err != nil {
		return nil, err
	}
	local, why := pooled, "nothing is known of the base driver's connection"
	if pc := pgConn(inner); pc != nil {
		if local, why, err = c.checkServer(ctx, pc, w != nil); err != nil {
			return nil, errors.Join(&Error{Op: "connect", Err: err}, inner.Close())
		}
	}
	conn := newConn(inner, w, c, local || pooled)
	conn.why = why
	return conn, nil
}

// orNil keeps a nil *conn from becoming an interface that is not nil.
func (c *conn) orNil() sqldriver.Conn {
	if c == nil {
		return nil
	}
	return c
}

// Driver is called by sql.DB.Driver.
func (c *Connector) Driver() sqldriver.Driver { return registered{} }

// dial opens a connection through pgx's stdlib with a wire of its own in it.
func (s source) dial(ctx context.Context, pooled bool) (sqldriver.Conn, *wire, error) {
	config := s.conn.Copy()
	if pooled {
		// Configured to pin transactions, docex does not know whether there is a pooler.
		mode, err := execMode(s.config.Pin, s.config.Pin == PinAuto, config.DefaultQueryExecMode, s.modeNamed)
		if err != nil {
			return nil, nil, &Error{Op: "connect", Err: err}
		}
		config.DefaultQueryExecMode = mode
	}
	var w *wire
	// Called once for each host that is tried; the last one is connected.
	config.BuildFrontend = func(r io.Reader, wr io.Writer) *pgproto3.Frontend {
		w = newWire(r, wr)
		return pgproto3.NewFrontend(w, w)
	}
	inner, err := stdlib.GetConnector(*config).Connect(ctx)
	if err != nil {
		return nil, nil, err
	}
	return inner, w, nil
}

// pgConn returns pgx's connection under a stdlib one, or nil under another driver's.
func pgConn(inner sqldriver.Conn) *pgconn.PgConn {
	c, ok := inner.(*stdlib.Conn)
	if !ok {
		return nil
	}
	return c.Conn().PgConn()
}

// minVersion is the oldest server, as its major version.
const minVersion = 15

// checkServer refuses a server that cannot be used safely, and chooses how to pin: local means each transaction.
func (c *Connector) checkServer(ctx context.Context, pc *pgconn.PgConn, filtered bool) (local bool, why string, err error) {
	if v := pc.ParameterStatus("server_version"); majorVersion(v) < minVersion {
		return false, "", fmt.Errorf("%w: it is PostgreSQL %s; %d or newer is needed", ErrServerVersion, v, minVersion)
	}
	if err := checkLexer(pc); err != nil {
		return false, "", err
	}
	switch c.mode {
	case PinSession, PinTransaction:
		local, why = c.mode == PinTransaction, "docex_pin="+c.mode.String()
	default:
		direct, because, err := proveDirect(ctx, pc)
		if err != nil {
			return false, "", err
		}
		local, why = !direct, because
	}
	if local && !filtered {
		return false, "", fmt.Errorf("%w: %s; transactions cannot be pinned through Wrap; use NewConnector, or "+
			"docex_pin=session if nothing pools connections in between", ErrPooler, why)
	}
	return local, why, nil
}

// majorVersion reads the leading number of a reported server_version; 0 when there is none.
func majorVersion(v string) int {
	end := 0
	for end < len(v) && '0' <= v[end] && v[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(v[:end])
	if err != nil {
		return 0
	}
	return n
}

// checkLexer compares what the server reports with what the guard assumes. It costs a map look-up each, so it is done
// before every statement: a trusted function can change a setting.
func checkLexer(pc *pgconn.PgConn) error {
	for name, want := range lexerParams {
		if got := pc.ParameterStatus(name); got != want && !sameSetting(got, want) {
			return fmt.Errorf("%w: %s is %q and must be %s", ErrServerSettings, name, got, want)
		}
	}
	return nil
}
