package driver

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"

	"github.com/docex/docex/scope"
)

// Bind returns a *sql.DB whose every statement runs for uc, for code that passes no context, such as db.Query and sqlx's
// db.Get. It takes its connections from db, one for as long as it needs one, so db's limits hold for both. It keeps
// nothing open between calls, so a statement of its Prepare is prepared anew at each use; Close frees what little it has
// and leaves db open.
//
// db must have been opened with this driver, or every call gives [ErrNotDocex]. An invalid uc gives
// scope.ErrInvalidUserContext at each call, a context that names another tenant scope.ErrTenantMismatch. Safe for
// concurrent use like any *sql.DB.
func Bind(db *sql.DB, uc scope.UserContext) *sql.DB {
	// With copies uc: changing the caller's roles afterwards changes nothing.
	carrier := scope.With(context.Background(), uc)
	bound := sql.OpenDB(boundConnector{db: db, carrier: carrier})
	bound.SetMaxIdleConns(-1) // give each connection back to db at once
	return bound
}

// boundConnector takes connections out of another pool.
type boundConnector struct {
	db      *sql.DB
	carrier context.Context // holds the UserContext and nothing else
}

// Connect is called by the bound pool, possibly with a context that is not the caller's.
func (b boundConnector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	outer, err := b.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var inner *conn
	err = outer.Raw(func(dc any) error {
		switch dc := unwrap(dc).(type) {
		case *conn:
			inner = dc
			return nil
		case *boundConn:
			return &Error{Op: "bind", Err: scope.ErrTenantMismatch}
		default:
			return &Error{Op: "bind", Err: notDocex(dc)}
		}
	})
	if err != nil {
		_ = outer.Close() // the refusal is the error to report
		return nil, err
	}
	return &boundConn{conn: inner, outer: outer, carrier: b.carrier}, nil
}

func (b boundConnector) Driver() sqldriver.Driver { return registered{} }

// boundConn is a checkout of another pool that supplies the UserContext itself.
type boundConn struct {
	*conn
	outer   *sql.Conn
	carrier context.Context
}

// bind puts the bound UserContext into ctx. A ctx that has one must name the same tenant.
func (b *boundConn) bind(ctx context.Context) (context.Context, error) {
	bound, err := scope.From(b.carrier)
	if err != nil {
		return nil, &Error{Op: "bind", Err: err}
	}
	given, err := scope.From(ctx)
	if err == scope.ErrNoUserContext {
		return scope.With(ctx, bound), nil
	}
	if err != nil {
		return nil, &Error{Op: "bind", Err: err}
	}
	if given.TenantID != bound.TenantID {
		return nil, &Error{Op: "bind", TenantID: given.TenantID, Err: scope.ErrTenantMismatch}
	}
	return ctx, nil
}

func (b *boundConn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	ctx, err := b.bind(ctx)
	if err != nil {
		return nil, err
	}
	return b.conn.ExecContext(ctx, query, args)
}

func (b *boundConn) QueryContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	ctx, err := b.bind(ctx)
	if err != nil {
		return nil, err
	}
	return b.conn.QueryContext(ctx, query, args)
}

func (b *boundConn) PrepareContext(ctx context.Context, query string) (sqldriver.Stmt, error) {
	ctx, err := b.bind(ctx)
	if err != nil {
		return nil, err
	}
	s, err := b.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &boundStmt{stmt: s.(*stmt), bound: b}, nil
}

func (b *boundConn) BeginTx(ctx context.Context, opts sqldriver.TxOptions) (sqldriver.Tx, error) {
	ctx, err := b.bind(ctx)
	if err != nil {
		return nil, err
	}
	return b.conn.BeginTx(ctx, opts)
}

// Close is called when the bound pool is done with the checkout: the connection goes back to the pool it is from.
func (b *boundConn) Close() error { return b.outer.Close() }

// boundStmt is a statement of a boundConn.
type boundStmt struct {
	*stmt
	bound *boundConn
}

func (s *boundStmt) ExecContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	ctx, err := s.bound.bind(ctx)
	if err != nil {
		return nil, err
	}
	return s.stmt.ExecContext(ctx, args)
}

func (s *boundStmt) QueryContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	ctx, err := s.bound.bind(ctx)
	if err != nil {
		return nil, err
	}
	return s.stmt.QueryContext(ctx, args)
}
