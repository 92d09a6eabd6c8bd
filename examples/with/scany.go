package with

import (
	"context"
	"database/sql"

	"github.com/georgysavva/scany/v2/sqlscan"
	"github.com/lib/pq"
)

// Scany is a [Store] on scany's sqlscan, which reads the rows of database/sql into structs. pgxscan is for pgx's rows.
type Scany struct{ db *sql.DB }

// NewScany needs nothing: sqlscan takes the handle at each call.
func NewScany(_ context.Context, db *sql.DB) (Store, error) { return Scany{db}, nil }

func (s Scany) Add(ctx context.Context, author string, d Document) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, err = tx.ExecContext(ctx, `INSERT INTO author (name) VALUES ($1) ON CONFLICT DO NOTHING`, author)
	if err != nil {
		return err
	}
	var id int64
	if err := sqlscan.Get(ctx, tx, &id, `SELECT id FROM author WHERE name = $1`, author); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO document (author_id, title, state, tags) VALUES ($1, $2, $3, $4)`,
		id, d.Title, d.State, pq.Array(d.Tags))
	if err != nil {
		return err
	}
	return tx.Commit()
}

func (s Scany) Find(ctx context.Context, author, state string) (found []Document, err error) {
	var rows []struct {
		Title, State string
		Tags         pq.StringArray
	}
	err = sqlscan.Select(ctx, s.db, &rows, `
		SELECT title, state, tags FROM document JOIN author ON author.id = author_id
		WHERE name = $1 AND state = $2 ORDER BY title`, author, state)
	for _, r := range rows {
		found = append(found, Document{r.Title, r.State, r.Tags})
	}
	return found, err
}

// Finish passes a slice as one argument: pgx makes an array of it.
func (s Scany) Finish(ctx context.Context, author string, titles ...string) (int64, error) {
	var finished []int64
	err := sqlscan.Select(ctx, s.db, &finished, `
		UPDATE document SET state = 'final' FROM author
		WHERE author.id = author_id AND name = $1 AND title = ANY($2) RETURNING document.id`, author, titles)
	return int64(len(finished)), err
}

func (s Scany) Steal(ctx context.Context) error {
	var n int
	return sqlscan.Get(ctx, s.db, &n, `SELECT count(*) FROM tenant_globex.document`)
}
