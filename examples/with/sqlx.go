package with

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Sqlx is a [Store] on sqlx.
type Sqlx struct{ db *sqlx.DB }

// NewSqlx tells sqlx the name of the driver, so that Rebind and named queries know the placeholders. It is what
// sqlx.Open("docex", dsn) does.
func NewSqlx(_ context.Context, db *sql.DB) (Store, error) { return Sqlx{sqlx.NewDb(db, "docex")}, nil }

// sqlxDocument has lib/pq's type for the array: database/sql has none, and pgx takes it as it comes.
type sqlxDocument struct {
	Author, Title, State string
	Tags                 pq.StringArray
}

func (s Sqlx) Add(ctx context.Context, author string, d Document) error {
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	row := sqlxDocument{author, d.Title, d.State, d.Tags}
	_, err = tx.NamedExecContext(ctx, `INSERT INTO author (name) VALUES (:author) ON CONFLICT DO NOTHING`, row)
	if err != nil {
		return err
	}
	_, err = tx.NamedExecContext(ctx, `
		INSERT INTO document (author_id, title, state, tags)
		SELECT id, :title, :state, :tags FROM author WHERE name = :author`, row)
	if err != nil {
		return err
	}
	return tx.Commit()
}

func (s Sqlx) Find(ctx context.Context, author, state string) ([]Document, error) {
	var rows []sqlxDocument
	err := s.db.SelectContext(ctx, &rows, `
		SELECT title, state, tags FROM document
		WHERE author_id = (SELECT id FROM author WHERE name = $1) AND state = $2 ORDER BY title`, author, state)
	var found []Document
	for _, r := range rows {
		found = append(found, Document{r.Title, r.State, r.Tags})
	}
	return found, err
}

func (s Sqlx) Finish(ctx context.Context, author string, titles ...string) (int64, error) {
	query, args, err := sqlx.In(`
		UPDATE document SET state = 'final'
		WHERE author_id = (SELECT id FROM author WHERE name = ?) AND title IN (?)`, author, titles)
	if err != nil {
		return 0, err
	}
	result, err := s.db.ExecContext(ctx, s.db.Rebind(query), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s Sqlx) Steal(ctx context.Context) error {
	var n int
	return s.db.GetContext(ctx, &n, `SELECT count(*) FROM tenant_globex.document`)
}
