package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Basket holds documents.
type Basket struct {
	ID          int64     `db:"id" json:"id"`
	Name        string    `db:"name" json:"name"`
	Description string    `db:"description" json:"description"`
	CreatedBy   string    `db:"created_by" json:"created_by"`
	CreatedAt   time.Time `db:"created_at" json:"created_at"`
	Documents   int64     `db:"documents" json:"documents"`
}

const selectBaskets = `
SELECT b.id, b.name, b.description, b.created_by, b.created_at, count(d.id) AS documents
FROM basket b LEFT JOIN document d ON d.basket_id = b.id`

// CreateBasket makes a basket and fills in its id and time.
func (s *Store) CreateBasket(ctx context.Context, b *Basket) error {
	rows, err := s.db.NamedQueryContext(ctx, `
		INSERT INTO basket (name, description, created_by)
		VALUES (:name, :description, :created_by)
		RETURNING id, created_at`, b)
	if err != nil {
		return translate("create basket", err)
	}
	defer rows.Close()
	if rows.Next() {
		if err := rows.StructScan(b); err != nil {
			return fmt.Errorf("store: create basket: %w", err)
		}
	}
	return translate("create basket", rows.Err())
}

// Basket returns a basket.
func (s *Store) Basket(ctx context.Context, id int64) (Basket, error) {
	var b Basket
	err := s.db.GetContext(ctx, &b, selectBaskets+` WHERE b.id = $1 GROUP BY b.id`, id)
	return b, translate("basket", err)
}

// Baskets returns a page of baskets.
func (s *Store) Baskets(ctx context.Context, p Page) ([]Basket, error) {
	baskets := []Basket{}
	err := s.db.SelectContext(ctx, &baskets, selectBaskets+`
		WHERE b.id > $1 GROUP BY b.id ORDER BY b.id LIMIT $2`, p.After, p.limit())
	return baskets, translate("baskets", err)
}

// RenameBasket gives a basket another name and description.
func (s *Store) RenameBasket(ctx context.Context, b Basket) error {
	result, err := s.db.NamedExecContext(ctx, `
		UPDATE basket SET name = :name, description = :description WHERE id = :id`, b)
	return affected("rename basket", result, err)
}

// DeleteBasket removes a basket that holds nothing.
func (s *Store) DeleteBasket(ctx context.Context, id int64) error {
	result, err := s.db.ExecContext(ctx, `DELETE FROM basket WHERE id = $1`, id)
	var pqErr *pgconn.PgError
	if errors.As(err, &pqErr) && pqErr.Code == foreignKeyViolation {
		return fmt.Errorf("store: delete basket: %w", ErrNotEmpty)
	}
	return affected("delete basket", result, err)
}
