package driver_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"
)

// ddlChange is an offline change of one tenant's schema, and a statement that it meets.
type ddlChange struct {
	name   string
	create string // what every tenant has
	alter  string // what is done to acme
	call
	reseal bool // and whether provisioning is told
}

var halfPastTen = time.Date(2024, 2, 29, 22, 30, 5, 0, time.FixedZone("IST", 5*3600+1800))

var ddlChanges = []ddlChange{
	{
		name:   "timestamp becomes timestamptz",
		create: "CREATE TABLE at (v timestamp);",
		alter:  "ALTER TABLE at ALTER v TYPE timestamptz",
		// Citus refuses RETURNING v::text, which depends on settings.
		call: call{"WITH new AS (INSERT INTO at VALUES ($1) RETURNING v) SELECT v::text FROM new", []any{halfPastTen}},
	},
	{
		name:   "real becomes double precision",
		create: "CREATE TABLE price (v real);",
		alter:  "ALTER TABLE price ALTER v TYPE double precision",
		call:   call{"INSERT INTO price VALUES ($1) RETURNING v::text", []any{0.1}},
	},
	{
		name:   "real becomes double precision, resealed",
		create: "CREATE TABLE fee (v real);",
		alter:  "ALTER TABLE fee ALTER v TYPE double precision",
		call:   call{"INSERT INTO fee VALUES ($1) RETURNING v::text", []any{0.1}},
		reseal: true,
	},
	{
		name:   "int becomes bigint, written",
		create: "CREATE TABLE hit (v int);",
		alter:  "ALTER TABLE hit ALTER v TYPE bigint",
		call:   call{"INSERT INTO hit VALUES ($1) RETURNING v::text", []any{int64(5_000_000_000)}},
	},
	{
		name:   "int becomes bigint, read",
		create: "CREATE TABLE click (v int); INSERT INTO click VALUES (7);",
		alter:  "ALTER TABLE click ALTER v TYPE bigint; UPDATE click SET v = 5000000000",
		call:   call{"SELECT v FROM click WHERE v > $1", []any{1}},
	},
	{
		name:   "an enum made anew",
		create: "CREATE TYPE size AS ENUM ('small', 'large'); CREATE TABLE shirt (v size);",
		alter: `ALTER TABLE shirt ALTER v TYPE text; DROP TYPE size;
			CREATE TYPE size AS ENUM ('large', 'medium', 'small'); ALTER TABLE shirt ALTER v TYPE size USING v::size`,
		call: call{"INSERT INTO shirt VALUES ($1) RETURNING v", []any{"small"}},
	},
	{
		name:   "a domain made anew",
		create: "CREATE DOMAIN code AS text CHECK (length(VALUE) < 5); CREATE TABLE coupon (v code);",
		alter: `ALTER TABLE coupon ALTER v TYPE text; DROP DOMAIN code;
			CREATE DOMAIN code AS text CHECK (length(VALUE) < 9); ALTER TABLE coupon ALTER v TYPE code`,
		call: call{"INSERT INTO coupon VALUES ($1) RETURNING v, $2::code", []any{"abc", "def"}},
	},
	{
		name:   "columns in another order, SELECT *",
		create: "CREATE TABLE pair (a int, b text); INSERT INTO pair VALUES (1, 'one');",
		alter:  "ALTER TABLE pair DROP a; ALTER TABLE pair ADD a int; UPDATE pair SET a = 1",
		call:   call{"SELECT * FROM pair WHERE a = $1", []any{1}},
	},
	{
		name:   "columns in another order, RETURNING *",
		create: "CREATE TABLE couple (a int, b text);",
		alter:  "ALTER TABLE couple DROP a; ALTER TABLE couple ADD a int",
		call:   call{"INSERT INTO couple (a, b) VALUES ($1, $2) RETURNING *", []any{1, "one"}},
	},
	{
		name:   "a column more",
		create: "CREATE TABLE more (a int); INSERT INTO more VALUES (1);",
		alter:  "ALTER TABLE more ADD b text DEFAULT 'new'",
		call:   call{"SELECT * FROM more WHERE a = $1", []any{1}},
	},
	{
		name:   "a column less",
		create: "CREATE TABLE less (a int, b text); INSERT INTO less VALUES (1, 'old');",
		alter:  "ALTER TABLE less DROP b",
		call:   call{"SELECT * FROM less WHERE a = $1", []any{1}},
	},
	{
		name:   "a function with other types",
		create: "CREATE FUNCTION half(int) RETURNS int LANGUAGE sql AS 'SELECT $1 / 2';",
		alter: `DROP FUNCTION half(int);
			CREATE FUNCTION half(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT trunc($1 / 2, 1)';
			GRANT EXECUTE ON FUNCTION half(numeric) TO PUBLIC`,
		call: call{"SELECT half($1)", []any{3}},
	},
}

func ddlOf(changes []ddlChange) string {
	var all strings.Builder
	for _, c := range changes {
		all.WriteString(c.create + "\n")
	}
	return all.String()
}

// change does to acme's schema what a maintainer does past docex.
func (w *world) change(t *testing.T, c ddlChange) {
	t.Helper()
	owner, err := sql.Open("pgx", withParams(t, w.AdminDSN, "search_path", "tenant_acme"))
	if err != nil {
		t.Fatal(err)
	}
	defer closeDB(t, owner)
	tx, err := owner.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for alter := range strings.SplitSeq(c.alter, ";") { // Citus takes one at a time
		execAll(t, tx, t.Context(), alter)
	}
	finish(t, tx.Commit())
	if c.reseal {
		if _, err := w.prov.Reseal(context.Background(), "acme"); err != nil {
			t.Fatal(err)
		}
	}
}
