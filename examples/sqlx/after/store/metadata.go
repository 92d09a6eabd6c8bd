package store

import (
	"context"
	"maps"
	"slices"

	"github.com/jmoiron/sqlx"
)

const metadataOf = `SELECT document_id, key, value FROM metadata WHERE document_id = $1 ORDER BY key`

// entry is a row of metadata.
type entry struct {
	DocumentID int64  `db:"document_id"`
	Key        string `db:"key"`
	Value      string `db:"value"`
}

// metadata returns a document's metadata, or nil if it has none.
func (s *Store) metadata(ctx context.Context, document int64) (map[string]string, error) {
	var entries []entry
	if err := s.db.SelectContext(ctx, &entries, metadataOf, document); err != nil {
		return nil, translate("metadata", err)
	}
	if len(entries) == 0 {
		return nil, nil
	}
	metadata := make(map[string]string, len(entries))
	for _, e := range entries {
		metadata[e.Key] = e.Value
	}
	return metadata, nil
}

// SetMetadata adds to a document's metadata, and replaces what is there under the same keys.
func (s *Store) SetMetadata(ctx context.Context, document int64, metadata map[string]string) error {
	return s.inTx(ctx, func(tx *sqlx.Tx) error {
		return putMetadata(ctx, tx, document, metadata)
	})
}

// DeleteMetadata removes one key.
func (s *Store) DeleteMetadata(ctx context.Context, document int64, key string) error {
	result, err := s.db.ExecContext(ctx, `
		DELETE FROM metadata WHERE document_id = $1 AND key = $2`, document, key)
	return affected("delete metadata", result, err)
}

func putMetadata(ctx context.Context, tx *sqlx.Tx, document int64, metadata map[string]string) error {
	if len(metadata) == 0 {
		return nil
	}
	var entries []entry
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		entries = append(entries, entry{document, key, metadata[key]})
	}
	_, err := tx.NamedExecContext(ctx, `
		INSERT INTO metadata (document_id, key, value)
		VALUES (:document_id, :key, :value)
		ON CONFLICT (document_id, key) DO UPDATE SET value = excluded.value`, entries)
	return translate("set metadata", err)
}
