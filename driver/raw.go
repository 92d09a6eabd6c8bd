package driver

import (
	"cmp"
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
)

var errNotPgx = errors.New("docex: the base driver is not pgx")

// onConn runs f on the guarded connection behind sc, for what database/sql has no method for. f holds the lock that
// database/sql has on the connection.
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
		var c *conn
		if c, result = find(op, dc); result == nil {
			result = f(c)
		}
		return nil
	})
	if panicked != nil {
		panic(panicked)
	}
	return cmp.Or(err, result) // the former: sc is closed
}

// wrapperDepth bounds how many drivers around docex's are looked through, in case one leads in a circle.
const wrapperDepth = 8

// find returns the guarded connection behind what sql.Conn.Raw hands out.
func find(op string, dc any) (*conn, error) {
	for range wrapperDepth {
		b := below(dc)
		if b == nil {
			break
		}
		dc = b
	}
	if c, ok := dc.(*conn); ok {
		return c, nil
	}
	return nil, &Error{Op: op, Err: notDocex(dc)}
}

// below returns the connection that one of another driver wraps, for tracing and the like, or nil. Such drivers have
// accessors of their own: Raw in otelsql and sqlmw's kin, with a function or without, and Unwrap or UnderlyingConn
// elsewhere. database/sql defines none.
func below(dc any) (b any) {
	switch w := dc.(type) {
	case interface{ Raw() sqldriver.Conn }:
		b = w.Raw()
	case interface{ Unwrap() sqldriver.Conn }:
		b = w.Unwrap()
	case interface{ UnderlyingConn() sqldriver.Conn }:
		b = w.UnderlyingConn()
	case interface{ Conn() sqldriver.Conn }:
		b = w.Conn()
	case interface{ Raw(func(any) error) error }:
		if w.Raw(func(c any) error { b = c; return nil }) != nil {
			return nil
		}
	}
	return b
}

// notDocex says why a connection is not docex's.
func notDocex(dc any) error {
	if _, isConn := dc.(sqldriver.Conn); !isConn {
		return ErrNotDocex
	}
	return fmt.Errorf("%w, or the driver that wraps it hides it (%T has none of the methods Raw, Unwrap, UnderlyingConn "+
		"and Conn that lead to the connection below): open a second handle without the wrapper for CopyFrom, CopyTo, "+
		"SendBatch and Bind", ErrNotDocex, dc)
}
