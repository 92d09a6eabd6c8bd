package driver

import (
	sqldriver "database/sql/driver"
	"fmt"
)

// Drivers that wrap others, for tracing and the like, have accessors of their own for the connection below: Raw in otelsql
// and sqlmw's kin, with a function or without, and Unwrap or UnderlyingConn elsewhere. database/sql defines none.
//
// wrapperDepth bounds how many are followed, in case one leads in a circle.
const wrapperDepth = 8

// unwrap follows such accessors to a connection of docex's. What hides it is returned as it is.
func unwrap(dc any) any {
	for range wrapperDepth {
		var below any
		switch w := dc.(type) {
		case *conn:
			return dc
		case interface{ Raw() sqldriver.Conn }:
			below = w.Raw()
		case interface{ Unwrap() sqldriver.Conn }:
			below = w.Unwrap()
		case interface{ UnderlyingConn() sqldriver.Conn }:
			below = w.UnderlyingConn()
		case interface{ Conn() sqldriver.Conn }:
			below = w.Conn()
		case interface{ Raw(func(any) error) error }:
			if w.Raw(func(c any) error { below = c; return nil }) != nil {
				return dc
			}
		}
		if below == nil {
			return dc
		}
		dc = below
	}
	return dc
}

// notDocex says why a connection is not docex's.
func notDocex(dc any) error {
	if _, isConn := dc.(sqldriver.Conn); !isConn {
		return ErrNotDocex
	}
	return fmt.Errorf("%w, or the driver that wraps it hides it (%T has none of the methods Raw, Unwrap, UnderlyingConn and Conn "+
		"that lead to the connection below): open a second handle without the wrapper for CopyFrom, CopyTo, SendBatch and Bind", ErrNotDocex, dc)
}
