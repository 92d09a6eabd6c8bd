package with

import (
	"context"
	"database/sql"

	"github.com/doug-martin/goqu/v9"
	_ "github.com/doug-martin/goqu/v9/dialect/postgres" // or goqu writes ? for an argument
	"github.com/lib/pq"
)

// Goqu is a [Store] on goqu.
type Goqu struct {
	db        *goqu.Database
	arguments bool
}

// NewGoqu has values passed as arguments.
func NewGoqu(_ context.Context, db *sql.DB) (Store, error) {
	return Goqu{goqu.New("postgres", db), true}, nil
}

// NewGoquTexts has goqu write values into the text, as it does unless told. It costs more: see docs/works-with.md.
func NewGoquTexts(_ context.Context, db *sql.DB) (Store, error) {
	return Goqu{goqu.New("postgres", db), false}, nil
}

// authorNamed is a subquery. It comes from the database, too: goqu.From would write ? for its arguments.
func (s Goqu) authorNamed(name string) *goqu.SelectDataset {
	return s.db.From("author").Select("id").Where(goqu.Ex{"name": name})
}

func (s Goqu) Add(ctx context.Context, author string, d Document) error {
	tx, err := s.db.BeginTx(ctx, nil) // WithTx begins without a context, so without a tenant
	if err != nil {
		return err
	}
	return tx.Wrap(func() error {
		_, err := tx.Insert("author").Prepared(s.arguments).Rows(goqu.Record{"name": author}).OnConflict(goqu.DoNothing()).
			Executor().ExecContext(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Insert("document").Prepared(s.arguments).Rows(goqu.Record{
			"author_id": s.authorNamed(author),
			"title":     d.Title, "state": d.State, "tags": pq.Array(d.Tags),
		}).Executor().ExecContext(ctx)
		return err
	})
}

func (s Goqu) Find(ctx context.Context, author, state string) (found []Document, err error) {
	var rows []struct {
		Title string         `db:"title"`
		State string         `db:"state"`
		Tags  pq.StringArray `db:"tags"`
	}
	err = s.db.From("document").Prepared(s.arguments).Select("title", "state", "tags").
		Where(goqu.C("author_id").Eq(s.authorNamed(author)), goqu.C("state").Eq(state)).
		Order(goqu.C("title").Asc()).ScanStructsContext(ctx, &rows)
	for _, r := range rows {
		found = append(found, Document{r.Title, r.State, r.Tags})
	}
	return found, err
}

func (s Goqu) Finish(ctx context.Context, author string, titles ...string) (int64, error) {
	result, err := s.db.Update("document").Prepared(s.arguments).Set(goqu.Record{"state": "final"}).
		Where(goqu.C("author_id").Eq(s.authorNamed(author)), goqu.C("title").In(titles)).Executor().ExecContext(ctx)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s Goqu) Steal(ctx context.Context) error {
	var n int64
	_, err := s.db.From(goqu.S("tenant_globex").Table("document")).Select(goqu.COUNT("*")).ScanValContext(ctx, &n)
	return err
}
