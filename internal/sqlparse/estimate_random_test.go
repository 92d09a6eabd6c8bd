package sqlparse

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sqlGen writes random statements of the grammar's recursive parts. Each call takes from the budget, so that trees get
// deep in places instead of wide everywhere.
type sqlGen struct {
	t    *rapid.T
	fuel int
}

func (g *sqlGen) pick(options ...string) string { return rapid.SampledFrom(options).Draw(g.t, "pick") }

// expand replaces E, B, S, F, L, Q in a template by an expression, a b_expr, a select, a from item, a label, a list.
func (g *sqlGen) expand(template string) string {
	var out strings.Builder
	for i := range len(template) {
		switch c := template[i]; c {
		case '\x01':
			out.WriteString(g.expr())
		case '\x02':
			out.WriteString(g.bexpr())
		case '\x03':
			out.WriteString(g.query())
		case '\x04':
			out.WriteString(g.from())
		case '\x05':
			out.WriteString(g.label())
		case '\x06':
			out.WriteString(g.space())
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// holes spells the placeholders of expand as words, which reads better in the tables below.
var holes = strings.NewReplacer("{e}", "\x01", "{b}", "\x02", "{q}", "\x03", "{f}", "\x04", "{as}", "\x05", "{_}",
	"\x06")

func (g *sqlGen) from1(leaves, templates []string) string {
	if g.fuel--; g.fuel < 0 {
		return holes.Replace(rapid.SampledFrom(leaves).Draw(g.t, "leaf"))
	}
	return g.expand(holes.Replace(rapid.SampledFrom(templates).Draw(g.t, "template")))
}

var exprLeaves = []string{"1", "a", `"q"`, "$1", "'x'", "1.", "a.and", "a.end", "a.between", `E'\''`, "a.union", "null"}

var exprTemplates = []string{
	"{e}{_}+{_}{e}", "{e} || {e}", "{e} = {e}", "-{_} {e}", "NOT {e}", "{e} AND {e}", "{e} OR {e}",
	"{e} AND {e} OR {e}", "@ {e}",
	"{e}::int", `{e} COLLATE "C"`, "{e} IS NULL", "{e} ISNULL", "{e} AT TIME ZONE {e}", "{e} IS DISTINCT FROM {e}",
	"{e} BETWEEN {b} AND {e}", "{e} NOT BETWEEN SYMMETRIC {b} AND {e}", "{e} LIKE {e} ESCAPE {e}", "{e} SIMILAR TO {e}",
	"{e} IN ({e}, {e})", "{e} IN ({q})", "{e} = ANY ({e})", "{e} OPERATOR(pg_catalog.+) {e}", "{e} IS JSON",
	"{e}{_}->{_}{e}",
	"({e})", "({e}, {e})", "ROW({e})", "f({e}, {e})", `"f"({e})`,
	"f(DISTINCT {e} ORDER BY {e}, {e}) FILTER (WHERE {e})",
	"f({e}) OVER (PARTITION BY {e} ORDER BY {e}, {e} ROWS BETWEEN {e} PRECEDING AND {e} FOLLOWING)",
	"f(a => {e})", "f(VARIADIC {e})", "join({e})", "left({e})", "coalesce({e}, {e})", "nullif({e}, {e})",
	"CAST({e} AS int)",
	"CASE WHEN {e} THEN {e} WHEN {e} THEN {e} ELSE {e} END", "CASE {e} WHEN {e} THEN {e} END", "ARRAY[{e}, {e}]",
	"ARRAY[[{e}],[{e}]]",
	"ARRAY({q})", "EXISTS ({q})", "({q})", "({e})[{e}]", "({e})[{e}:{e}].b", "$1[{e}]", "({e}).and",
	"EXTRACT(year FROM {e})",
	"SUBSTRING({e} FROM {e} FOR {e})", "OVERLAY({e} PLACING {e} FROM {e})", "TRIM(BOTH {e} FROM {e})",
	"json_object({e}: {e}, {e}: {e})",
	"json_array({e}, {e} NULL ON NULL)", "json_array({q})", "json_arrayagg({e} ORDER BY {e})",
	"json_objectagg({e}: {e})",
	"xmlelement(name case, xmlattributes({e} AS from, {e}), {e})", "xmlforest({e} AS and)",
	"xmlserialize(content {e} AS text)",
	"({e}, {e}) OVERLAPS ({e}, {e})", "GROUPING({e})", "f() WITHIN GROUP (ORDER BY {e})", "{e} /* ( */ * {e}",
	"{e} -- (\n/ {e}",
}

var bexprTemplates = []string{"{b} + {b}", "- {b}", "{b}::int", "({e})", "f({e})", "{b} IS DISTINCT FROM {b}",
	"{b} < {b}", "@ {b}"}

var queryLeaves = []string{"SELECT 1", "TABLE a", "VALUES (1)", "SELECT", "SELECT 1 case"}

var queryTemplates = []string{
	"SELECT {e}{as}, {e}{as}", "SELECT {e}{as} FROM {f}", "SELECT DISTINCT ON ({e}) {e} FROM {f}, {f} WHERE {e}",
	"{q} UNION {q}", "{q} INTERSECT ALL {q}", "{q} EXCEPT {q}",
	"({q}) UNION ALL ({q}) ORDER BY {e}, {e} LIMIT {e} OFFSET {e}",
	"SELECT {e}{as} FROM {f} WHERE {e} GROUP BY {e}, CUBE({e}, {e}), GROUPING SETS ({e}, ROLLUP({e})) HAVING {e}",
	"SELECT {e}{as} WINDOW w AS (PARTITION BY {e}, {e}), v AS (ORDER BY {e} USING <)", "VALUES ({e}, {e}), ({e}, {e})",
	"WITH c AS ({q}), d AS ({q}) SELECT {e}{as} FROM {f}",
	"WITH RECURSIVE c AS MATERIALIZED ({q}) SEARCH DEPTH FIRST BY a SET b TABLE c",
	"WITH c AS (INSERT INTO t VALUES ({e}), ({e}) ON CONFLICT ({e}) WHERE {e} DO UPDATE SET a = {e}, (a, b) = {e} " +
		"WHERE {e} RETURNING {e}{as}) TABLE c",
	"WITH c AS (UPDATE t SET (a, b) = ({q}), c[{e}] = {e} FROM {f} WHERE {e} RETURNING {e}{as}) SELECT {e}",
	"WITH c AS (DELETE FROM t USING {f} WHERE {e} RETURNING {e}) {q}", "SELECT {e} FROM {f} FOR UPDATE OF a",
}

var fromTemplates = []string{
	"{f} JOIN {f} ON {e}", "{f} CROSS JOIN a", "{f} NATURAL LEFT JOIN a", "{f} FULL JOIN a USING (x, y)",
	"({f} JOIN {f} ON {e})",
	"({q}) AS s (x, y)", "LATERAL ({q}) s", "f({e}, {e}) WITH ORDINALITY", "ROWS FROM (f({e}), g({e}) AS (x int))",
	"a TABLESAMPLE system ({e}) REPEATABLE ({e})",
	"XMLTABLE({b} PASSING {b} COLUMNS a int, b int DEFAULT {b} NOT NULL)",
}

var statementTemplates = []string{
	"{q}", "{q}", "{q}; {q}", "EXPLAIN {q}", "INSERT INTO t (a, b) {q} RETURNING {e}{as}",
	"UPDATE t SET a = {e}, (a, b) = ({e}, {e}) WHERE {e}",
	"DELETE FROM t WHERE {e}",
	"MERGE INTO t USING {f} ON {e} WHEN MATCHED AND {e} THEN UPDATE SET a = {e} WHEN NOT MATCHED THEN INSERT VALUES " +
		"({e}, {e})",
	"CREATE VIEW v AS {q}", "CREATE TABLE t (a int DEFAULT {b} CHECK ({e}), CHECK ({e}))", "DECLARE c CURSOR FOR {q}",
	"CALL f({e}, a => {e})",
	"CREATE RULE r AS ON INSERT TO t WHERE {e} DO ALSO ({q}; {q})",
	"CREATE FUNCTION f(a int DEFAULT {e}) RETURNS int BEGIN ATOMIC {q}; RETURN {e}; END",
	"CREATE INDEX ON t (({e}), f({e})) WHERE {e}", "CREATE POLICY p ON t USING ({e}) WITH CHECK ({e})",
	"COPY ({q}) TO STDOUT",
	"ALTER TABLE t ALTER a TYPE int USING {e}, ADD b int DEFAULT {b}",
	"CREATE TRIGGER x BEFORE INSERT OR UPDATE ON t WHEN ({e}) EXECUTE FUNCTION f('a')",
}

func (g *sqlGen) expr() string { return g.from1(exprLeaves, exprTemplates) }
func (g *sqlGen) bexpr() string {
	return g.from1([]string{"1", "a", "a.and", "between"}, bexprTemplates)
}
func (g *sqlGen) query() string { return g.from1(queryLeaves, queryTemplates) }
func (g *sqlGen) from() string  { return g.from1([]string{"a", "a.b AS c", `"t"`}, fromTemplates) }
func (g *sqlGen) label() string {
	return g.pick("", " AS x", " AS case", " AS end", " AS from", " AS union", " AS between", " AS and", " AS join",
		` AS "case"`)
}
func (g *sqlGen) space() string { return g.pick("", " ", "\n", "/* ' */", "--'\n") }

// TestEstimateCoversTree generates statements and holds the estimate against the depth of the tree that PostgreSQL's
// grammar really makes of them. A statement that does not parse proves nothing; most do.
func TestEstimateCoversTree(t *testing.T) {
	t.Parallel()
	parsed, tried := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			g := &sqlGen{t: t, fuel: rapid.IntRange(1, 40).Draw(t, "fuel")}
			tried++
			if checkEstimate(t, g.from1([]string{"SELECT 1"}, statementTemplates)) {
				parsed++
			}
		}
	})
	if parsed < tried/3 || parsed < 500 {
		t.Fatalf("%d of %d statements parsed", parsed, tried)
	}
	t.Logf("%d of %d statements parsed", parsed, tried)
}
