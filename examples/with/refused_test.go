package with

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	sq "github.com/Masterminds/squirrel"
	"github.com/doug-martin/goqu/v9"
	"github.com/jmoiron/sqlx"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/migrate"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/examples/with/entdb"
	"github.com/docex/docex/examples/with/jetdb/model"
	"github.com/docex/docex/examples/with/jetdb/table"
	"github.com/docex/docex/examples/with/sqlcdb"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
)

// TestWithoutAContext: what passes no context needs Bind.
func TestWithoutAContext(t *testing.T) {
	dsn := newWorld(t).AppDSN
	for name, call := range map[string]func(db *sql.DB) error{
		"sqlx.Get": func(db *sql.DB) error {
			var n int
			return sqlx.NewDb(db, "docex").Get(&n, "SELECT count(*) FROM document")
		},
		"sqlx.PrepareNamed": func(db *sql.DB) error {
			_, err := sqlx.NewDb(db, "docex").PrepareNamed("SELECT id FROM document WHERE title = :title")
			return err
		},
		"sqlc.Prepare": func(db *sql.DB) error {
			queries, err := sqlcdb.Prepare(context.Background(), db)
			if err != nil {
				return err
			}
			return queries.Close()
		},
		"squirrel.Query": func(db *sql.DB) error {
			rows, err := dollar.RunWith(db).Select("id").From("document").Query()
			if err != nil {
				return err
			}
			return rows.Close()
		},
		"goqu.WithTx": func(db *sql.DB) error {
			return goqu.New("postgres", db).WithTx(func(*goqu.TxDatabase) error { return nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, dsn)
			if err := call(db); !errors.Is(err, scope.ErrNoUserContext) {
				t.Errorf("without Bind: %v", err)
			}
			bound := driver.Bind(db, user("acme"))
			defer bound.Close()
			if err := call(bound); err != nil {
				t.Errorf("with Bind: %v", err)
			}
		})
	}
}

// TestRefused: what docs/works-with.md says is refused, by the guard's reason.
func TestRefused(t *testing.T) {
	db := open(t, newWorld(t).AppDSN)
	bunDB := bun.NewDB(db, pgdialect.New())
	for name, c := range map[string]struct {
		rule guard.Rule
		call func(ctx context.Context) error
	}{
		"squirrel without a placeholder format": {guard.RuleSyntax, func(ctx context.Context) error {
			return sq.Select("id").From("document").Where(sq.Eq{"title": "x"}).RunWith(db).ScanContext(ctx, new(int))
		}},
		"goqu.From in a query of another dialect": {guard.RuleSyntax, func(ctx context.Context) error {
			author := goqu.From("author").Select("id").Where(goqu.Ex{"name": "ann"})
			_, err := goqu.New("postgres", db).From("document").Prepared(true).Where(goqu.C("author_id").Eq(author)).
				CountContext(ctx)
			return err
		}},
		"jet without UseSchema": {guard.RuleSchema, func(ctx context.Context) error {
			author := table.Author.FromSchema("tenant_acme") // as the generator writes it
			return author.SELECT(author.AllColumns).QueryContext(ctx, db, &[]model.Author{})
		}},
		"bun.NewCreateTable": {guard.RuleStatementKind, func(ctx context.Context) error {
			_, err := bunDB.NewCreateTable().Model((*bunAuthor)(nil)).Exec(ctx)
			return err
		}},
		"bun.NewTruncateTable": {guard.RuleStatementKind, func(ctx context.Context) error {
			_, err := bunDB.NewTruncateTable().Model((*bunDocument)(nil)).Exec(ctx)
			return err
		}},
		"bun.migrate": {guard.RuleStatementKind, func(ctx context.Context) error {
			return migrate.NewMigrator(bunDB, migrate.NewMigrations()).Init(ctx)
		}},
		"ent.Schema.Create, which begins with a question for settings": {guard.RuleSetting, func(ctx context.Context) error {
			bound := driver.Bind(db, user("globex"))
			defer bound.Close()
			return entdb.NewClient(entdb.Driver(entsql.OpenDB(dialect.Postgres, bound))).Schema.Create(ctx)
		}},
	} {
		t.Run(name, func(t *testing.T) { refused(t, c.call(as("globex")), c.rule) })
	}
}
