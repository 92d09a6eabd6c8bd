package driver_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"github.com/docex/docex/scope"
)

const pointSelect = "SELECT name FROM docbasket WHERE id = $1"

// plain is pgx without tenancy, as the administrator.
func (w *world) plain(b *testing.B, params ...string) *sql.DB {
	b.Helper()
	db, err := sql.Open("pgx", withParams(b, w.AdminDSN, params...))
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { closeDB(b, db) })
	return db
}

func point(b *testing.B, ctx context.Context, q queryer) {
	var name string
	if err := q.QueryRowContext(ctx, pointSelect, 1).Scan(&name); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSameTenant is a point SELECT over one connection: pgx with a fixed search_path, and docex.
func BenchmarkSameTenant(b *testing.B) {
	w := newWorld(b)
	b.Run("pgx", func(b *testing.B) {
		db := w.plain(b, "search_path", "tenant_acme")
		b.ReportAllocs()
		for b.Loop() {
			point(b, context.Background(), db)
		}
	})
	b.Run("docex", func(b *testing.B) {
		db, ctx := w.open(b, 1), as("acme")
		b.ReportAllocs()
		for b.Loop() {
			point(b, ctx, db)
		}
	})
}

// BenchmarkChangingTenant is a point SELECT of another tenant each time over one connection: docex, and the two ways that
// programs do it by hand.
func BenchmarkChangingTenant(b *testing.B) {
	w := newWorld(b)
	b.Run("SET on every checkout", func(b *testing.B) {
		db := w.plain(b)
		for i := 0; b.Loop(); i++ {
			c, err := db.Conn(context.Background())
			if err != nil {
				b.Fatal(err)
			}
			if _, err := c.ExecContext(context.Background(), setPath("SET", i)); err != nil {
				b.Fatal(err)
			}
			point(b, context.Background(), c)
			if err := c.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("BEGIN, SET LOCAL", func(b *testing.B) {
		db := w.plain(b)
		for i := 0; b.Loop(); i++ {
			tx, err := db.Begin()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := tx.Exec(setPath("SET LOCAL", i)); err != nil {
				b.Fatal(err)
			}
			point(b, context.Background(), tx)
			if err := tx.Commit(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("docex", func(b *testing.B) {
		db := w.open(b, 1)
		contexts := make([]context.Context, len(tenants))
		for i, tenant := range tenants {
			contexts[i] = as(tenant)
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			point(b, contexts[i%len(contexts)], db)
		}
	})
}

func setPath(how string, i int) string {
	return fmt.Sprintf("%s search_path = %s%s, pg_temp", how, scope.SchemaPrefix, tenants[i%len(tenants)])
}
