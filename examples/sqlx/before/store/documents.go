package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Document is a text in a basket.
type Document struct {
	ID        int64          `db:"id" json:"id"`
	BasketID  int64          `db:"basket_id" json:"basket_id"`
	Name      string         `db:"name" json:"name"`
	Body      string         `db:"body" json:"body,omitempty"`
	Size      int64          `db:"size" json:"size"`
	Tags      pq.StringArray `db:"tags" json:"tags"`
	CreatedBy string         `db:"created_by" json:"created_by"`
	CreatedAt time.Time      `db:"created_at" json:"created_at"`
	ExpiresAt *time.Time     `db:"expires_at" json:"expires_at,omitempty"`

	Metadata map[string]string `db:"-" json:"metadata,omitempty"`
}

const (
	documentColumns = `id, basket_id, name, size, tags, created_by, created_at, expires_at`

	documentByID = `SELECT ` + documentColumns + `, body FROM document WHERE id = $1`

	insertDocument = `
INSERT INTO document (basket_id, name, body, tags, created_by, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING id, size, created_at`
)

// CreateDocument stores a document with its metadata and fills in its id, size and time.
func (s *Store) CreateDocument(ctx context.Context, d *Document) error {
	if d.Tags == nil {
		d.Tags = pq.StringArray{}
	}
	return s.inTx(ctx, func(tx *sqlx.Tx) error {
		row := tx.QueryRowxContext(ctx, insertDocument,
			d.BasketID, d.Name, d.Body, pq.Array(d.Tags), d.CreatedBy, d.ExpiresAt)
		if err := row.Scan(&d.ID, &d.Size, &d.CreatedAt); err != nil {
			return translate("create document", err)
		}
		if err := putMetadata(ctx, tx, d.ID, d.Metadata); err != nil {
			return err
		}
		return note(ctx, tx, d.CreatedBy, "create", fmt.Sprintf("document %d", d.ID))
	})
}

// ImportDocuments stores many documents at once: all of them, or none.
func (s *Store) ImportDocuments(ctx context.Context, basket int64, user string, documents []Document) error {
	for i := range documents {
		documents[i].BasketID, documents[i].CreatedBy = basket, user
		if documents[i].Tags == nil {
			documents[i].Tags = pq.StringArray{}
		}
	}
	return s.inTx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.NamedExecContext(ctx, `
			INSERT INTO document (basket_id, name, body, tags, created_by, expires_at)
			VALUES (:basket_id, :name, :body, :tags, :created_by, :expires_at)`, documents)
		if err != nil {
			return translate("import", err)
		}
		return note(ctx, tx, user, "import", fmt.Sprintf("%d documents into basket %d", len(documents), basket))
	})
}

// Document returns a document with its body and metadata.
func (s *Store) Document(ctx context.Context, id int64) (Document, error) {
	var d Document
	if err := s.documentByID.GetContext(ctx, &d, id); err != nil {
		return d, translate("document", err)
	}
	var err error
	d.Metadata, err = s.metadata(ctx, id)
	return d, err
}

// Documents returns a page of a basket's documents, without their bodies.
func (s *Store) Documents(ctx context.Context, basket int64, p Page) ([]Document, error) {
	documents := []Document{}
	err := s.db.SelectContext(ctx, &documents, `
		SELECT `+documentColumns+` FROM document
		WHERE basket_id = $1 AND id > $2 ORDER BY id LIMIT $3`, basket, p.After, p.limit())
	return documents, translate("documents", err)
}

// DocumentsByID returns those of the documents that exist, in the order of their ids.
func (s *Store) DocumentsByID(ctx context.Context, ids []int64) ([]Document, error) {
	documents := []Document{}
	if len(ids) == 0 {
		return documents, nil
	}
	query, args, err := sqlx.In(`
		SELECT `+documentColumns+` FROM document WHERE id IN (?) ORDER BY id`, ids)
	if err != nil {
		return nil, fmt.Errorf("store: documents by id: %w", err)
	}
	err = s.db.SelectContext(ctx, &documents, s.db.Rebind(query), args...)
	return documents, translate("documents by id", err)
}

// MoveDocuments puts documents into another basket and returns how many there were.
func (s *Store) MoveDocuments(ctx context.Context, user string, ids []int64, basket int64) (moved int64, err error) {
	err = s.inTx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, `
			UPDATE document SET basket_id = $1 WHERE id = ANY($2)`, basket, pq.Array(ids))
		if err != nil {
			return translate("move documents", err)
		}
		if moved, err = result.RowsAffected(); err != nil {
			return fmt.Errorf("store: move documents: %w", err)
		}
		return note(ctx, tx, user, "move", fmt.Sprintf("%d documents to basket %d", moved, basket))
	})
	return moved, err
}

// DeleteDocument removes a document.
func (s *Store) DeleteDocument(ctx context.Context, user string, id int64) error {
	return s.inTx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM document WHERE id = $1`, id)
		if err := affected("delete document", result, err); err != nil {
			return err
		}
		return note(ctx, tx, user, "delete", fmt.Sprintf("document %d", id))
	})
}
