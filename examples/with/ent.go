package with

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/docex/docex/examples/with/entdb"
	"github.com/docex/docex/examples/with/entdb/author"
	"github.com/docex/docex/examples/with/entdb/document"
)

// Ent is a [Store] on what ent generates.
type Ent struct{ client *entdb.Client }

// NewEnt gives ent the handle and the dialect. entdb.Open knows no driver of the name docex.
func NewEnt(_ context.Context, db *sql.DB) (Store, error) {
	return Ent{entdb.NewClient(entdb.Driver(entsql.OpenDB(dialect.Postgres, db)))}, nil
}

// EntDDL returns ent's tables as the DDL of a tenant, for provision.Config.DDL. admin is an administrator's
// plain handle on an empty database: ent compares its tables with those that it finds on the search_path.
func EntDDL(ctx context.Context, admin *sql.DB) (string, error) {
	var ddl strings.Builder
	ddl.WriteString("CREATE TYPE state AS ENUM ('draft', 'final');\n") // ent only names it
	client := entdb.NewClient(entdb.Driver(entsql.OpenDB(dialect.Postgres, admin)))
	err := client.Schema.WriteTo(ctx, &ddl)
	return ddl.String(), err
}

func (s Ent) Add(ctx context.Context, name string, d Document) error {
	tx, err := s.client.Tx(ctx)
	if err != nil {
		return err
	}
	err = addTo(ctx, tx, name, d)
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func addTo(ctx context.Context, tx *entdb.Tx, name string, d Document) error {
	id, err := tx.Author.Query().Where(author.Name(name)).OnlyID(ctx)
	if entdb.IsNotFound(err) {
		var a *entdb.Author
		if a, err = tx.Author.Create().SetName(name).Save(ctx); err == nil {
			id = a.ID
		}
	}
	if err != nil {
		return err
	}
	return tx.Document.Create().SetAuthorID(id).SetTitle(d.Title).SetState(document.State(d.State)).SetTags(d.Tags).
		Exec(ctx)
}

func (s Ent) Find(ctx context.Context, name, state string) (found []Document, err error) {
	rows, err := s.client.Document.Query().
		Where(document.HasAuthorWith(author.Name(name)), document.StateEQ(document.State(state))).
		Order(document.ByTitle()).All(ctx)
	for _, r := range rows {
		found = append(found, Document{r.Title, r.State.String(), r.Tags})
	}
	return found, err
}

func (s Ent) Finish(ctx context.Context, name string, titles ...string) (int64, error) {
	n, err := s.client.Document.Update().SetState(document.StateFinal).
		Where(document.HasAuthorWith(author.Name(name)), document.TitleIn(titles...)).Save(ctx)
	return int64(n), err
}

// Steal changes the query by hand. What ent generates names no schema.
func (s Ent) Steal(ctx context.Context) error {
	_, err := s.client.Document.Query().Where(func(q *entsql.Selector) {
		q.Where(entsql.In("id", entsql.Select("id").From(entsql.Table("document").Schema("tenant_globex"))))
	}).All(ctx)
	return err
}
