package with

import (
	"context"
	"database/sql"

	sq "github.com/Masterminds/squirrel"
	"github.com/lib/pq"
)

// Squirrel is a [Store] on squirrel.
type Squirrel struct {
	db   *sql.DB
	runs sq.BaseRunner
}

// NewSquirrel sends each text as it is built.
func NewSquirrel(_ context.Context, db *sql.DB) (Store, error) { return Squirrel{db, db}, nil }

// NewSquirrelPrepared keeps each text as a prepared statement. Each execution runs for the tenant of its context.
func NewSquirrelPrepared(_ context.Context, db *sql.DB) (Store, error) {
	return Squirrel{db, sq.NewStmtCache(db)}, nil
}

// dollar has PostgreSQL's placeholders. squirrel writes ? without it, which the guard refuses.
var dollar = sq.StatementBuilder.PlaceholderFormat(sq.Dollar)

func (s Squirrel) Add(ctx context.Context, author string, d Document) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	build := dollar.RunWith(tx)
	_, err = build.Insert("author").Columns("name").Values(author).Suffix("ON CONFLICT DO NOTHING").ExecContext(ctx)
	if err != nil {
		return err
	}
	_, err = build.Insert("document").Columns("author_id", "title", "state", "tags").
		Values(authorNamed(author), d.Title, d.State, pq.Array(d.Tags)).ExecContext(ctx)
	if err != nil {
		return err
	}
	return tx.Commit()
}

// authorNamed is a subquery in the place of a value.
func authorNamed(name string) sq.Sqlizer {
	return sq.Expr("(SELECT id FROM author WHERE name = ?)", name)
}

func (s Squirrel) Find(ctx context.Context, author, state string) (found []Document, err error) {
	rows, err := dollar.RunWith(s.runs).Select("title", "state", "tags").
		From("document JOIN author ON author.id = author_id").
		Where(sq.Eq{"name": author, "state": state}).OrderBy("title").QueryContext(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var d Document
		if err := rows.Scan(&d.Title, &d.State, pq.Array(&d.Tags)); err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	return found, rows.Err()
}

func (s Squirrel) Finish(ctx context.Context, author string, titles ...string) (int64, error) {
	result, err := dollar.RunWith(s.runs).Update("document").Set("state", "final").
		Where(sq.Expr("author_id = (?)", sq.Select("id").From("author").Where(sq.Eq{"name": author}))).
		Where(sq.Eq{"title": titles}).ExecContext(ctx)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s Squirrel) Steal(ctx context.Context) error {
	var n int
	return dollar.RunWith(s.runs).Select("count(*)").From("tenant_globex.document").QueryRowContext(ctx).Scan(&n)
}
