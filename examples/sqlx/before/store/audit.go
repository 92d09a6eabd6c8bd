package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Event is an entry of the audit log.
type Event struct {
	ID      int64     `db:"id" json:"id"`
	At      time.Time `db:"at" json:"at"`
	Actor   string    `db:"actor" json:"actor"`
	Action  string    `db:"action" json:"action"`
	Subject string    `db:"subject" json:"subject"`
}

// Audit returns a page of the audit log.
func (s *Store) Audit(ctx context.Context, p Page) ([]Event, error) {
	events := []Event{}
	err := s.db.SelectContext(ctx, &events, `
		SELECT id, at, actor, action, subject FROM audit WHERE id > $1 ORDER BY id LIMIT $2`, p.After, p.limit())
	return events, translate("audit", err)
}

// note writes an entry in the transaction of what it tells.
func note(ctx context.Context, tx *sqlx.Tx, actor, action, subject string) error {
	_, err := tx.NamedExec(`
		INSERT INTO audit (actor, action, subject) VALUES (:actor, :action, :subject)`,
		Event{Actor: actor, Action: action, Subject: subject})
	return translate("audit", err)
}

// Expire deletes up to limit documents that have expired and returns their names.
func (s *Store) Expire(ctx context.Context, now time.Time, limit int) ([]string, error) {
	var names []string
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		err := tx.SelectContext(ctx, &names, `
			WITH due AS (
				SELECT id FROM document WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
			)
			DELETE FROM document USING due WHERE document.id = due.id RETURNING document.name`, now, limit)
		if err != nil || len(names) == 0 {
			return translate("expire", err)
		}
		for _, name := range names {
			if err := note(ctx, tx, "expire", "delete", name); err != nil {
				return err
			}
		}
		return nil
	})
	return names, err
}
