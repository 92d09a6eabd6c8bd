package driver

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"

	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// conn is one connection of the pool. database/sql uses it from one goroutine at a time, under the lock of its own
// wrapper; nothing here is safe for concurrent use.
//
// Nothing returns inner: an accessor would be a way around the guard.
type conn struct {
	inner sqldriver.Conn
	wire  *wire // nil when the base driver is not pgx
	c     *Connector

	pin pinner // of the session, or of each transaction
	why string // which of the two

	statements  *statements // nil when the base driver is not pgx
	defaultMode pgx.QueryExecMode

	tenant  string // whose checkout this is; "" until its first statement
	schema  string // that tenant's
	pinned  bool   // the session, or the open transaction, is pinned to tenant
	unasked bool   // the registry was not asked about the tenant for this statement
	session session
	path    pathCheck

	superuser bool                // the login role's rights stop nothing: the registry has to say no
	served    map[string]struct{} // the tenants that the server keeps catalog caches for
	inText    bool                // a BEGIN statement opened a transaction; kept for base drivers that do not report the status
	broken    bool                // the session's state is not known, or an operation is under way: do not use or pool the connection
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

func newConn(inner sqldriver.Conn, w *wire, c *Connector, local bool) *conn {
	conn := &conn{inner: inner, wire: w, c: c, pin: c.session, served: make(map[string]struct{})}
	if local {
		conn.pin = c.transaction
	}
	if conn.statements = newStatements(inner); conn.statements != nil {
		conn.defaultMode = conn.statements.conn.Config().DefaultQueryExecMode
	}
	if pc := pgConn(inner); pc != nil {
		conn.superuser = pc.ParameterStatus("is_superuser") != "off"
	}
	return conn
}

// ExecContext is called by DB, Conn and Tx. It returns driver.ErrSkip, before anything is decided, only when the base
// driver has no such method; database/sql then prepares.
func (c *conn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	inner, ok := c.inner.(sqldriver.ExecerContext)
	if !ok {
		return nil, sqldriver.ErrSkip
	}
	query, args, err := c.resolve(ctx, query, args)
	if err != nil {
		return nil, err
	}
	op, err := c.enter(ctx, "exec", query)
	if err != nil {
		return nil, err
	}
	run, args, err := c.runnable(ctx, &op, query, args)
	var res sqldriver.Result
	if err == nil {
		res, err = inner.ExecContext(ctx, run, args)
	}
	if err := c.leaveText(ctx, op, query, err); err != nil {
		return nil, err
	}
	return res, nil
}

// QueryContext is called by DB, Conn and Tx; see [conn.ExecContext] for driver.ErrSkip. The rows are the base driver's.
func (c *conn) QueryContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	inner, ok := c.inner.(sqldriver.QueryerContext)
	if !ok {
		return nil, sqldriver.ErrSkip
	}
	query, args, err := c.resolve(ctx, query, args)
	if err != nil {
		return nil, err
	}
	op, err := c.enter(ctx, "query", query)
	if err != nil {
		return nil, err
	}
	run, args, err := c.runnable(ctx, &op, query, args)
	var rows sqldriver.Rows
	if err == nil {
		rows, err = inner.QueryContext(ctx, run, args)
	}
	if err := c.leaveText(ctx, op, query, err); err != nil {
		return nil, err
	}
	return rows, nil
}

// leaveText is leave for a statement that may have been prepared by runnable.
func (c *conn) leaveText(ctx context.Context, op operation, query string, err error) error {
	if err == nil {
		return c.leave(ctx, op, nil)
	}
	c.forgetStale(&op, query, err)
	switch {
	case pgconn.SafeToRetry(err):
		err = sqldriver.ErrBadConn // as pgx does where it prepares
	case isCode(err, codeNoStatement) && !c.inTransaction() && !op.effects.Calls:
		// A trusted function has dropped the session's prepared statements. Nothing has run.
		_ = c.leave(ctx, op, err) // it settles the rest
		c.broken = true
		return sqldriver.ErrBadConn
	}
	return c.leave(ctx, op, err)
}

// PrepareContext is called by DB, Conn and Tx, and by a Stmt of a DB that runs on a connection it is not prepared on yet;
// ctx is then that of the execution, so the statement is prepared for the tenant that executes it.
func (c *conn) PrepareContext(ctx context.Context, query string) (sqldriver.Stmt, error) {
	op, err := c.enter(ctx, "prepare", query)
	if err != nil {
		return nil, err
	}
	s := &stmt{conn: c, query: query, tenant: op.tenant}
	if c.statements != nil {
		s.opened, err = c.statements.open(ctx, op.tenant, query)
	} else {
		s.inner, err = c.prepareInner(ctx, query)
	}
	if err := c.leaveText(ctx, op, query, err); err != nil {
		return nil, err
	}
	return s, nil
}

func (c *conn) prepareInner(ctx context.Context, query string) (sqldriver.Stmt, error) {
	if p, ok := c.inner.(sqldriver.ConnPrepareContext); ok {
		return p.PrepareContext(ctx, query)
	}
	return c.inner.Prepare(query)
}

// BeginTx is called by DB and Conn. The pin commits before BEGIN, so that no ROLLBACK undoes it.
func (c *conn) BeginTx(ctx context.Context, opts sqldriver.TxOptions) (sqldriver.Tx, error) {
	inner, ok := c.inner.(sqldriver.ConnBeginTx)
	if !ok {
		return nil, &Error{Op: "begin", Err: errors.New("the base driver has no BeginTx")}
	}
	op, err := c.enterBegin(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := inner.BeginTx(ctx, opts)
	if err := c.leave(ctx, op, err); err != nil {
		return nil, err
	}
	return tx, nil
}

// Ping is called by DB and Conn. It reaches the server without a tenant and runs no statement (pgx sends a comment).
func (c *conn) Ping(ctx context.Context) error {
	if c.broken {
		return sqldriver.ErrBadConn
	}
	if p, ok := c.inner.(sqldriver.Pinger); ok {
		return p.Ping(ctx)
	}
	return nil
}

// Prepare exists for the driver.Conn interface; without a context there is no tenant.
func (c *conn) Prepare(string) (sqldriver.Stmt, error) {
	return nil, &Error{Op: "prepare", Err: scope.ErrNoUserContext}
}

// Begin exists for the driver.Conn interface; without a context there is no tenant.
func (c *conn) Begin() (sqldriver.Tx, error) {
	return nil, &Error{Op: "begin", Err: scope.ErrNoUserContext}
}

// CheckNamedValue is called for each argument before Exec and Query. A pgx.QueryRewriter passes whatever the base driver
// says, because docex resolves it.
func (c *conn) CheckNamedValue(v *sqldriver.NamedValue) error {
	if isRewriter(v.Value) {
		return nil
	}
	if inner, ok := c.inner.(sqldriver.NamedValueChecker); ok {
		return inner.CheckNamedValue(v)
	}
	return sqldriver.ErrSkip
}

// Close is called by the pool, once.
func (c *conn) Close() error { return c.inner.Close() }

// ResetSession is called when the pool hands the connection out again. It only forgets whose it was: an error other
// than driver.ErrBadConn would be dropped and the connection handed out all the same.
func (c *conn) ResetSession(ctx context.Context) error {
	c.settlePin()
	c.tenant, c.pinned, c.unasked = "", false, false
	if c.wire != nil {
		c.wire.forget()
	}
	if r, ok := c.inner.(sqldriver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

// IsValid is called when the connection goes back to the pool. false closes it.
func (c *conn) IsValid() bool {
	if reason := c.invalid(); reason != nil {
		c.c.retire(c.tenant, reason)
		return false
	}
	if v, ok := c.inner.(sqldriver.Validator); ok {
		return v.IsValid()
	}
	return true
}

// invalid says why the connection is not for the next one.
func (c *conn) invalid() error {
	c.settlePin()
	if c.tenant != "" {
		c.served[c.tenant] = struct{}{}
	}
	switch {
	case c.broken:
		return errUncertain
	case c.inTransaction():
		return errLeftOpen
	case len(c.served) >= c.c.max:
		return errMaxTenants
	}
	return c.usable()
}

var (
	errUncertain  = errors.New("docex: the state of the connection is not certain")
	errLeftOpen   = errors.New("docex: a transaction was left open")
	errMaxTenants = errors.New("docex: the connection has served Config.MaxTenants tenants")
)

// Pinning tells what is pinned on this connection, "session" or "transaction", and why. Programs that diagnose an
// installation ask through sql.Conn.Raw.
func (c *conn) Pinning() (mode, why string) {
	if c.pin.local {
		return PinTransaction.String(), c.why
	}
	return PinSession.String(), c.why
}
