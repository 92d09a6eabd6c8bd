package with

import (
	"context"
	"database/sql"

	"github.com/lib/pq"
	"github.com/stephenafamo/bob"
	"github.com/stephenafamo/bob/dialect/psql"
	"github.com/stephenafamo/bob/dialect/psql/im"
	"github.com/stephenafamo/bob/dialect/psql/sm"
	"github.com/stephenafamo/bob/dialect/psql/um"
	"github.com/stephenafamo/scan"
)

// Bob is a [Store] on bob.
type Bob struct {
	db   bob.DB
	find func(context.Context, bobFind) ([]bobDocument, error)
}

type bobFind struct{ Author, State string }

type bobDocument struct {
	Title, State string
	Tags         pq.StringArray
}

// NewBob sends each text as it is built.
func NewBob(_ context.Context, db *sql.DB) (Store, error) {
	b := bob.NewDB(db)
	return Bob{b, func(ctx context.Context, f bobFind) ([]bobDocument, error) {
		return bob.All(ctx, b, bobFinds(psql.Arg(f.Author), psql.Arg(f.State)), scan.StructMapper[bobDocument]())
	}}, nil
}

// NewBobPrepared prepares a query first. It is checked for the tenant of ctx then. Each execution runs for the tenant
// of its own context.
func NewBobPrepared(ctx context.Context, db *sql.DB) (Store, error) {
	b := bob.NewDB(db)
	find, err := bob.PrepareQuery[bobFind](ctx, b, bobFinds(bob.Named("author"), bob.Named("state")),
		scan.StructMapper[bobDocument]())
	return Bob{b, find.All}, err
}

func bobFinds(author, state bob.Expression) bob.Query {
	return psql.Select(sm.Columns("title", "state", "tags"), sm.From("document"), sm.InnerJoin("author").On(
		psql.Quote("author", "id").EQ(psql.Quote("author_id"))),
		sm.Where(psql.Quote("name").EQ(author)), sm.Where(psql.Quote("state").EQ(state)), sm.OrderBy("title"))
}

func (s Bob) Add(ctx context.Context, author string, d Document) error {
	return s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bob.Executor) error {
		_, err := bob.Exec(ctx, tx, psql.Insert(im.Into("author", "name"), im.Values(psql.Arg(author)),
			im.OnConflict().DoNothing()))
		if err != nil {
			return err
		}
		_, err = bob.Exec(ctx, tx, psql.Insert(im.Into("document", "author_id", "title", "state", "tags"),
			im.Values(bobAuthor(author), psql.Arg(d.Title, d.State, pq.Array(d.Tags)))))
		return err
	})
}

func bobAuthor(name string) bob.Expression {
	return psql.Select(sm.Columns("id"), sm.From("author"), sm.Where(psql.Quote("name").EQ(psql.Arg(name))))
}

func (s Bob) Find(ctx context.Context, author, state string) (found []Document, err error) {
	rows, err := s.find(ctx, bobFind{author, state})
	for _, r := range rows {
		found = append(found, Document{r.Title, r.State, r.Tags})
	}
	return found, err
}

func (s Bob) Finish(ctx context.Context, author string, titles ...string) (int64, error) {
	result, err := bob.Exec(ctx, s.db, psql.Update(um.Table("document"), um.SetCol("state").ToArg("final"),
		um.Where(psql.Quote("author_id").EQ(bobAuthor(author))),
		um.Where(psql.Quote("title").EQ(psql.F("any", psql.Arg(titles))))))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s Bob) Steal(ctx context.Context) error {
	_, err := bob.All(ctx, s.db, psql.Select(sm.Columns("id"), sm.From(psql.Quote("tenant_globex", "document"))),
		scan.SingleColumnMapper[int64])
	return err
}
