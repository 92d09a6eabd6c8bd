package driver

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/docex/docex/guard"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/stdlib"
)

// Connector makes guarded connections; give it to sql.OpenDB. Safe for concurrent use.
type Connector struct {
	dial  func(ctx context.Context) (sqldriver.Conn, *wire, error)
	check checker
	pin   pinner
	mode  PinMode
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
	c.dial = func(ctx context.Context) (sqldriver.Conn, *wire, error) { return dialPgx(ctx, src.conn) }
	return c, nil
}

// Wrap guards the connections of another driver: a test double such as sqlmock, or pgx's own connector. The pin then is
// a statement of its own before the first statement of each checkout, sent through ExecContext or a prepared
// statement: one round trip more than [NewConnector] needs. An invalid cfg is reported by Connect.
//
// Behind pgx's own connector the server is checked as NewConnector does. A driver in between (tracing, metrics) hides it:
// then nothing looks for a pooler, the server's version or its lexer settings, all of which base has to guarantee.
func Wrap(base sqldriver.Connector, cfg Config) *Connector {
	c, err := newConnector(cfg)
	if err != nil {
		return &Connector{dial: func(context.Context) (sqldriver.Conn, *wire, error) { return nil, nil, err }}
	}
	c.dial = func(ctx context.Context) (sqldriver.Conn, *wire, error) {
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
	return &Connector{check: g, pin: newPinner(cfg), mode: cfg.Pin}, nil
}

// Connect is called by the pool, at times from a goroutine of its own with a context that is not the caller's: it
// never pins. Errors are pgx's, or an *[Error] when the server cannot be used safely.
func (c *Connector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	inner, w, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	if pc := pgConn(inner); pc != nil {
		if err := checkServer(ctx, pc, c.mode); err != nil {
			return nil, errors.Join(&Error{Op: "connect", Err: err}, inner.Close())
		}
	}
	return newConn(inner, w, c), nil
}

// Driver is called by sql.DB.Driver.
func (c *Connector) Driver() sqldriver.Driver { return registered{} }

// dialPgx opens a connection through pgx's stdlib with a wire of its own in it.
func dialPgx(ctx context.Context, pc *pgx.ConnConfig) (sqldriver.Conn, *wire, error) {
	config := pc.Copy()
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

func checkServer(ctx context.Context, pc *pgconn.PgConn, mode PinMode) error {
	if v := pc.ParameterStatus("server_version"); majorVersion(v) < minVersion {
		return fmt.Errorf("%w: it is PostgreSQL %s; %d or newer is needed", ErrServerVersion, v, minVersion)
	}
	if err := checkLexer(pc); err != nil {
		return err
	}
	if mode == PinSession {
		return nil
	}
	return checkDirect(ctx, pc)
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
		if got := pc.ParameterStatus(name); !sameSetting(got, want) {
			return fmt.Errorf("%w: %s is %q and must be %s", ErrServerSettings, name, got, want)
		}
	}
	return nil
}

// checkDirect refuses a pooler: it hands out a process id of its own, which differs from the server process's.
func checkDirect(ctx context.Context, pc *pgconn.PgConn) error {
	results, err := pc.Exec(ctx, "SELECT pg_catalog.pg_backend_pid()").ReadAll()
	if err != nil {
		return err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 {
		return errors.New("the server does not tell its process id")
	}
	if pid := string(results[0].Rows[0][0]); pid != strconv.FormatUint(uint64(pc.PID()), 10) {
		return fmt.Errorf("%w: connect to PostgreSQL directly, or set Config.Pin to PinSession "+
			"if the pooler is in session mode", ErrPooler)
	}
	return nil
}
