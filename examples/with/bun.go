package with

import (
	"context"
	"database/sql"

	"github.com/lib/pq"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// Bun is a [Store] on bun.
type Bun struct{ db *bun.DB }

// NewBun gives bun the handle. bun's own pgdriver would go around docex.
func NewBun(_ context.Context, db *sql.DB) (Store, error) {
	return Bun{bun.NewDB(db, pgdialect.New())}, nil
}

type bunAuthor struct {
	bun.BaseModel `bun:"table:author"`

	ID   int64 `bun:",pk,autoincrement"`
	Name string
}

type bunDocument struct {
	bun.BaseModel `bun:"table:document"`

	ID       int64 `bun:",pk,autoincrement"`
	AuthorID int64
	Author   *bunAuthor `bun:"rel:belongs-to"`
	Title    string
	State    string
	Tags     pq.StringArray
}

func (s Bun) Add(ctx context.Context, author string, d Document) error {
	return s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&bunAuthor{Name: author}).On("CONFLICT DO NOTHING").Returning("NULL").Exec(ctx)
		if err != nil {
			return err
		}
		var a bunAuthor
		if err := tx.NewSelect().Model(&a).Where("name = ?", author).Scan(ctx); err != nil {
			return err
		}
		row := &bunDocument{AuthorID: a.ID, Title: d.Title, State: d.State, Tags: d.Tags}
		_, err = tx.NewInsert().Model(row).Exec(ctx)
		return err
	})
}

func (s Bun) Find(ctx context.Context, author, state string) (found []Document, err error) {
	var rows []bunDocument
	err = s.db.NewSelect().Model(&rows).Relation("Author").
		Where("author.name = ?", author).Where("state = ?", state).Order("title").Scan(ctx)
	for _, r := range rows {
		found = append(found, Document{r.Title, r.State, r.Tags})
	}
	return found, err
}

func (s Bun) Finish(ctx context.Context, author string, titles ...string) (int64, error) {
	result, err := s.db.NewUpdate().Model((*bunDocument)(nil)).Set("state = 'final'").
		Where("author_id = (?)", s.db.NewSelect().Model((*bunAuthor)(nil)).Column("id").Where("name = ?", author)).
		Where("title IN ?", bun.Tuple(titles)).Exec(ctx)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s Bun) Steal(ctx context.Context) error {
	_, err := s.db.NewSelect().Table("tenant_globex.document").Count(ctx)
	return err
}
