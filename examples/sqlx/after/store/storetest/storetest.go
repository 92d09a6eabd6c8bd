// Package storetest makes stores over sqlmock.
package storetest

import (
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/docex/docex/driver"
	"github.com/docex/docex/driver/drivertest"
	"github.com/docex/docex/scope"
	"github.com/jmoiron/sqlx"

	"github.com/docex/docex/examples/sqlx/after/store"
)

// New returns a store, and the mock to put expectations into. What was not met fails the test.
func New(t *testing.T) (*store.Store, sqlmock.Sqlmock) {
	t.Helper()
	db, mock, _ := drivertest.New(t, driver.Config{})
	db = driver.Bind(db, scope.UserContext{UserID: "ann", TenantID: "acme"})
	return store.New(sqlx.NewDb(db, driver.Name)), mock
}
