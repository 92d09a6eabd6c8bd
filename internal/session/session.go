// Package session works for one tenant at a time on one server session. It is where docex decides: who asks, whether
// the text is allowed, and what pins the session to the tenant. package driver is its door for database/sql, and knows
// how a statement is run; nothing here knows database/sql.
//
// The way of a statement: [Session.Begin] decides, and arms the filter (package wire) with the pin. [Session.Text] says
// what pgx is to send. [Session.End] settles what is known then, and words the error.
package session

import (
	"context"
	"io"
	"sync"
	"sync/atomic"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/asked"
	"github.com/docex/docex/internal/gauge"
	"github.com/docex/docex/internal/owned"
	"github.com/docex/docex/internal/preparing"
	"github.com/docex/docex/internal/wire"
	"github.com/jackc/pgx/v5"
)

// Config is what the sessions of one connector have in common.
type Config struct {
	SystemSchema      string
	Path              []string // the schemas behind the tenant's in search_path, but for pg_temp
	Pin               string   // what is pinned, as Pinning says it; otherwise the connection shows it
	ModeNamed         bool     // the DSN names pgx's execution mode
	StatementsSized   bool     // the DSN says how many statements pgx keeps
	MaxTenants        int      // that a session serves; 0 is as many as fit
	SessionMemory     int64    // bytes that a session may take in the server, where MaxTenants is 0
	WorkerConnections int      // that the sessions may keep together on Citus, where MaxTenants is 0
	AllowWeakLogin    bool
	Guard             Guard
	Functions         *owned.Functions // that Guard knows of; nil: the server is not asked about functions
	Report            func(context.Context, Event)
}

// Guard is package guard as a session sees it.
type Guard interface {
	Inspect(tenantSchema, sql string) (guard.Effects, error)
}

// Shared is what the sessions of one connector know together. Safe for concurrent use.
type Shared struct {
	Config
	Pooled     atomic.Bool // pgx is configured for pins of transactions: on request, or since one connection needed them
	sessions   *pins
	txs        *pins
	names      sync.Map     // by tenant, of those that the registry has confirmed
	logins     sync.Map     // the login roles that were looked at
	most       atomic.Int64 // tenants that fit, see MostTenants
	statements atomic.Int64 // that they need prepared; 0 is not known
	unmeasured atomic.Bool  // the server tells nothing of its memory
	citus      citus
}

// NewShared returns a Shared for the sessions of one connector.
func NewShared(c Config) *Shared {
	s := &Shared{Config: c, sessions: newPins(c, false), txs: newPins(c, true)}
	s.Pooled.Store(c.Pin == pinTransaction)
	s.most.Store(UntilMeasured)
	return s
}

// Session is one server session. It is for one goroutine at a time.
type Session struct {
	shared  *Shared
	conn    *pgx.Conn    // nil when the driver below is not pgx
	filter  *wire.Filter // nil when pgx is another connector's
	backend Backend      // runs pins where conn is nil
	pins    *pins        // of the session, or of each transaction
	placement

	state     State
	admission admission
	mode      pgx.QueryExecMode // of the connection
	prepared  *preparing.Choice // which texts are prepared
	path      string            // search_path, as it is or will be pinned
	reported  bool              // the server reports search_path: PostgreSQL 18 and later do
	superuser bool
	timeouts  asked.Timeouts
	gauge     gauge.Gauge
	served    string // the tenant that the server has worked for last, until somebody asks; "" is none
}

// Backend runs docex's own statements on a connection that is not pgx's.
type Backend interface {
	// Pin runs text, which pins the session to t; a t without a tenant is another user of the one that it is pinned to.
	Pin(ctx context.Context, t Target, text string) error
}

// Double is the connection of a test double. It answers for pins, and for what is pgx's own beyond database/sql. What
// it is given has been judged.
type Double interface {
	Backend
	CopyFrom(ctx context.Context, table string, columns []string, src pgx.CopyFromSource) (int64, error)
	CopyTo(ctx context.Context, w io.Writer, table string, columns []string) (int64, error)
	// SendBatch runs the statements and their callbacks, until one fails or over says that a callback has.
	SendBatch(ctx context.Context, b *pgx.Batch, over func() bool) error
}

// Over returns the session of a connection that is not pgx's. It is pinned by statements of their own.
func (s *Shared) Over(b Backend) *Session {
	return &Session{
		shared: s, backend: b, pins: s.sessions,
		placement: placement{why: "nothing is known of the base driver's connection"},
	}
}

// Open returns the session of a connection of pgx's, once its server is known to be one that can be used safely. f is
// nil when the connection was not made with [Wire].
func (s *Shared) Open(ctx context.Context, conn *pgx.Conn, f *wire.Filter) (*Session, error) {
	pc := conn.PgConn()
	if f != nil && !f.Gated() {
		return nil, &Error{Op: "connect", Err: errNoGate}
	}
	p, err := s.checkServer(ctx, pc, f != nil)
	if err != nil {
		return nil, &Error{Op: "connect", Err: err}
	}
	n := &Session{
		shared: s, conn: conn, filter: f, pins: s.sessions, placement: p,
		mode: conn.Config().DefaultQueryExecMode, prepared: preparing.New(conn.Config()),
		superuser: pc.ParameterStatus("is_superuser") != "off",
	}
	if p.local {
		n.pins = s.txs
	}
	if err := n.checkExecMode(n.mode); err != nil && s.ModeNamed {
		return nil, &Error{Op: "connect", Err: err}
	}
	if f != nil {
		f.Start()
	}
	return n, nil
}

// Pinning tells what is pinned, "session" or "transaction", and why.
func (s *Session) Pinning() (mode, why string) {
	if s.pins.local {
		return pinTransaction, s.why
	}
	return pinSession, s.why
}

const (
	pinSession     = "session"
	pinTransaction = "transaction"
)

// Unsure reports that an operation is under way, or that how the last one ended is not known.
func (s *Session) Unsure() bool { return s.state.Unsure }

// Fit says why the session must not be used by the next one who comes, and reports that; or returns nil.
func (s *Session) Fit() (reason error) {
	s.settle()
	switch {
	case s.state.Unsure:
		reason = errUncertain
	case s.inTransaction():
		reason = errLeftOpen
	default:
		reason = s.usable()
	}
	if reason != nil {
		s.retire(s.state.Owner.Tenant, reason)
	}
	return reason
}

// Full reports that the session is closed because it has served as many tenants as it may.
func (s *Session) Full(tenant string) { s.retire(tenant, errMaxTenants) }

func (s *Session) retire(tenant string, reason error) {
	e := Event{Kind: Retired, Target: Target{Tenant: tenant}, Err: reason}
	s.shared.Report(context.Background(), e)
}

// Release ends a checkout: the session forgets whose it was.
func (s *Session) Release() {
	s.settle()
	s.state = s.state.released()
}

// TakeServed returns, once, the tenant for whom the server has worked last; "" when there was none.
func (s *Session) TakeServed() (tenant string) {
	tenant, s.served = s.served, ""
	return tenant
}
