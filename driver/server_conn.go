package driver

import (
	"context"
	sqldriver "database/sql/driver"

	"github.com/docex/docex/internal/basedriver"
	"github.com/docex/docex/internal/pgxargs"
	"github.com/docex/docex/internal/session"
	"github.com/jackc/pgx/v5"
)

// serverConn is a connection to a server, and the session on it. It is for one goroutine at a time.
//
// Nothing here decides: [run] and the others ask the session, have inner run what it allowed, and give the outcome back
// to it. Nothing returns inner: an accessor would be a way around the guard.
type serverConn struct {
	inner   sqldriver.Conn
	pgx     *pgx.Conn      // under inner; nil under another driver's
	double  session.Double // inner, if it is a test double's
	session *session.Session
}

// reset begins a checkout. fit has said before that the connection is fit; something may have happened to it since.
func (c *serverConn) reset(ctx context.Context) error {
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

// fit reports whether the connection may be used by the next one who comes.
func (c *serverConn) fit() bool {
	v, ok := c.inner.(sqldriver.Validator)
	return c.session.Fit() == nil && (!ok || v.IsValid())
}

// runText has inner run a text.
func runText[T any](
	ctx context.Context, c *conn, op, query string, args []sqldriver.NamedValue,
	inner func(ctx context.Context, query string, args []sqldriver.NamedValue) (T, error),
) (none T, err error) {
	s := c.server().session
	query, args, err = pgxargs.Resolve(ctx, query, args, c.CheckNamedValue)
	if err == nil && s.Interpolates(pgxargs.Mode(args)) {
		err = pgxargs.RefuseHints(op, args)
	}
	if err != nil {
		return none, err
	}
	bare := op == "exec" && len(args) == pgxargs.Options(args)
	return run(ctx, c, session.Request{Op: op, Text: query}, func(op session.Operation) (T, error) {
		text, mode, err := s.Text(&op, pgxargs.Mode(args), bare)
		if err != nil {
			return none, err
		}
		if mode != 0 {
			args = pgxargs.WithMode(args, mode)
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
	ctx, r.Refusal = c.bind(ctx)
	op, err := c.server().session.Begin(ctx, r)
	return op, forPool(err)
}

func (c *conn) end(ctx context.Context, op session.Operation, err error) error {
	if err == sqldriver.ErrBadConn {
		err = session.ErrGone
	}
	return forPool(c.server().session.End(ctx, op, err))
}

func forPool(err error) error {
	if err == session.ErrGone {
		return sqldriver.ErrBadConn
	}
	return err
}

// Pin runs pins as statements, on a connection that is not pgx's.
func (c *serverConn) Pin(ctx context.Context, _ session.Target, text string) error {
	return basedriver.Run(ctx, c.inner, text)
}
