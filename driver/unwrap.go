package driver

import (
	sqldriver "database/sql/driver"
	"fmt"
	"reflect"

	"github.com/jackc/pgx/v5/stdlib"
)

// wrapperDepth bounds how many drivers around one another are followed, in case one leads in a circle.
const wrapperDepth = 8

// unwrap follows the drivers that wrap others, for tracing and the like, to a connection of docex's. What hides it is
// returned as it is.
func unwrap(dc any) any {
	for range wrapperDepth {
		if _, ours := dc.(*conn); ours {
			return dc
		}
		below := wrapped(dc)
		if below == nil {
			return dc
		}
		dc = below
	}
	return dc
}

// wrapped returns the connection that a wrapper's leads to, or nil. database/sql defines no way, so each library has
// its own: otelsql, sqlcommenter and sentry the method Raw; dd-trace-go WrappedConn; sqldb-logger and sqlhooks the
// field Conn.
func wrapped(dc any) sqldriver.Conn {
	switch w := dc.(type) {
	case interface{ Raw() sqldriver.Conn }:
		return w.Raw()
	case interface{ WrappedConn() sqldriver.Conn }:
		return w.WrappedConn()
	}
	v := reflect.Indirect(reflect.ValueOf(dc))
	if v.Kind() != reflect.Struct {
		return nil
	}
	field, ok := v.Type().FieldByName("Conn")
	if !ok || len(field.Index) > 1 { // of something embedded, which may be nil
		return nil
	}
	c, _ := v.FieldByIndex(field.Index).Interface().(sqldriver.Conn)
	return c
}

// notDocex says why a connection is not docex's.
func notDocex(dc any) error {
	_, isConn := dc.(sqldriver.Conn)
	if _, isPgx := dc.(*stdlib.Conn); isPgx || !isConn {
		return ErrNotDocex
	}
	return fmt.Errorf("%w, or the driver around it hides it: %T has no method Raw() driver.Conn that leads to the "+
		"connection below; use a handle without that driver for CopyFrom, CopyTo, SendBatch and Bind, or trace with "+
		"pgx's Tracer, see Config.BeforeConnect", ErrNotDocex, dc)
}
