package drivertest

import (
	"database/sql"
	sqldriver "database/sql/driver"
	"reflect"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
)

// A mock has every interface of sqlmock's own connection that database/sql looks for.
func TestInterfacesEqualSqlmock(t *testing.T) {
	plain, mock, err := sqlmock.New()
	if err != nil {
		t.Fatal(err)
	}
	defer closeQuietly(plain)
	ours, theirs := reflect.TypeFor[*conn](), reflect.TypeOf(mock)
	for _, iface := range []reflect.Type{
		reflect.TypeFor[sqldriver.ConnBeginTx](), reflect.TypeFor[sqldriver.ConnPrepareContext](),
		reflect.TypeFor[sqldriver.ExecerContext](), reflect.TypeFor[sqldriver.QueryerContext](),
		reflect.TypeFor[sqldriver.Pinger](), reflect.TypeFor[sqldriver.NamedValueChecker](),
		reflect.TypeFor[sqldriver.SessionResetter](), reflect.TypeFor[sqldriver.Validator](),
	} {
		if got, want := ours.Implements(iface), theirs.Implements(iface); got != want {
			t.Errorf("implements %v: %t, want %t", iface, got, want)
		}
	}
}

func closeQuietly(db *sql.DB) { _ = db.Close() } // sqlmock calls it unexpected
