package provision_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/docex/docex/provision"
)

// Functions may stand before the tables that they use, as pg_dump writes them, with the code in whatever language.
func TestFunctionsBeforeTables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.initialized(provision.Config{DDL: provision.DDLString(`
CREATE FUNCTION total_of(want bigint) RETURNS bigint LANGUAGE sql STABLE
  AS $$ SELECT sum(cents) FROM item WHERE "order" = want $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql
  AS $$ DECLARE r item%ROWTYPE; BEGIN r.cents := 1; RETURN NEW; END $$;
CREATE PROCEDURE empty() LANGUAGE sql AS 'DELETE FROM item';
CREATE TABLE item ("order" bigint, cents bigint);
CREATE VIEW totals AS SELECT total_of(1) AS total;
CREATE TRIGGER touch BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION touch();`),
		Seed: provision.DDLString(`INSERT INTO item VALUES (1, 2), (1, 3)`)})
	if _, err := p.Create(t.Context(), provision.Tenant{ID: "acme"}); err != nil {
		t.Fatal(err)
	}
	s := w.app()
	if err := s.pin("acme"); err != nil {
		t.Fatal(err)
	}
	var total int64
	if err := s.conn.QueryRow(t.Context(), "SELECT total FROM totals").Scan(&total); err != nil || total != 5 {
		t.Errorf("total %d, %v", total, err)
	}
}

// An error of the server's names the file, the line and the statement, and nothing is left of the tenant.
func TestDDLFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.initialized(provision.Config{})
	const table = "-- what there is\nCREATE TABLE item (cents bigint CHECK (cents > 0));\n"
	for _, test := range []struct {
		name, text string
		want       provision.DDLFailure
	}{
		{"position", "\n\nCREATE TABLE other (\n  a int,\n  b nosuch\n);",
			provision.DDLFailure{Line: 7, Statement: "CREATE TABLE other"}},
		{"no position", "\nCREATE INDEX i ON item (cents);\n  -- again\nCREATE INDEX i\n  ON item (cents); SELECT 1;",
			provision.DDLFailure{Line: 6, Statement: "CREATE INDEX i ON item"}},
		{"equal statements", "CREATE TYPE m AS ENUM ('a');\n\nCREATE TYPE m AS ENUM ('a');",
			provision.DDLFailure{Line: 5, Statement: "CREATE TYPE m"}},
		{"one inside the other", "CREATE TABLE a (b int);\nCREATE TABLE a (b int)",
			provision.DDLFailure{Line: 4, Statement: "CREATE TABLE a"}},
		{"rows", "INSERT INTO item\n  VALUES (1),\n (-77);",
			provision.DDLFailure{Line: 3, Statement: "INSERT INTO item VALUES"}},
		{"in a function that runs", `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql
AS 'BEGIN INSERT INTO item VALUES (0); END';
CREATE TABLE item_too (); SELECT f();`, provision.DDLFailure{Line: 5, Statement: "SELECT f"}},
		{"sql code", `CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS '
  SELECT cents::int
    FROM "It''em"';
CREATE TABLE after_it ()`, provision.DDLFailure{Line: 4, Statement: "CREATE FUNCTION f", BodyLine: 3}},
		{"result of sql code", `CREATE FUNCTION g() RETURNS int LANGUAGE sql AS $$ SELECT 'x'::text $$;`,
			provision.DDLFailure{Line: 3, Statement: "CREATE FUNCTION g"}},
		{"plpgsql code", "CREATE TABLE before ();\nCREATE PROCEDURE \"It's\\\"(a int) LANGUAGE plpgsql AS $$\n" +
			"BEGIN\n  a := 1;\n  FOO;\nEND $$;",
			provision.DDLFailure{Line: 4, Statement: `CREATE PROCEDURE "It's\"`, BodyLine: 4}},
		{"plpgsql declarations", "CREATE FUNCTION h() RETURNS int LANGUAGE plpgsql AS $$\n" +
			"DECLARE\n  r nosuch;\nBEGIN\n  RETURN 1;\nEND $$;",
			provision.DDLFailure{Line: 3, Statement: "CREATE FUNCTION h", BodyLine: 3}},
		{"renamed", "CREATE FUNCTION h() RETURNS int LANGUAGE sql AS 'SELECT nosuch';ALTER FUNCTION h() RENAME TO hh",
			provision.DDLFailure{Line: 3, Statement: "CREATE FUNCTION h", BodyLine: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := w
			w.t = t
			p := w.provisioner(provision.Config{DDL: fstest.MapFS{
				"1.sql": {Data: []byte("CREATE TABLE first ();")}, "2.sql": {Data: []byte(table + test.text)}}})
			before := w.objects()
			_, err := p.Create(t.Context(), provision.Tenant{ID: "broken"})
			wantIs(t, err, provision.ErrDDL)
			var got *provision.DDLFailure
			if !errors.As(err, &got) {
				t.Fatal(err)
			}
			if got.File != "2.sql" || got.Line != test.want.Line || got.Statement != test.want.Statement ||
				got.BodyLine != test.want.BodyLine || sqlState(t, got.Err) == "" {
				t.Errorf("got %+v\nwant %+v", *got, test.want)
			}
			if !strings.HasPrefix(err.Error(), "docex: provision: create: tenant \"broken\": the DDL failed: 2.sql:") ||
				strings.Contains(err.Error(), "77") {
				t.Error(err)
			}
			if after := w.objects(); after != before {
				t.Errorf("left behind: %s, before %s", after, before)
			}
		})
	}
}
