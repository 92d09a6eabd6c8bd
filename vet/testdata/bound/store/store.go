// Package store hands out handles.
package store

import (
	"database/sql"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/scope"
)

type Store struct {
	Bound  *sql.DB // want Bound:"bound"
	Marked *sql.DB //docex:bound // want Marked:"bound"
	Plain  *sql.DB
}

func New(db *sql.DB, uc scope.UserContext) *Store {
	return &Store{Bound: driver.Bind(db, uc), Plain: db}
}

func (s *Store) DB() *sql.DB { return s.Bound } // want DB:"bound"

func Plain(db *sql.DB) *sql.DB { return db }

// Named is not looked into.
//
//docex:bound
func Named(handles func() *sql.DB) *sql.DB { return handles() } // want Named:"bound"
