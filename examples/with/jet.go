package with

import (
	"context"
	"database/sql"

	pg "github.com/go-jet/jet/v2/postgres"
	"github.com/go-jet/jet/v2/qrm"
	"github.com/go-jet/jet/v2/stmtcache"
	"github.com/lib/pq"

	"github.com/docex/docex/examples/with/jetdb/model"
	"github.com/docex/docex/examples/with/jetdb/table"
)

// The generator writes the schema that it has read into its tables: that of one tenant. Without a schema they are the
// tables of the tenant at hand.
func init() { table.UseSchema("") }

// Jet is a [Store] on go-jet.
type Jet struct {
	db   *sql.DB
	runs qrm.DB
}

// NewJet sends each text as it is built.
func NewJet(_ context.Context, db *sql.DB) (Store, error) { return Jet{db, db}, nil }

// NewJetPrepared keeps each text as a prepared statement. Each execution runs for the tenant of its context.
func NewJetPrepared(_ context.Context, db *sql.DB) (Store, error) {
	return Jet{db, stmtcache.New(db)}, nil
}

func (s Jet) Add(ctx context.Context, author string, d Document) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, err = table.Author.INSERT(table.Author.Name).VALUES(author).ON_CONFLICT().DO_NOTHING().ExecContext(ctx, tx)
	if err != nil {
		return err
	}
	_, err = table.Document.INSERT(table.Document.MutableColumns).
		VALUES(authorID(author), d.Title, d.State, pq.StringArray(d.Tags)).ExecContext(ctx, tx)
	if err != nil {
		return err
	}
	return tx.Commit()
}

func authorID(name string) pg.IntegerExpression {
	return pg.IntExp(pg.SELECT(table.Author.ID).FROM(table.Author).WHERE(table.Author.Name.EQ(pg.String(name))))
}

func (s Jet) Find(ctx context.Context, author, state string) (found []Document, err error) {
	var rows []model.Document
	err = pg.SELECT(table.Document.AllColumns).FROM(table.Document).
		WHERE(table.Document.AuthorID.EQ(authorID(author)).AND(table.Document.State.EQ(pg.NewEnumValue(state)))).
		ORDER_BY(table.Document.Title).QueryContext(ctx, s.runs, &rows)
	for _, r := range rows {
		found = append(found, Document{r.Title, r.State.String(), r.Tags})
	}
	return found, err
}

func (s Jet) Finish(ctx context.Context, author string, titles ...string) (int64, error) {
	var anyTitle []pg.Expression
	for _, title := range titles {
		anyTitle = append(anyTitle, pg.String(title))
	}
	result, err := table.Document.UPDATE(table.Document.State).SET(model.State_Final).
		WHERE(table.Document.AuthorID.EQ(authorID(author)).AND(table.Document.Title.IN(anyTitle...))).
		ExecContext(ctx, s.runs)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s Jet) Steal(ctx context.Context) error {
	documents := table.Document.FromSchema("tenant_globex")
	var rows []model.Document
	return pg.SELECT(documents.AllColumns).FROM(documents).QueryContext(ctx, s.runs, &rows)
}
