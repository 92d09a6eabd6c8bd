package driver

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"

	"github.com/docex/docex/internal/session"
	"github.com/docex/docex/scope"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// conn is one connection of the pool. database/sql uses it from one goroutine at a time, under the lock of its own
// wrapper; nothing here is safe for concurrent use.
//
// It decides nothing: every method asks the session to begin, has inner run what the session allowed, and gives the
// outcome back to the session. Nothing returns inner: an accessor would be a way around the guard.
type conn struct {
	inner   sqldriver.Conn
	session *session.Session

	// Of a checkout of another pool that Bind has made:
	outer   *sql.Conn       // where the connection is from, or nil
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

// ExecContext is called by DB, Conn and Tx. It returns driver.ErrSkip, before anything is decided, only when the base
// driver has no such method; database/sql then prepares.
func (c *conn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	inner, ok := c.inner.(sqldriver.ExecerContext)
	if !ok {
		return nil, sqldriver.ErrSkip
	}
	return runText(ctx, c, "exec", query, args, inner.ExecContext)
}

// QueryContext is called by DB, Conn and Tx; see [conn.ExecContext] for driver.ErrSkip. The rows are the base driver's.
func (c *conn) QueryContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	inner, ok := c.inner.(sqldriver.QueryerContext)
	if !ok {
		return nil, sqldriver.ErrSkip
	}
	return runText(ctx, c, "query", query, args, inner.QueryContext)
}

// PrepareContext is called by DB, Conn and Tx, and by a Stmt of a DB that runs on a connection it is not prepared on
// yet; ctx is then that of the execution, so the statement is prepared for the tenant that executes it.
func (c *conn) PrepareContext(ctx context.Context, query string) (sqldriver.Stmt, error) {
	r := session.Request{Op: "prepare", Text: query, Prepare: true}
	return run(ctx, c, r, func(op session.Operation) (sqldriver.Stmt, error) {
		s := &stmt{conn: c, query: query, tenant: op.Tenant}
		return s, s.prepare(ctx, &op)
	})
}

// BeginTx is called by DB and Conn.
func (c *conn) BeginTx(ctx context.Context, opts sqldriver.TxOptions) (sqldriver.Tx, error) {
	inner, ok := c.inner.(sqldriver.ConnBeginTx)
	if !ok {
		return nil, &Error{Op: "begin", Err: errors.New("the base driver has no BeginTx")}
	}
	r := session.Request{Op: "begin", BeginTx: true}
	return run(ctx, c, r, func(session.Operation) (sqldriver.Tx, error) {
		t, err := inner.BeginTx(ctx, opts)
		return &tx{inner: t, conn: c}, err
	})
}

// Ping is called by DB and Conn. It reaches the server without a tenant and runs no statement (pgx sends a comment).
func (c *conn) Ping(ctx context.Context) error {
	if c.session.Unsure() {
		return sqldriver.ErrBadConn
	}
	p, ok := c.inner.(sqldriver.Pinger)
	if !ok {
		return nil
	}
	defer c.session.Own(pgxPing)()
	return p.Ping(ctx)
}

// pgxPing is the text by which pgx looks whether the server answers.
const pgxPing = "-- ping"

// Prepare exists for the driver.Conn interface; without a context there is no tenant.
func (c *conn) Prepare(string) (sqldriver.Stmt, error) {
	return nil, &Error{Op: "prepare", Err: scope.ErrNoUserContext}
}

// Begin exists for the driver.Conn interface; without a context there is no tenant.
func (c *conn) Begin() (sqldriver.Tx, error) {
	return nil, &Error{Op: "begin", Err: scope.ErrNoUserContext}
}

// CheckNamedValue is called for each argument before Exec and Query. A pgx.QueryRewriter passes whatever the base
// driver says, because docex resolves it.
func (c *conn) CheckNamedValue(v *sqldriver.NamedValue) error {
	if isRewriter(v.Value) {
		return nil
	}
	if inner, ok := c.inner.(sqldriver.NamedValueChecker); ok {
		return inner.CheckNamedValue(v)
	}
	return sqldriver.ErrSkip
}

// Close is called by the pool, once. A checkout of another pool goes back there.
func (c *conn) Close() error {
	if c.outer != nil {
		return c.outer.Close()
	}
	return c.inner.Close()
}

// ResetSession is called when the pool hands the connection out again. It forgets whose it was. An error other than
// driver.ErrBadConn would be dropped and the connection handed out all the same. IsValid has said before that the
// connection is fit; a driver around this one may have hidden that.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.session.Fit() != nil {
		return sqldriver.ErrBadConn
	}
	c.session.Release()
	if r, ok := c.inner.(sqldriver.SessionResetter); ok {
		defer c.session.Own(pgxPing)()
		return r.ResetSession(ctx)
	}
	return nil
}

// IsValid is called when the connection goes back to the pool. false closes it.
func (c *conn) IsValid() bool {
	if c.session.Fit() != nil {
		return false
	}
	if v, ok := c.inner.(sqldriver.Validator); ok {
		return v.IsValid()
	}
	return true
}

// Pinning tells what is pinned on this connection, "session" or "transaction", and why. Programs that diagnose an
// installation ask through sql.Conn.Raw.
func (c *conn) Pinning() (mode, why string) { return c.session.Pinning() }

// CleanupDone returns a channel that is closed when nothing of a broken connection is left, on the server either; at
// once for one that is not broken. Programs that end soon wait for it, through sql.Conn.Raw: a context that ends lets
// the call return at once, while pgx tells the server in the background, and the statement of a process that is gone
// before that goes on.
func (c *conn) CleanupDone() <-chan struct{} {
	if pc := pgxConn(c.inner); pc != nil && pc.IsClosed() {
		return pc.PgConn().CleanupDone()
	}
	done := make(chan struct{})
	close(done)
	return done
}

// runText has inner run a text.
func runText[T any](
	ctx context.Context, c *conn, op, query string, args []sqldriver.NamedValue,
	inner func(ctx context.Context, query string, args []sqldriver.NamedValue) (T, error),
) (none T, err error) {
	if query, args, err = c.resolve(ctx, query, args); err != nil {
		return none, err
	}
	bare := op == "exec" && len(args) == options(args)
	return run(ctx, c, session.Request{Op: op, Text: query}, func(op session.Operation) (T, error) {
		text, mode, err := c.session.Text(&op, modeOf(args), bare)
		if err != nil {
			return none, err
		}
		if mode != 0 {
			args = withMode(args, mode)
		}
		return inner(ctx, text, args)
	})
}

// run asks the session to begin, has f run what the session allowed, and gives the outcome back to the session.
func run[T any](
	ctx context.Context, c *conn, r session.Request, f func(session.Operation) (T, error),
) (none T, err error) {
	op, err := c.begin(ctx, r)
	if err != nil {
		return none, err
	}
	v, err := f(op)
	if err := c.end(ctx, op, err); err != nil {
		return none, err
	}
	return v, nil
}

// begin and end translate between the session and the pool, which knows one error for "try another connection".
func (c *conn) begin(ctx context.Context, r session.Request) (session.Operation, error) {
	bound, err := c.bound(ctx)
	if err != nil {
		return session.Operation{}, c.session.Refused(ctx, r, err)
	}
	op, err := c.session.Begin(bound, r)
	return op, forPool(err)
}

func (c *conn) end(ctx context.Context, op session.Operation, err error) error {
	if err == sqldriver.ErrBadConn {
		err = session.ErrGone
	}
	return forPool(c.session.End(ctx, op, err))
}

func forPool(err error) error {
	if err == session.ErrGone {
		return sqldriver.ErrBadConn
	}
	return err
}

// pgxConn returns pgx's connection under a stdlib one, or nil under another driver's.
func pgxConn(inner sqldriver.Conn) *pgx.Conn {
	if c, ok := inner.(*stdlib.Conn); ok {
		return c.Conn()
	}
	return nil
}
