package driver_test

import (
	"context"
	"database/sql"
	"math"
	"strings"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// call is a statement with its arguments.
type call struct {
	query string
	args  []any
}

func calls(queries ...string) []call {
	var all []call
	for _, q := range queries {
		all = append(all, call{query: q})
	}
	return all
}

var large = strings.Repeat("0123456789abcdef", 1<<16) // 1 MB

var queries = append(calls(
	"SELECT * FROM kinds ORDER BY id",
	"SELECT i4 AS a, i4 AS a, i4 + 1, NULL, 'unknown', ARRAY[[1,2],[3,4]], ROW(1, 'x') FROM kinds WHERE id = 1",
	"SELECT FROM kinds",
	"SELECT id FROM kinds WHERE false",
	"SELECT repeat('x', 1048576), decode(repeat('00ff', 524288), 'hex')",
	"SELECT g, repeat('x', 1000) FROM generate_series(1, 50) g",
	"VALUES (1, 'a'), (2, NULL)",
	"TABLE docbasket",
	"EXPLAIN (COSTS OFF) SELECT id FROM kinds",
	"SHOW transaction_isolation",
	"SELECT id, 1 / (2 - id) FROM kinds ORDER BY id",
	"SELECT 1 / (500 - g) FROM generate_series(1, 600) g",
	"SELECT missing FROM kinds",
	"SELECT 1; SELECT 2",
	"SELECT id FROM kinds WHERE id < 3; SELECT 'two', 3",
	"", ";", "-- nothing",
	"INSERT INTO kinds (id) VALUES (100)",
	"DELETE FROM kinds WHERE id >= 100 RETURNING id, b, m",
), []call{
	{"SELECT $1::text, $2::bytea", []any{large, []byte(large)}},
	{"SELECT $1::int, $2::int8, $3::float8, $4::bool", []any{math.MinInt32, int64(math.MaxInt64), math.Inf(-1), true}},
	{"SELECT $1::text, $2::int, $3::timestamptz, $4::uuid", []any{nil, nil, nil, nil}},
	{"SELECT $1::text, $2::int", []any{sql.NullString{}, sql.NullInt64{Int64: 3, Valid: true}}},
	{"SELECT $1::timestamptz, $2::timestamp, $3::date, $4::interval", []any{
		time.Unix(1700000000, 123456000).UTC(), time.Unix(1700000000, 123456000).UTC(), time.Unix(1700000000, 0).UTC(), "1 day"}},
	{"SELECT $1::numeric, $2::numeric(9,2), $3::uuid", []any{"12345678901234567890.5", "1.005", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}},
	{"SELECT $1::int[], $2::text[], $3::float8[]", []any{[]int32{1, -2}, []string{"a,b", `"`}, []float64{}}},
	{"SELECT $1::int[], $2::numeric", []any{pgtype.FlatArray[int32]{1, 2}, pgtype.Numeric{NaN: true, Valid: true}}},
	{"SELECT $1::json, $2::jsonb", []any{`{"a": 1}`, map[string]any{"a": []int{1}}}},
	{"SELECT id FROM kinds WHERE m = $1", []any{"sad"}},
	{"SELECT id FROM kinds WHERE am = $1", []any{[]string{"glad"}}},
	{"SELECT id, m FROM kinds WHERE id = ANY($1) ORDER BY id DESC", []any{[]int{1, 2}}},
	{"SELECT id FROM kinds WHERE u = $1 AND n92 = $2 AND jb @> $3", []any{"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", 1.5, `{"a": [1]}`}},
	{"SELECT $1", []any{"unknown"}},
	{"SELECT $1::int", []any{"no number"}},
	{"SELECT $1::int", []any{int64(math.MaxInt64)}},
	{"SELECT $1::int", nil},
	{"SELECT $1::int", []any{1, 2}},
	{"SELECT 1", []any{1}},
	{"SELECT $1::int", []any{struct{ A int }{1}}},
	{"SELECT $1::int", []any{sql.Named("n", 1)}},
	{"SELECT $2::int", []any{1, 2}},
	{"INSERT INTO kinds (id, t, m) VALUES ($1, $2, $3) RETURNING *", []any{101, large, "glad"}},
	{"UPDATE kinds SET t = '' WHERE id = $1", []any{101}},
	{"DELETE FROM kinds WHERE id = $1", []any{101}},
}...)

// afterGlobex has the next statement of the only connection carry acme's pin.
func (l *transcript) afterGlobex(db *sql.DB) {
	_, err := db.ExecContext(as("globex"), "SELECT 1")
	l.err("globex", err)
}

// Columns, values and errors of queries: with the pin in front, without, and in a transaction.
func TestQueriesAsPgx(t *testing.T) {
	pgtest.SkipOnCitus(t, "the driver hides plans there")
	asPgx(t, func(l *transcript, ctx context.Context, db *sql.DB) {
		for _, q := range queries {
			l.afterGlobex(db)
			l.query(ctx, "first: "+q.query, func(ctx context.Context, args ...any) (*sql.Rows, error) {
				return db.QueryContext(ctx, q.query, args...)
			}, q.args...)
		}
		for _, q := range queries {
			c, err := db.Conn(ctx)
			l.err("conn", err)
			_, err = c.ExecContext(ctx, "SELECT 1")
			l.err("warm", err)
			l.query(ctx, "later: "+q.query, func(ctx context.Context, args ...any) (*sql.Rows, error) {
				return c.QueryContext(ctx, q.query, args...)
			}, q.args...)
			l.err("close", c.Close())
		}
		for _, q := range queries {
			tx, err := db.BeginTx(ctx, nil)
			l.err("begin", err)
			l.query(ctx, "tx: "+q.query, func(ctx context.Context, args ...any) (*sql.Rows, error) {
				return tx.QueryContext(ctx, q.query, args...)
			}, q.args...)
			l.err("rollback", tx.Rollback())
		}
	})
}

func TestPreparedAsPgx(t *testing.T) {
	pgtest.SkipOnCitus(t, "the driver hides plans there")
	asPgx(t, func(l *transcript, ctx context.Context, db *sql.DB) {
		for _, q := range queries {
			l.afterGlobex(db)
			s, err := db.PrepareContext(ctx, q.query)
			l.err("prepare: "+q.query, err)
			if err != nil {
				continue
			}
			for range 2 {
				l.afterGlobex(db)
				l.query(ctx, "prepared: "+q.query, s.QueryContext, q.args...)
				l.exec(ctx, "prepared: "+q.query, s.ExecContext, q.args...)
			}
			l.err("close", s.Close())
		}
	})
}

// exec notes what a statement without rows gives.
func (l *transcript) exec(
	ctx context.Context, what string, exec func(context.Context, ...any) (sql.Result, error), args ...any,
) {
	res, err := exec(ctx, args...)
	l.err(what+": exec", err)
	if err != nil {
		return
	}
	n, err := res.RowsAffected()
	l.err("rows affected", err)
	_, idErr := res.LastInsertId()
	l.add("%d rows, %v", n, idErr)
}

func TestExecAsPgx(t *testing.T) {
	asPgx(t, func(l *transcript, ctx context.Context, db *sql.DB) {
		for _, q := range append(queries, calls(
			"INSERT INTO kinds (id) SELECT g FROM generate_series(200, 250) g",
			"UPDATE kinds SET t = 'x' WHERE id >= 200",
			"DELETE FROM kinds WHERE id >= 200; SELECT 1; SELECT 1 UNION SELECT 2",
		)...) {
			l.afterGlobex(db)
			for range 2 { // the second time without the pin
				l.exec(ctx, q.query, func(ctx context.Context, args ...any) (sql.Result, error) {
					return db.ExecContext(ctx, q.query, args...)
				}, q.args...)
			}
		}
	})
}
