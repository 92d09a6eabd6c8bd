package with

import (
	"context"
	"database/sql"

	"github.com/docex/docex/examples/with/sqlcdb"
)

// Sqlc is a [Store] on what sqlc generates for database/sql (sqlc.yaml says sql_package: database/sql). The output for
// pgx/v5 cannot run on docex.
type Sqlc struct {
	db      *sql.DB
	queries *sqlcdb.Queries
}

// NewSqlc sends the queries as texts.
func NewSqlc(_ context.Context, db *sql.DB) (Store, error) { return Sqlc{db, sqlcdb.New(db)}, nil }

// NewSqlcPrepared prepares all queries first (emit_prepared_queries). They are checked for the tenant of ctx then, so
// this fails where the guard refuses one. Each execution runs for the tenant of its own context.
func NewSqlcPrepared(ctx context.Context, db *sql.DB) (Store, error) {
	queries, err := sqlcdb.Prepare(ctx, db)
	return Sqlc{db, queries}, err
}

func (s Sqlc) Add(ctx context.Context, author string, d Document) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	queries := s.queries.WithTx(tx)
	if err := queries.AddAuthor(ctx, author); err != nil {
		return err
	}
	err = queries.AddDocument(ctx, sqlcdb.AddDocumentParams{
		Author: author, Title: d.Title, State: sqlcdb.State(d.State), Tags: d.Tags,
	})
	if err != nil {
		return err
	}
	return tx.Commit()
}

func (s Sqlc) Find(ctx context.Context, author, state string) (found []Document, err error) {
	rows, err := s.queries.FindDocuments(ctx, sqlcdb.FindDocumentsParams{Author: author, State: sqlcdb.State(state)})
	for _, r := range rows {
		found = append(found, Document{r.Title, string(r.State), r.Tags})
	}
	return found, err
}

func (s Sqlc) Finish(ctx context.Context, author string, titles ...string) (int64, error) {
	return s.queries.FinishDocuments(ctx, sqlcdb.FinishDocumentsParams{Author: author, Titles: titles})
}

// Steal has no query of sqlc: `docex check sqlcdb/queries.sql` finds one that the guard refuses before it is used.
func (s Sqlc) Steal(ctx context.Context) error {
	return s.db.QueryRowContext(ctx, `SELECT count(*) FROM tenant_globex.document`).Err()
}
