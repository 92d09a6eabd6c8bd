package driver

import (
	"context"
	sqldriver "database/sql/driver"
	"time"

	"github.com/docex/docex/scope"
)

// stmt is a statement prepared on one connection for one tenant. Like its connection it is not safe for concurrent use.
//
// It has no CheckNamedValue: that would hide the connection's.
type stmt struct {
	opened *opened        // pgx's, which goes by its name
	inner  sqldriver.Stmt // another base driver's
	conn   *conn
	query  string
	tenant string
}

var (
	_ sqldriver.Stmt             = (*stmt)(nil)
	_ sqldriver.StmtExecContext  = (*stmt)(nil)
	_ sqldriver.StmtQueryContext = (*stmt)(nil)
)

// ExecContext is called by sql.Stmt, and by DB, Conn and Tx when the base driver only prepares.
func (s *stmt) ExecContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	op, err := s.enter(ctx, "exec", args)
	if err != nil {
		return nil, err
	}
	res, err := s.exec(ctx, args)
	if err := s.conn.leave(ctx, op, err); err != nil {
		return nil, err
	}
	return res, nil
}

// QueryContext is called by sql.Stmt, and by DB, Conn and Tx when the base driver only prepares.
func (s *stmt) QueryContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	op, err := s.enter(ctx, "query", args)
	if err != nil {
		return nil, err
	}
	rows, err := s.run(ctx, args)
	if err := s.conn.leave(ctx, op, err); err != nil {
		return nil, err
	}
	return rows, nil
}

// enter checks the tenant before the connection does, so that the statement of one tenant is never run as another's.
func (s *stmt) enter(ctx context.Context, name string, args []sqldriver.NamedValue) (operation, error) {
	if err := refuseRewriter(name, args); err != nil {
		return operation{}, err
	}
	uc, err := scope.From(ctx)
	if err != nil {
		return operation{}, &Error{Op: name, Err: err}
	}
	if uc.TenantID != s.tenant {
		return operation{}, &Error{Op: name, TenantID: uc.TenantID, Err: scope.ErrTenantMismatch}
	}
	return s.conn.enter(ctx, name, s.query)
}

func (s *stmt) run(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	if s.opened == nil {
		return queryStmt(ctx, s.inner, args)
	}
	return s.conn.inner.(sqldriver.QueryerContext).QueryContext(ctx, s.opened.name, args)
}

func (s *stmt) exec(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	if s.opened == nil {
		return execStmt(ctx, s.inner, args)
	}
	return s.conn.inner.(sqldriver.ExecerContext).ExecContext(ctx, s.opened.name, args)
}

// NumInput is called by database/sql to count arguments; -1 means the base driver does.
func (s *stmt) NumInput() int {
	if s.opened == nil {
		return s.inner.NumInput()
	}
	return s.opened.params
}

// Close is called once. It frees the server's statement, for which no tenant is needed.
func (s *stmt) Close() error {
	if s.opened == nil {
		return s.inner.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return s.conn.statements.close(ctx, s.tenant, s.query)
}

// closeTimeout bounds the wait for the server's answer, as in pgx.
const closeTimeout = 5 * time.Second

// Exec exists for the driver.Stmt interface; without a context there is no tenant.
func (s *stmt) Exec([]sqldriver.Value) (sqldriver.Result, error) {
	return nil, &Error{Op: "exec", Err: scope.ErrNoUserContext}
}

// Query exists for the driver.Stmt interface; without a context there is no tenant.
func (s *stmt) Query([]sqldriver.Value) (sqldriver.Rows, error) {
	return nil, &Error{Op: "query", Err: scope.ErrNoUserContext}
}

func execStmt(ctx context.Context, s sqldriver.Stmt, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	if e, ok := s.(sqldriver.StmtExecContext); ok {
		return e.ExecContext(ctx, args)
	}
	//lint:ignore SA1019 base drivers may have nothing newer
	return s.Exec(values(args))
}

func queryStmt(ctx context.Context, s sqldriver.Stmt, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	if q, ok := s.(sqldriver.StmtQueryContext); ok {
		return q.QueryContext(ctx, args)
	}
	//lint:ignore SA1019 base drivers may have nothing newer
	return s.Query(values(args))
}

func values(args []sqldriver.NamedValue) []sqldriver.Value {
	vs := make([]sqldriver.Value, len(args))
	for i, a := range args {
		vs[i] = a.Value
	}
	return vs
}
