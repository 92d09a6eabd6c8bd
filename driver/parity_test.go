package driver

import (
	sqldriver "database/sql/driver"
	"reflect"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
)

// optional are the interfaces that database/sql looks for on connections and statements.
var optional = map[string]reflect.Type{
	"ConnBeginTx":        reflect.TypeFor[sqldriver.ConnBeginTx](),
	"ConnPrepareContext": reflect.TypeFor[sqldriver.ConnPrepareContext](),
	"ExecerContext":      reflect.TypeFor[sqldriver.ExecerContext](),
	"QueryerContext":     reflect.TypeFor[sqldriver.QueryerContext](),
	"Pinger":             reflect.TypeFor[sqldriver.Pinger](),
	"SessionResetter":    reflect.TypeFor[sqldriver.SessionResetter](),
	"NamedValueChecker":  reflect.TypeFor[sqldriver.NamedValueChecker](),
	//lint:ignore SA1019 database/sql still looks for it
	"ColumnConverter":  reflect.TypeFor[sqldriver.ColumnConverter](),
	"StmtExecContext":  reflect.TypeFor[sqldriver.StmtExecContext](),
	"StmtQueryContext": reflect.TypeFor[sqldriver.StmtQueryContext](),
	"Validator":        reflect.TypeFor[sqldriver.Validator](),
}

// A wrapper that lacks an interface of pgx's changes what callers can do; one that adds NamedValueChecker to statements
// hides the connection's.
func TestInterfacesEqualPgx(t *testing.T) {
	for _, pair := range []struct {
		ours, theirs reflect.Type
		extra        string
	}{
		{reflect.TypeFor[*conn](), reflect.TypeFor[*stdlib.Conn](), "Validator"},
		{reflect.TypeFor[*stmt](), reflect.TypeFor[*stdlib.Stmt](), ""},
	} {
		for name, iface := range optional {
			want := pair.theirs.Implements(iface) || name == pair.extra
			if got := pair.ours.Implements(iface); got != want {
				t.Errorf("%v implements %s: %t, want %t", pair.ours, name, got, want)
			}
		}
	}
}

// Exported methods are what sql.Conn.Raw can reach. They are those of the driver interfaces, and CleanupDone and
// Pinning, which tell something and lead nowhere.
func TestNoOtherMethods(t *testing.T) {
	allowed := map[string]bool{"Close": true, "Begin": true, "Prepare": true, "CleanupDone": true, "Pinning": true}
	for _, iface := range optional {
		for m := range iface.Methods() {
			allowed[m.Name] = true
		}
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[*conn]()} {
		for m := range typ.Methods() {
			if !allowed[m.Name] {
				t.Errorf("%v has a method %s", typ, m.Name)
			}
		}
	}
}
