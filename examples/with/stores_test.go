package with

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/scope"
)

// stores are the libraries, each the way or the ways that a program may set it up.
var stores = []struct {
	name string
	open func(ctx context.Context, db *sql.DB) (Store, error)
}{
	{"sqlx", NewSqlx},
	{"sqlc", NewSqlc},
	{"sqlc, prepared", NewSqlcPrepared},
	{"gorm", NewGorm},
	{"gorm, prepared", NewGormPrepared},
	{"squirrel", NewSquirrel},
	{"squirrel, prepared", NewSquirrelPrepared},
	{"goqu", NewGoqu},
	{"goqu, texts", NewGoquTexts},
	{"jet", NewJet},
	{"jet, prepared", NewJetPrepared},
	{"bob", NewBob},
	{"bob, prepared", NewBobPrepared},
	{"scany", NewScany},
	{"bun", NewBun},
	{"ent", NewEnt},
}

func storeNamed(t *testing.T, name string) func(context.Context, *sql.DB) (Store, error) {
	t.Helper()
	for _, s := range stores {
		if s.name == name {
			return s.open
		}
	}
	t.Fatalf("no store is called %q", name)
	return nil
}

// TestStores has each library work for two tenants in turns, over one handle of two connections.
func TestStores(t *testing.T) { testStores(t, newWorld(t).AppDSN) }

// TestStoresBehindAPooler is TestStores behind PgBouncer in transaction mode.
func TestStoresBehindAPooler(t *testing.T) { testStores(t, newWorld(t).Pooler(t, "transaction", 2)) }

func testStores(t *testing.T, dsn string) {
	t.Helper()
	for _, s := range stores {
		t.Run(s.name, func(t *testing.T) {
			db := open(t, dsn)
			store := opened(t, as("acme"), db, s.open)
			t.Run("context", func(t *testing.T) {
				inTurns(t, s.name, func(tenant string) (Store, context.Context) { return store, as(tenant) })
			})
			t.Run("bind", func(t *testing.T) {
				bound := map[string]Store{}
				for _, tenant := range tenants {
					b := driver.Bind(db, user(tenant))
					t.Cleanup(func() { b.Close() })
					bound[tenant] = opened(t, context.Background(), b, s.open)
				}
				inTurns(t, s.name+" bound", func(tenant string) (Store, context.Context) {
					return bound[tenant], context.Background()
				})
			})
			t.Run("nobody", func(t *testing.T) {
				if _, err := store.Find(context.Background(), "ann", "draft"); !errors.Is(err, scope.ErrNoUserContext) {
					t.Errorf("without a tenant: %v", err)
				}
			})
			t.Run("refused", func(t *testing.T) { refused(t, store.Steal(as("acme")), guard.RuleSchema) })
		})
	}
}

func opened(
	t *testing.T, ctx context.Context, db *sql.DB, open func(context.Context, *sql.DB) (Store, error),
) Store {
	t.Helper()
	store, err := open(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// refused fails the test unless the library passes on why the guard has refused.
func refused(t *testing.T, err error, rule guard.Rule) {
	t.Helper()
	if denial := (*guard.Denial)(nil); !errors.As(err, &denial) || denial.Rule != rule {
		t.Errorf("got %v, want %v", err, rule)
	}
}

// inTurns runs [turn] for both tenants, first in turns and then at the same time. Each goes by other titles, and sees
// no others.
func inTurns(t *testing.T, author string, as func(tenant string) (Store, context.Context)) {
	t.Helper()
	const rounds = 3
	for i := range rounds {
		for _, tenant := range tenants {
			store, ctx := as(tenant)
			turn(t, ctx, store, author, fmt.Sprint(tenant, i))
		}
	}
	var wg sync.WaitGroup
	for i := range rounds {
		for _, tenant := range tenants {
			wg.Go(func() {
				store, ctx := as(tenant)
				turn(t, ctx, store, fmt.Sprint(author, " at once ", i), tenant)
			})
		}
	}
	wg.Wait()
}

// turn adds two documents, finds them, and finishes them. An author's documents of earlier turns are final.
func turn(t *testing.T, ctx context.Context, store Store, author, title string) {
	t.Helper()
	want := []Document{{title + " a", "draft", []string{"x", title}}, {title + " b", "draft", []string{}}}
	for _, d := range want {
		if err := store.Add(ctx, author, d); err != nil {
			t.Errorf("%s: add: %v", title, err)
		}
	}
	found, err := store.Find(ctx, author, "draft")
	if diff := cmp.Diff(want, found); err != nil || diff != "" {
		t.Errorf("%s: find: %v\n%s", title, err, diff)
	}
	n, err := store.Finish(ctx, author, title+" a", title+" b", "globex0 a")
	if err != nil || n < 2 {
		t.Errorf("%s: finish: %d, %v", title, n, err)
	}
	found, err = store.Find(ctx, author, "draft")
	if err != nil || len(found) > 0 {
		t.Errorf("%s: find afterwards: %v, %v", title, found, err)
	}
}
