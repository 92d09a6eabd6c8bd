package drivertest

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/docex/docex/internal/session"
)

// mockConn is a sqlmock: the mock and the driver's connection are one object, with these optional interfaces.
type mockConn interface {
	sqlmock.Sqlmock
	sqldriver.Conn
	sqldriver.ConnBeginTx
	sqldriver.ConnPrepareContext
	sqldriver.ExecerContext
	sqldriver.QueryerContext
	sqldriver.Pinger
	sqldriver.NamedValueChecker
}

// connector opens connections of one mock.
type connector struct {
	mock  mockConn
	pins  *Pins
	plain *sql.DB
}

var _ sqldriver.Connector = connector{}

// Connect is called by the pool. All its connections are the one mock, as they are with sqlmock's own handle.
func (c connector) Connect(context.Context) (sqldriver.Conn, error) {
	return &conn{mockConn: c.mock, pins: c.pins, plain: c.plain}, nil
}

// Driver is called by sql.DB.Driver.
func (c connector) Driver() sqldriver.Driver { return c.plain.Driver() }

// conn is the mock. It answers pins, and does what pgx has a method for.
type conn struct {
	mockConn
	pins  *Pins
	plain *sql.DB // asks the mock for what is no call of database/sql
}

var _ session.Double = (*conn)(nil)

// Pin is called by the driver before the first statement of each checkout; and, without a tenant, for another user.
func (c *conn) Pin(_ context.Context, t session.Target, _ string) error {
	if t.Tenant == "" {
		return nil
	}
	return c.pins.pin(t.Tenant)
}
