//go:build go1.27

package driver_test

import (
	sqldriver "database/sql/driver"
	"reflect"
	"testing"
)

// Scanning straight into the caller's variables, such as arrays, comes with Go 1.27.
func TestRowsScanColumns(t *testing.T) {
	for name, typ := range objects(t, newWorld(t).open(t, 1)) {
		if isRows := name == "rows" || name == "rows of a prepared statement"; !isRows {
			continue
		}
		if !typ.Implements(reflect.TypeFor[sqldriver.RowsColumnScanner]()) {
			t.Errorf("%s: %v is no RowsColumnScanner", name, typ)
		}
	}
}
