package driver

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"

	"github.com/docex/docex/internal/affinity"
	"github.com/docex/docex/internal/pgxargs"
	"github.com/docex/docex/internal/session"
	"github.com/docex/docex/scope"
)

// conn is one connection of the pool. database/sql uses it from one goroutine at a time, under the lock of its own
// wrapper; nothing here is safe for concurrent use.
//
// While it is idle, its connection to the server may be traded for that of another one. Only [conn.server] leads to
// the one that it has, and that is the same from ResetSession to IsValid.
type conn struct {
	shell   *affinity.Shell[*serverConn]
	shared  *session.Shared
	returns bool // IsValid was called: only then is it known when the connection is idle, and is it traded

	// Of a checkout of another pool that Bind has made, in place of these:
	outer   *sql.Conn
	bound   *serverConn
	carrier context.Context // holds the UserContext and nothing else
}

var (
	_ sqldriver.Conn               = (*conn)(nil)
	_ sqldriver.ConnBeginTx        = (*conn)(nil)
	_ sqldriver.ConnPrepareContext = (*conn)(nil)
	_ sqldriver.ExecerContext      = (*conn)(nil)
	_ sqldriver.QueryerContext     = (*conn)(nil)
	_ sqldriver.Pinger             = (*conn)(nil)
	_ sqldriver.SessionResetter    = (*conn)(nil)
	_ sqldriver.NamedValueChecker  = (*conn)(nil)
	_ sqldriver.Validator          = (*conn)(nil)
)

// server returns the connection that this one has.
func (c *conn) server() *serverConn {
	if c.bound != nil {
		return c.bound
	}
	return c.shell.Session()
}

// ExecContext is called by DB, Conn and Tx. It returns driver.ErrSkip, before anything is decided, only when the base
// driver has no such method; database/sql then prepares.
func (c *conn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	inner, ok := c.server().inner.(sqldriver.ExecerContext)
	if !ok {
		return nil, sqldriver.ErrSkip
	}
	return runText(ctx, c, "exec", query, args, inner.ExecContext)
}

// QueryContext is called by DB, Conn and Tx; see [conn.ExecContext] for driver.ErrSkip. The rows are the base driver's.
func (c *conn) QueryContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	inner, ok := c.server().inner.(sqldriver.QueryerContext)
	if !ok {
		return nil, sqldriver.ErrSkip
	}
	return runText(ctx, c, "query", query, args, inner.QueryContext)
}

// BeginTx is called by DB and Conn.
func (c *conn) BeginTx(ctx context.Context, opts sqldriver.TxOptions) (sqldriver.Tx, error) {
	s := c.server()
	inner, ok := s.inner.(sqldriver.ConnBeginTx)
	if !ok {
		return nil, &Error{Op: "begin", Err: errors.New("the base driver has no BeginTx")}
	}
	r := session.Request{Op: "begin", BeginTx: true}
	return run(ctx, c, r, func(session.Operation) (sqldriver.Tx, error) {
		t, err := inner.BeginTx(ctx, opts)
		return &tx{inner: t, session: s.session}, err
	})
}

// pgxPing is the text by which pgx looks whether the server answers.
const pgxPing = "-- ping"

// Ping is called by DB and Conn. It reaches the server without a tenant and runs no statement (pgx sends a comment).
func (c *conn) Ping(ctx context.Context) error {
	s := c.server()
	if s.session.Unsure() {
		return sqldriver.ErrBadConn
	}
	p, ok := s.inner.(sqldriver.Pinger)
	if !ok {
		return nil
	}
	defer s.session.Own(pgxPing)()
	return p.Ping(ctx)
}

// Prepare and Begin exist for the driver.Conn interface; without a context there is no tenant.
func (c *conn) Prepare(string) (sqldriver.Stmt, error) {
	return nil, &Error{Op: "prepare", Err: scope.ErrNoUserContext}
}

func (c *conn) Begin() (sqldriver.Tx, error) {
	return nil, &Error{Op: "begin", Err: scope.ErrNoUserContext}
}

// CheckNamedValue is called for each argument before Exec and Query. It lets a pgx.QueryRewriter pass whatever the base
// driver says, because docex resolves it.
func (c *conn) CheckNamedValue(v *sqldriver.NamedValue) error {
	if pgxargs.IsRewriter(v.Value) {
		return nil
	}
	if inner, ok := c.server().inner.(sqldriver.NamedValueChecker); ok {
		return inner.CheckNamedValue(v)
	}
	return sqldriver.ErrSkip
}

// Close is called by the pool, once. A checkout of another pool goes back there.
func (c *conn) Close() error {
	if c.outer != nil {
		return c.outer.Close()
	}
	return c.shell.Leave().inner.Close()
}

// ResetSession is called when the pool hands the connection out again, with the context of the caller. So it is here
// that it gets a server's connection for the caller's tenant. An error other than driver.ErrBadConn would be dropped
// and the connection handed out all the same.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.bound != nil {
		return c.bound.reset(ctx)
	}
	if c.shell.Held() && !c.release() { // a driver around this one hides IsValid
		return sqldriver.ErrBadConn
	}
	uc, _ := scope.From(ctx) // whose absence the first statement will refuse
	c.shell.Take(ctx, uc.TenantID)
	return c.server().reset(ctx)
}

// IsValid is called when the connection goes back to the pool. false closes it.
func (c *conn) IsValid() bool {
	if c.bound != nil {
		return c.bound.fit()
	}
	if !c.returns {
		c.returns = true
		c.shell.Untie()
	}
	return c.release()
}

// release makes the connection idle, unless it must be closed. Then it may be traded at once.
func (c *conn) release() bool {
	s := c.server()
	if !s.fit() || !s.session.Measure(c.shell.Tenants()) {
		return false
	}
	served := s.session.TakeServed()
	s.session.Release()
	if c.shell.Release(served, c.shared.MostTenants(), s.session.TenantsOfAll()) {
		return true
	}
	s.session.Full(served)
	return false
}

// Pinning tells what is pinned on this connection, "session" or "transaction", and why. Programs that diagnose an
// installation ask through sql.Conn.Raw.
func (c *conn) Pinning() (mode, why string) { return c.server().session.Pinning() }

// CleanupDone returns a channel that is closed when nothing of a broken connection is left, on the server either; at
// once for one that is not broken. Programs that end soon wait for it, through sql.Conn.Raw: a context that ends lets
// the call return at once, while pgx tells the server in the background, and the statement of a process that is gone
// before that goes on.
func (c *conn) CleanupDone() <-chan struct{} {
	if pc := c.server().pgx; pc != nil && pc.IsClosed() {
		return pc.PgConn().CleanupDone()
	}
	done := make(chan struct{})
	close(done)
	return done
}
