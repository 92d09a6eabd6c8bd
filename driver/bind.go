package driver

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"

	"github.com/docex/docex/scope"
)

// Bind returns a *sql.DB whose every statement runs for uc, for code that passes no context, such as db.Query and
// sqlx's db.Get. It takes its connections from db, one for as long as it needs one, so db's limits hold for both. It
// keeps nothing open between calls, so a statement of its Prepare is prepared anew at each use; Close frees what little
// it has and leaves db open.
//
// db must have been opened with this driver, or every call gives [ErrNotDocex]. A driver around this one, such as one
// for tracing, does not see what runs through the result. An invalid uc gives scope.ErrInvalidUserContext at each call,
// a context that names another tenant scope.ErrTenantMismatch. Safe for concurrent use like any *sql.DB.
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
	if uc, err := scope.From(b.carrier); err == nil {
		ctx = scope.With(ctx, uc) // for db to look for a connection that has served the tenant
	}
	outer, err := b.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var c *conn
	err = outer.Raw(func(dc any) (err error) {
		if c, err = find("bind", dc); err == nil && c.outer != nil {
			err = &Error{Op: "bind", Err: scope.ErrTenantMismatch}
		}
		return err
	})
	if err != nil {
		_ = outer.Close() // the refusal is the error to report
		return nil, err
	}
	return &conn{outer: outer, bound: c.server(), carrier: b.carrier}, nil
}

func (b boundConnector) Driver() sqldriver.Driver { return registered{} }

// bind puts the UserContext of a checkout that Bind has made into ctx. A ctx that has one must name the same tenant.
func (c *conn) bind(ctx context.Context) (context.Context, error) {
	if c.carrier == nil {
		return ctx, nil
	}
	uc, err := scope.From(c.carrier)
	if err != nil {
		return ctx, &Error{Op: "bind", Err: err}
	}
	given, err := scope.From(ctx)
	switch {
	case errors.Is(err, scope.ErrNoUserContext):
		return scope.With(ctx, uc), nil
	case err != nil:
		return ctx, &Error{Op: "bind", Err: err}
	case given.TenantID != uc.TenantID:
		return ctx, &Error{Op: "bind", TenantID: given.TenantID, Err: scope.ErrTenantMismatch}
	}
	return ctx, nil
}
