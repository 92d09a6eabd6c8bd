// Package store keeps baskets of documents in PostgreSQL.
package store

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// Store is the database. It is safe for concurrent use.
type Store struct {
	db *sqlx.DB

	documentByID *sqlx.Stmt
	metadataOf   *sqlx.Stmt
}

// New prepares the statements that most requests need.
func New(db *sqlx.DB) (*Store, error) {
	s := &Store{db: db}
	var err error
	if s.documentByID, err = db.Preparex(documentByID); err != nil {
		return nil, fmt.Errorf("store: prepare document: %w", err)
	}
	if s.metadataOf, err = db.Preparex(metadataOf); err != nil {
		return nil, fmt.Errorf("store: prepare metadata: %w", err)
	}
	return s, nil
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return s.db.PingContext(ctx)
}

// Page says which part of a list is wanted. Rows come in the order of their ids.
type Page struct {
	After int64 // the last id of the page before, or 0
	Limit int   // 1 to MaxLimit; 0 means DefaultLimit
}

// Sizes of a page.
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

func (p Page) limit() int {
	switch {
	case p.Limit <= 0:
		return DefaultLimit
	case p.Limit > MaxLimit:
		return MaxLimit
	default:
		return p.Limit
	}
}

// inTx runs f in a transaction, and commits if f returns nil.
func (s *Store) inTx(ctx context.Context, f func(*sqlx.Tx) error) error {
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer tx.Rollback() // after a commit it does nothing
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return translate("commit", err)
	}
	return nil
}
