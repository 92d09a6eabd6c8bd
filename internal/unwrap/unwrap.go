// Package unwrap follows drivers that wrap others, for tracing and the like, to the connection below. [To] is the entry
// point.
//
// Not promised: that a wrapper shows what it wraps. database/sql defines no way.
package unwrap

import (
	sqldriver "database/sql/driver"
	"reflect"
)

// depth bounds how many drivers around one another are followed, in case one leads in a circle.
const depth = 8

// To returns the connection of type C that is dc or that dc leads to. What hides it is returned as it is.
func To[C sqldriver.Conn](dc any) any {
	for range depth {
		if _, found := dc.(C); found {
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
