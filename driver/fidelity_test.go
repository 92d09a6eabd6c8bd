package driver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/crc32"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The tests of these files run the same calls through docex and through pgx, in every execution mode, and compare what
// a caller sees. Package internal/proof/pgxsuite does that with pgx's own tests; these are for what those leave out.

// fidelityWorld is newWorld with a table of acme's that has a column of every kind.
func fidelityWorld(t *testing.T) (w *world, role string) {
	t.Helper()
	w = newWorld(t)
	tenant, err := w.prov.Get(context.Background(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	owner, err := sql.Open("pgx", withParams(t, w.AdminDSN, "search_path", tenant.Schema))
	if err != nil {
		t.Fatal(err)
	}
	defer closeDB(t, owner)
	for _, query := range []string{
		"CREATE TYPE mood AS ENUM ('glad', 'sad')",
		"CREATE TYPE pair AS (a int, b text)",
		"CREATE DOMAIN score AS numeric(5,2) CHECK (value >= 0)",
		`CREATE TABLE kinds (id int PRIMARY KEY, b bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric,
			n92 numeric(9,2), t text, vc varchar(20), c char(5), nm name, by bytea, d date, ti time, tz timetz, ts timestamp,
			tst timestamptz, ts3 timestamptz(3), iv interval, u uuid, j json, jb jsonb, ip inet, ci cidr, ma macaddr, bi bit(4),
			vb varbit(9), p point, r int4range, ai int[], at text[], an numeric(9,2)[], o oid, m mood, am mood[], pr pair, s score,
			nn int NOT NULL DEFAULT 7)`,
		`INSERT INTO kinds VALUES (1, true, -2, 4, 8, 1.5, 'NaN', 12345678901234567890.123, 1.5, 'é''"\', 'v', 'c', 'nm',
			'\x00ff', '2024-02-29', '12:34:56.789', '12:00+02', '2024-02-29 12:34:56.123456', '2024-02-29 12:34:56.123456+02',
			'2024-02-29 12:34:56.123456+02', '1 year 2 mons 3 days 04:05:06.7', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": 1}',
			'{"a": [1, null]}', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', '1010', '101', '(1,2)', '[1,5)', '{1,NULL,3}',
			'{"a,b",NULL,"\""}', '{1.5}', 42, 'sad', '{glad,NULL}', '(1,x)', 99.5)`,
		"INSERT INTO kinds (id) VALUES (2)",
		"INSERT INTO kinds (id, d, ts, tst, n) VALUES (3, 'infinity', '-infinity', 'infinity', 'NaN')",
		`CREATE FUNCTION complain() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
			RAISE EXCEPTION 'no' USING ERRCODE = 'XX123', DETAIL = 'some', HINT = 'none', COLUMN = 'c', TABLE = 't', CONSTRAINT = 'k';
		END $$`,
		"CREATE FUNCTION misread() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT missing FROM kinds); END $$",
		fmt.Sprintf("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA tenant_acme TO %q", tenant.Role),
		fmt.Sprintf("GRANT SELECT, INSERT, UPDATE, DELETE ON kinds TO %q", tenant.Role),
	} {
		mustExec(t, owner, query)
	}
	return w, tenant.Role
}

// pgxAs returns a handle of pgx's that has, from its DSN, what the pin gives to docex's.
func (w *world) pgxAs(t *testing.T, role string, n int, params ...string) *sql.DB {
	t.Helper()
	params = append([]string{"role", role, "search_path", "tenant_acme,pg_temp"}, params...)
	db, err := sql.Open("pgx", withParams(t, w.AppDSN, params...))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	t.Cleanup(func() { closeDB(t, db) })
	return db
}

// transcript is what a caller saw, line by line.
type transcript struct {
	w     *world
	lines []string
}

func (l *transcript) add(format string, args ...any) {
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

// err notes all that a caller can learn of an error. How pgx words the end of a context depends on where it notices it
// first.
func (l *transcript) err(what string, err error) {
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, end) {
			l.add("%s: is %v", what, end)
			return
		}
	}
	l.add("%s: %T %v", what, err, err)
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		l.add("  %+v", *pgErr)
	}
	for _, target := range []error{sql.ErrTxDone, sql.ErrNoRows, pgx.ErrTxCommitRollback} {
		if errors.Is(err, target) {
			l.add("  is %v", target)
		}
	}
}

// asPgx fails the test where f does not see the same with docex as with pgx. f leaves the data as it was.
func asPgx(t *testing.T, f func(l *transcript, ctx context.Context, db *sql.DB)) {
	t.Helper()
	w, role := fidelityWorld(t)
	eachMode(t, func(t *testing.T, mode ...string) {
		want, got := transcript{w: w}, transcript{w: w}
		f(&want, as("acme"), w.pgxAs(t, role, 1, mode...))
		f(&got, as("acme"), w.open(t, 1, mode...))
		if len(want.lines) == 0 {
			t.Fatal("nothing to compare")
		}
		if diff := cmp.Diff(want.lines, got.lines); diff != "" {
			t.Errorf("pgx -, docex +:\n%s", diff)
		}
	})
}

// rowsOf is what DB, Conn, Tx and Stmt have in common.
type rowsOf func(ctx context.Context, args ...any) (*sql.Rows, error)

// query notes columns, rows and errors of a query.
func (l *transcript) query(ctx context.Context, what string, query rowsOf, args ...any) {
	rows, err := query(ctx, args...)
	if err != nil {
		l.err(what, err)
		return
	}
	for set := 0; set == 0 || rows.NextResultSet(); set++ {
		types, err := rows.ColumnTypes()
		if err != nil {
			l.err(what, err)
		}
		for _, c := range types {
			length, hasLength := c.Length()
			precision, scale, isDecimal := c.DecimalSize()
			nullable, known := c.Nullable()
			l.add("%s: %q %s %v %d/%t %d/%d/%t %t/%t", what, c.Name(), c.DatabaseTypeName(), c.ScanType(),
				length, hasLength, precision, scale, isDecimal, nullable, known)
		}
		for rows.Next() {
			l.row(what, rows, len(types))
		}
		l.err(what+": end", rows.Err())
	}
	l.err(what+": close", rows.Close())
}

// row notes a row as the driver gives it, and as strings and bytes.
func (l *transcript) row(what string, rows *sql.Rows, columns int) {
	values, texts, raw := make([]any, columns), make([]sql.NullString, columns), make([]sql.RawBytes, columns)
	var valueDest, textDest, rawDest []any
	for i := range values {
		valueDest, textDest, rawDest = append(valueDest, &values[i]), append(textDest, &texts[i]), append(rawDest, &raw[i])
	}
	for _, dest := range [][]any{valueDest, textDest, rawDest} {
		if err := rows.Scan(dest...); err != nil {
			l.err(what, err)
		}
	}
	for i := range values {
		l.add("%s: %T %s %s %s", what, values[i], short(values[i]), short(texts[i]), short([]byte(raw[i])))
	}
}

// short cuts what is too long for a message, without losing a difference.
func short(v any) string {
	switch v := v.(type) {
	case sql.NullString:
		return fmt.Sprintf("%t %s", v.Valid, short(v.String))
	case string:
		if len(v) > 100 {
			return fmt.Sprintf("%.20q… %d bytes, checksum %x", v, len(v), crc32.ChecksumIEEE([]byte(v)))
		}
	case []byte:
		if len(v) > 100 {
			return short(string(v))
		}
	}
	return fmt.Sprintf("%q", v)
}
