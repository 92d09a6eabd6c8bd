package stdlib

import (
	"context"
	sqldriver "database/sql/driver"

	"github.com/docex/docex/scope"
)

// tenantConnector makes connections of docex that put a tenant into each context, as a program's own code would.
type tenantConnector struct {
	sqldriver.Connector
	uc scope.UserContext
}

func (c tenantConnector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return conn{inner.(docexConn), c.uc}, nil
}

// docexConn is what docex's connections implement of database/sql's optional interfaces; package driver's tests hold
// them equal to pgx's.
type docexConn interface {
	sqldriver.Conn
	sqldriver.ConnBeginTx
	sqldriver.ConnPrepareContext
	sqldriver.ExecerContext
	sqldriver.QueryerContext
	sqldriver.Pinger
	sqldriver.SessionResetter
	sqldriver.NamedValueChecker
	sqldriver.Validator
}

type conn struct {
	docexConn
	uc scope.UserContext
}

func (c conn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	return c.docexConn.ExecContext(scope.With(ctx, c.uc), query, args)
}

func (c conn) QueryContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	return c.docexConn.QueryContext(scope.With(ctx, c.uc), query, args)
}

func (c conn) BeginTx(ctx context.Context, opts sqldriver.TxOptions) (sqldriver.Tx, error) {
	return c.docexConn.BeginTx(scope.With(ctx, c.uc), opts)
}

func (c conn) PrepareContext(ctx context.Context, query string) (sqldriver.Stmt, error) {
	inner, err := c.docexConn.PrepareContext(scope.With(ctx, c.uc), query)
	if err != nil {
		return nil, err
	}
	return stmt{inner.(docexStmt), c.uc}, nil
}

type docexStmt interface {
	sqldriver.Stmt
	sqldriver.StmtExecContext
	sqldriver.StmtQueryContext
}

type stmt struct {
	docexStmt
	uc scope.UserContext
}

func (s stmt) ExecContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	return s.docexStmt.ExecContext(scope.With(ctx, s.uc), args)
}

func (s stmt) QueryContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	return s.docexStmt.QueryContext(scope.With(ctx, s.uc), args)
}
