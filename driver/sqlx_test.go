package driver_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"github.com/docex/docex/driver"
	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
)

// sqlxBasket is scanned by field and by tag, from columns that may be NULL.
type sqlxBasket struct {
	Name    string
	About   sql.NullString `db:"description"`
	Config  string         `db:"storage_config"`
	Missing sql.NullInt64
}

const sqlxSelect = "SELECT name, description, storage_config, NULL AS missing FROM docbasket"

// sqlx's own ways to a statement: each must take its placeholders from the driver's name and hand the context on.
func TestSqlxAsPgx(t *testing.T) {
	w, role := fidelityWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		plain, db := w.pgxAs(t, role, 2, mode...), w.open(t, 2, mode...)
		bound := driver.Bind(db, userOf("acme"))
		defer closeDB(t, bound)
		want := sqlxCalls(as("acme"), sqlx.NewDb(plain, "pgx"))
		if len(want) == 0 {
			t.Fatal("nothing to compare")
		}
		for name, got := range map[string][]string{
			"context": sqlxCalls(as("acme"), sqlx.NewDb(db, driver.Name)),
			"bound":   sqlxCalls(context.Background(), sqlx.NewDb(bound, driver.Name)),
		} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: pgx -, docex +:\n%s", name, diff)
			}
		}
		wantClean(t, db)
	})
}

// sqlxCalls returns what a caller sees, and leaves the data as it was.
func sqlxCalls(ctx context.Context, db *sqlx.DB) []string {
	var l transcript
	l.add("%s %d", db.Rebind("SELECT ?, '?', ?"), sqlx.BindType(db.DriverName()))
	fresh := []sqlxBasket{{Name: "new-sqlx-a"}, {Name: "new-sqlx-b"}}
	_, err := db.NamedExecContext(ctx, "INSERT INTO docbasket (name) VALUES (:name)", fresh)
	l.err("named exec of several", err)
	sqlxReads(&l, ctx, db)
	sqlxPrepared(&l, ctx, db)
	sqlxTransaction(&l, ctx, db)
	query, args, err := sqlx.In("DELETE FROM docbasket WHERE name IN (?) AND name <> ?", []string{"new-sqlx-a", "new-sqlx-b"}, "")
	l.err("in", err)
	res, err := db.ExecContext(ctx, db.Rebind(query), args...)
	l.err("delete", err)
	if err == nil {
		n, err := res.RowsAffected()
		l.add("%d rows, %v", n, err)
	}
	return l.lines
}

func sqlxReads(l *transcript, ctx context.Context, db *sqlx.DB) {
	var all []sqlxBasket
	l.err("select", db.SelectContext(ctx, &all, sqlxSelect+" WHERE name LIKE $1 ORDER BY name", "new-sqlx-%"))
	l.add("%+v", all)
	var one sqlxBasket
	l.err("get", db.GetContext(ctx, &one, sqlxSelect+" WHERE name = $1", "acme"))
	l.err("get nothing", db.GetContext(ctx, &one, sqlxSelect+" WHERE name = $1", "nobody"))
	l.err("get into too little", db.GetContext(ctx, &struct{ Name string }{}, sqlxSelect+" LIMIT 1"))
	l.err("get of an error", db.GetContext(ctx, &one, "SELECT missing FROM docbasket"))
	l.add("%+v", one)
	for _, arg := range []any{map[string]any{"name": "new-sqlx-b"}, sqlxBasket{Name: "new-sqlx-b"}} {
		rows, err := db.NamedQueryContext(ctx, sqlxSelect+" WHERE name = :name AND name = :name", arg)
		l.err("named query", err)
		if err != nil {
			continue
		}
		for rows.Next() {
			var b sqlxBasket
			l.err("struct scan", rows.StructScan(&b))
			m := map[string]any{}
			l.err("map scan", rows.MapScan(m))
			s, err := rows.SliceScan()
			l.err("slice scan", err)
			l.add("%+v %v %v", b, m, s)
		}
		l.err("end", rows.Err())
		l.err("close", rows.Close())
	}
	_, err := db.NamedQueryContext(ctx, "SELECT :missing", map[string]any{})
	l.err("a name without a value", err)
	var n int
	l.err("queryx row", db.QueryRowxContext(ctx, "SELECT count(*) FROM docbasket").Scan(&n))
	l.add("%d", n)
}

func sqlxPrepared(l *transcript, ctx context.Context, db *sqlx.DB) {
	s, err := db.PreparexContext(ctx, sqlxSelect+" WHERE name = $1")
	l.err("preparex", err)
	n, namedErr := db.PrepareNamedContext(ctx, sqlxSelect+" WHERE name = :name")
	l.err("prepare named", namedErr)
	if err != nil || namedErr != nil {
		return
	}
	for _, name := range []string{"acme", "new-sqlx-a", "nobody"} {
		var b sqlxBasket
		l.err("get", s.GetContext(ctx, &b, name))
		var all []sqlxBasket
		l.err("select", s.SelectContext(ctx, &all, name))
		var c sqlxBasket
		l.err("named get", n.GetContext(ctx, &c, map[string]any{"name": name}))
		l.add("%+v %+v %+v", b, all, c)
	}
	l.err("close", s.Close())
	l.err("close", n.Close())
}

func sqlxTransaction(l *transcript, ctx context.Context, db *sqlx.DB) {
	for _, commit := range []bool{true, false} {
		tx, err := db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
		l.err("begin", err)
		_, err = tx.NamedExecContext(ctx, "UPDATE docbasket SET description = :about WHERE name = :name",
			map[string]any{"about": fmt.Sprint(commit), "name": "new-sqlx-a"})
		l.err("named exec", err)
		var about string
		l.err("get", tx.GetContext(ctx, &about, tx.Rebind("SELECT description FROM docbasket WHERE name = ?"), "new-sqlx-a"))
		l.add("%s", about)
		s, err := tx.PreparexContext(ctx, "SELECT description FROM docbasket WHERE name = $1")
		l.err("preparex", err)
		l.err("get", s.GetContext(ctx, &about, "new-sqlx-b"))
		l.add("%s", about)
		if commit {
			l.err("commit", tx.Commit())
		} else {
			l.err("rollback", tx.Rollback())
		}
		l.err("get after the end", tx.GetContext(ctx, &about, "SELECT 1"))
		l.err("get", db.GetContext(ctx, &about, "SELECT description FROM docbasket WHERE name = $1", "new-sqlx-a"))
		l.add("%s", about)
	}
}
