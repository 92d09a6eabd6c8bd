package driver

import (
	"cmp"
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"

	"github.com/docex/docex/internal/unwrap"
	"github.com/jackc/pgx/v5/stdlib"
)

var errNotPgx = errors.New("docex: the base driver is not pgx, which this needs; for a test with a mock, package " +
	"drivertest answers CopyFrom, CopyTo and SendBatch, and code can take the tenants as an iter.Seq2[string, error]")

// onConn runs f on the guarded connection behind sc, for what pgx has a method for and database/sql has none. f holds
// the lock that database/sql has on the connection.
//
// Neither f's error nor its panic goes through Raw. For driver.ErrBadConn, and for a panic, Raw closes sc, and waits
// for ever when a transaction is open on it. A connection that is not to be used again says so through IsValid.
func onConn(ctx context.Context, sc *sql.Conn, op string, f func(c *conn) error) error {
	// pgx says of a context that ended before that the operation may be retried, which is database/sql's to do, not ours.
	if err := ctx.Err(); err != nil {
		return &Error{Op: op, Err: err}
	}
	var result error
	var panicked any
	err := sc.Raw(func(dc any) error {
		defer func() { panicked = recover() }()
		c, err := find(op, dc)
		switch {
		case err != nil:
			result = err
		case c.server().pgx == nil && c.server().double == nil:
			result = &Error{Op: op, Err: errNotPgx}
		default:
			result = f(c)
		}
		return nil
	})
	if panicked != nil {
		panic(panicked)
	}
	return cmp.Or(err, result) // the former: sc is closed
}

// find returns the guarded connection behind what sql.Conn.Raw hands out.
func find(op string, dc any) (*conn, error) {
	dc = unwrap.To[*conn](dc)
	if c, ok := dc.(*conn); ok {
		return c, nil
	}
	_, isConn := dc.(sqldriver.Conn)
	if _, isPgx := dc.(*stdlib.Conn); isPgx || !isConn {
		return nil, &Error{Op: op, Err: ErrNotDocex}
	}
	return nil, &Error{Op: op, Err: fmt.Errorf("%w, or the driver around it hides it: %T has no method "+
		"Raw() driver.Conn that leads to the connection below; use a handle without that driver for CopyFrom, CopyTo, "+
		"SendBatch, Tenants and Bind, or trace with pgx's Tracer, see Config.BeforeConnect", ErrNotDocex, dc)}
}
