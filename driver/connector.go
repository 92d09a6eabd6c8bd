package driver

import (
	"cmp"
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/affinity"
	"github.com/docex/docex/internal/owned"
	"github.com/docex/docex/internal/params"
	"github.com/docex/docex/internal/session"
	"github.com/docex/docex/internal/wire"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Connector makes guarded connections; give it to sql.OpenDB. Safe for concurrent use.
type Connector struct {
	dial   func(ctx context.Context) (sqldriver.Conn, *wire.Filter, error)
	shared *session.Shared
	ready  func(ctx context.Context, c *pgx.Conn) error // Config.AfterConnect
	index  *affinity.Index[*serverConn]
	fixed  bool // Config.Affinity is off

	observer Observer                          // or nil
	counts   [EventWeakLogin + 1]atomic.Uint64 // of events, by kind
}

var _ sqldriver.Connector = (*Connector)(nil)

// NewConnector parses a DSN in any form that pgx accepts and checks cfg; it connects to nothing. The DSN may hold
// settings of docex, which complete cfg. The error is an *[Error]; errors.As finds a *pgconn.ParseConfigError in it for
// a malformed DSN, without the DSN itself and so without the password.
func NewConnector(dsn string, cfg Config) (*Connector, error) {
	src, err := parseDSN(dsn, cfg)
	if err != nil {
		return nil, &Error{Op: "open", Err: err}
	}
	c, err := newConnector(src.config, src.modeNamed, src.statementsSized)
	if err != nil {
		return nil, err
	}
	c.dial = func(ctx context.Context) (sqldriver.Conn, *wire.Filter, error) { return src.dial(ctx, c.shared) }
	return c, nil
}

// Wrap guards the connections of another driver: a test double such as sqlmock, or pgx's own connector. The pin then is
// a statement of its own before the first statement of each checkout, sent through ExecContext or a prepared
// statement: one round trip more than [NewConnector] needs. An invalid cfg is reported by Connect.
//
// Behind pgx's own connector the server is checked as NewConnector does, and each statement ends in a comment that
// names the tenant, which a tracer in pgx's configuration sees. A driver in between (tracing, metrics) hides pgx: then
// nothing looks for a pooler, the server's version or its lexer settings, all of which base has to guarantee.
func Wrap(base sqldriver.Connector, cfg Config) *Connector {
	c, err := newConnector(cfg, true, true)
	if cfg.BeforeConnect != nil {
		err = &Error{Op: "open", Err: errWrapsNothing}
	}
	c.dial = func(ctx context.Context) (sqldriver.Conn, *wire.Filter, error) {
		if err != nil {
			return nil, nil, err
		}
		inner, err := base.Connect(ctx)
		return inner, nil, err
	}
	return c
}

var (
	errSent         = errors.New("AfterConnect has used the connection, which works for nobody yet")
	errWrapsNothing = errors.New("BeforeConnect needs NewConnector: the base driver of Wrap makes the connections itself")
)

// newConnector returns a connector that cannot dial yet, also beside an error. named and sized say that the
// configuration alone chooses pgx's mode, and how many statements pgx keeps.
func newConnector(cfg Config, named, sized bool) (*Connector, error) {
	cfg.SystemSchema = cmp.Or(cfg.SystemSchema, DefaultSystemSchema)
	cfg.SessionMemory = cmp.Or(cfg.SessionMemory, DefaultSessionMemory)
	c := &Connector{
		ready: cfg.AfterConnect, fixed: cfg.Affinity == AffinityOff, observer: cfg.Observer,
	}
	c.index = affinity.New[*serverConn](func() time.Duration { return c.shared.Patience() })
	validity := cfg.validate()
	cfg.Policy.SystemSchema = cfg.SystemSchema
	g, err := guard.New(cfg.Policy)
	if err = cmp.Or(validity, err); err != nil {
		return c, &Error{Op: "open", Err: err}
	}
	path := slices.Concat(cfg.Policy.SharedSchemas, cfg.Policy.ExtensionSchemas)
	functions := owned.New(path)
	c.shared = session.NewShared(session.Config{
		SystemSchema: cfg.SystemSchema, Path: path, Functions: functions, Guard: g.WithFunctions(functions.Has),
		Pin: cfg.Pin.String(), ModeNamed: named, StatementsSized: sized,
		MaxTenants: cfg.MaxTenants, SessionMemory: int64(cfg.SessionMemory) << 20,
		WorkerConnections: DefaultCitusConnections,
		AllowWeakLogin:    cfg.AllowWeakLogin, Report: c.report,
	})
	return c, nil
}

// Connect is called by the pool, at times from a goroutine of its own with a context that is not the caller's: it
// never pins. Errors are pgx's, or an *[Error] when the server cannot be used safely.
func (c *Connector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	made, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	shell := c.index.Join(made)
	shell.Tie() // until the first IsValid
	// Connections may trade a server's. Where transactions are pinned no session is a connection's own.
	if mode, _ := made.session.Pinning(); c.fixed || made.pgx == nil || mode != PinSession.String() {
		shell.Tie()
	}
	return &conn{shell: shell, shared: c.shared}, nil
}

func (c *Connector) connect(ctx context.Context) (*serverConn, error) {
	inner, f, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	made := &serverConn{inner: inner}
	base, ok := inner.(*stdlib.Conn)
	if !ok {
		// A test double answers for the pin itself. Nothing outside this module can: the parameters' types are internal.
		var backend session.Backend = made
		if double, ok := inner.(session.Double); ok {
			backend, made.double = double, double
		}
		made.session = c.shared.Over(backend)
		return made, nil
	}
	made.pgx = base.Conn()
	if made.session, err = c.shared.Open(ctx, made.pgx, f); err != nil {
		return nil, errors.Join(err, inner.Close())
	}
	if !c.shared.Fits(made.session) {
		// Transactions are pinned here, and pgx is to send other messages then. This happens once.
		if err := inner.Close(); err != nil {
			return nil, err
		}
		return c.connect(ctx)
	}
	if c.ready != nil {
		if err = c.ready(ctx, made.pgx); err == nil && made.pgx.IsClosed() {
			err = errSent
		}
	}
	if err != nil {
		return nil, errors.Join(&Error{Op: "connect", Err: err}, inner.Close())
	}
	return made, nil
}

// Driver is called by sql.DB.Driver.
func (c *Connector) Driver() sqldriver.Driver { return registered{} }

// dial opens a connection through pgx's stdlib with a filter of its own in it.
func (s source) dial(ctx context.Context, shared *session.Shared) (sqldriver.Conn, *wire.Filter, error) {
	config := s.conn.Copy()
	if s.config.BeforeConnect != nil {
		err := s.config.BeforeConnect(ctx, config)
		if err == nil {
			err = params.CheckConfig(config, s.conn)
		}
		if err != nil {
			return nil, nil, &Error{Op: "connect", Err: err}
		}
	}
	shared.PrepareConfig(config)
	filter := session.Wire(config)
	inner, err := stdlib.GetConnector(*config).Connect(ctx)
	return inner, filter(), err
}
