// Package storetest makes stores over sqlmock.
package storetest

import (
	"testing"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/jmoiron/sqlx"

	"github.com/docex/docex/examples/sqlx/before/store"
)

// New returns a store, and the mock to put expectations into. What was not met fails the test.
func New(t *testing.T) (*store.Store, sqlmock.Sqlmock) {
	t.Helper()
	db, mock, err := sqlmock.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mock.ExpectationsWereMet(); err != nil {
			t.Error(err)
		}
	})
	mock.ExpectPrepare("FROM document WHERE id")
	mock.ExpectPrepare("FROM metadata")
	s, err := store.New(sqlx.NewDb(db, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	return s, mock
}
