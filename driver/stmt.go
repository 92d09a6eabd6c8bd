package driver

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"

	"github.com/docex/docex/internal/basedriver"
	"github.com/docex/docex/internal/pgxargs"
	"github.com/docex/docex/internal/session"
	"github.com/docex/docex/scope"
)

// stmt is a statement prepared on one connection for one tenant. Like its connection it is not safe for concurrent use.
//
// A statement of a DB is a text: in a checkout of another tenant it runs as that, for the tenant of the execution's
// context. A Tx or a Conn is its tenant's, and so its statements are.
//
// It has no CheckNamedValue: that would hide the connection's.
type stmt struct {
	inner  sqldriver.Stmt // nil where no server session is the connection's own: every execution is one of the text
	params int            // of the text, where inner is nil
	conn   *conn
	server *serverConn // that the statement is prepared on
	query  string
	tenant string
}

var (
	_ sqldriver.Stmt             = (*stmt)(nil)
	_ sqldriver.StmtExecContext  = (*stmt)(nil)
	_ sqldriver.StmtQueryContext = (*stmt)(nil)
)

// PrepareContext is called by DB, Conn and Tx, and by a Stmt of a DB that runs on a connection it is not prepared on
// yet; ctx is then that of the execution, so the statement is prepared for the tenant that executes it.
func (c *conn) PrepareContext(ctx context.Context, query string) (sqldriver.Stmt, error) {
	r := session.Request{Op: "prepare", Text: query, Prepare: true}
	return run(ctx, c, r, func(op session.Operation) (sqldriver.Stmt, error) {
		s := &stmt{conn: c, server: c.server(), query: query, tenant: op.Tenant}
		err := s.prepare(ctx, &op)
		if err == nil && s.inner != nil && c.shell != nil { // a checkout of Bind is never idle
			c.shell.Tie()
		}
		return s, err
	})
}

// prepare has the server prepare the statement, or describe it.
func (s *stmt) prepare(ctx context.Context, op *session.Operation) (err error) {
	pc, text := s.server.pgx, s.query
	if pc != nil {
		text = op.Tagged(text)
	}
	if pc == nil || s.server.session.KeepsStatements() {
		s.inner, err = basedriver.Prepare(ctx, s.server.inner, text)
		return err
	}
	sd, err := pc.Prepare(ctx, "", text)
	if err == nil {
		s.params = len(sd.ParamOIDs)
	}
	return err
}

// ExecContext is called by sql.Stmt, and by DB, Conn and Tx when the base driver only prepares.
func (s *stmt) ExecContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	return runStmt(ctx, s, "exec", args, s.conn.ExecContext, basedriver.Exec)
}

// QueryContext is called by sql.Stmt, and by DB, Conn and Tx when the base driver only prepares.
func (s *stmt) QueryContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	return runStmt(ctx, s, "query", args, s.conn.QueryContext, basedriver.Query)
}

func runStmt[T any](
	ctx context.Context, s *stmt, op string, args []sqldriver.NamedValue,
	asText func(ctx context.Context, query string, args []sqldriver.NamedValue) (T, error),
	prepared func(ctx context.Context, st sqldriver.Stmt, args []sqldriver.NamedValue) (T, error),
) (none T, err error) {
	if err := pgxargs.RefuseRewriter(op, args); err != nil {
		return none, err
	}
	now := s.conn.server()
	if s.isText(ctx) {
		return asText(ctx, s.query, pgxargs.WithMode(args, now.session.TextMode()))
	}
	if now != s.server {
		return none, &Error{Op: op, Err: errors.New("the connection has lost the session that the statement is tied to")}
	}
	r := session.Request{Op: op, Text: s.query, PreparedFor: s.tenant}
	return run(ctx, s.conn, r, func(session.Operation) (T, error) { return prepared(ctx, s.inner, args) })
}

// isText reports whether an execution is one of the text. Who asks is decided there, as for every statement.
func (s *stmt) isText(ctx context.Context) bool {
	if s.inner == nil {
		return true
	}
	ctx, err := s.conn.bind(ctx)
	if err != nil {
		return false
	}
	uc, err := scope.From(ctx)
	return err == nil && uc.TenantID != s.tenant && s.server.pgx != nil
}

// NumInput is called by database/sql to count arguments; -1 means the base driver does.
func (s *stmt) NumInput() int {
	if s.inner == nil {
		return s.params
	}
	return s.inner.NumInput()
}

// Close is called once, also while the connection is idle. It frees the server's statement, for which no tenant is
// needed.
func (s *stmt) Close() error {
	if s.inner == nil {
		return nil
	}
	if s.conn.shell != nil {
		defer s.conn.shell.Untie()
	}
	return s.inner.Close()
}

// Exec and Query exist for the driver.Stmt interface; without a context there is no tenant.
func (s *stmt) Exec([]sqldriver.Value) (sqldriver.Result, error) {
	return nil, &Error{Op: "exec", Err: scope.ErrNoUserContext}
}

func (s *stmt) Query([]sqldriver.Value) (sqldriver.Rows, error) {
	return nil, &Error{Op: "query", Err: scope.ErrNoUserContext}
}
