package sqlparse

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

func partsIn(texts ...string) string {
	var all []string
	for _, p := range Parts(texts...) {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%d %s.%s %s", p.Kind, p.Table, p.Name, p.Of)))
	}
	return strings.Join(all, "; ")
}

// What is dropped, replaced or renamed later is not there in the end.
func TestPartsThatAreLeft(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ before, then, same string }{
		{"CREATE TABLE t (a int); CREATE VIEW v AS SELECT 1", "DROP VIEW v", "CREATE TABLE t (a int)"},
		{"CREATE TABLE t (a int DEFAULT 1 CHECK (a > 0), b int)", "ALTER TABLE t DROP COLUMN a; SELECT 1",
			"CREATE TABLE t (b int); ALTER TABLE t DROP COLUMN a"},
		{"CREATE TYPE c AS (a int); CREATE TABLE t (a c)", "DROP TYPE c CASCADE", "CREATE TABLE t ()"},
		{"CREATE FUNCTION f() RETURNS int RETURN 1", "DROP FUNCTION f()", ""},
		{"CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)", "DROP OPERATOR === (int, int)", ""},
		{"CREATE TYPE r AS RANGE (SUBTYPE = int)", "DROP TYPE r", ""},
		{"CREATE TABLE t (); CREATE INDEX i ON t ((1))", "DROP INDEX i", "CREATE TABLE t ()"},
		{"CREATE VIEW v AS SELECT 1", "CREATE OR REPLACE VIEW v AS SELECT 2", "CREATE VIEW v AS SELECT 2"},
		{"CREATE TABLE t (a int CONSTRAINT c CHECK (a > 0))", "ALTER TABLE t DROP CONSTRAINT c",
			"CREATE TABLE t (a int); ALTER TABLE t DROP CONSTRAINT c"},
		{"CREATE TABLE t (a int CHECK (a > 0))", "ALTER TABLE t DROP CONSTRAINT t_a_check",
			"CREATE TABLE t (a int); ALTER TABLE t DROP CONSTRAINT c"},
		{"CREATE TABLE t (a int)", "ALTER TABLE t RENAME TO u; DROP TABLE u", ""},
		{"CREATE TABLE t (a int)", "ALTER TABLE t RENAME a TO b; ALTER TABLE t DROP COLUMN b",
			"CREATE TABLE t (); ALTER TABLE t DROP COLUMN a"},
	} {
		if got, want := partsIn(c.before, c.then), partsIn(c.same); got != want {
			t.Errorf("%s; %s\ngot  %s\nwant %s", c.before, c.then, got, want)
		}
	}
}

// Whatever a DDL holds, its parts stand in it.
func TestPartsOfCorpus(t *testing.T) {
	t.Parallel()
	corpus, err := os.ReadFile("../../testdata/ddl/allowed.sql")
	if err != nil {
		t.Fatal(err)
	}
	text := string(corpus)
	parts := Parts("SELCT", text)
	if len(parts) < 60 {
		t.Errorf("only %d parts", len(parts))
	}
	if slices.ContainsFunc(parts, func(p Part) bool { return p.Text != 1 || p.Offset < 0 || p.Offset >= len(text) }) {
		t.Error("a part outside of the text")
	}
}
