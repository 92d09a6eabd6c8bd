package sqlparse

import (
	"fmt"
	"strings"
)

// shape is a way to write a statement of any size. deep ones grow the parse tree downwards, the others sideways.
type shape struct {
	name  string
	deep  bool
	build func(n int) string
}

func row(name, before, link, after string) shape {
	return shape{name, true, func(n int) string { return before + strings.Repeat(link, n) + after }}
}

func nested(name, before, open, middle, end, after string) shape {
	return shape{name, true, func(n int) string {
		return before + strings.Repeat(open, n) + middle + strings.Repeat(end, n) + after
	}}
}

func flat(name, before, item, after string) shape {
	s := row(name, before, item, after)
	s.deep = false
	return s
}

// hostileShapes are all the ways we know to build a deep tree: one entry for each production of PostgreSQL 16's grammar that
// can hold itself, directly or through others. All are valid SQL for the parser at any size that it takes.
var hostileShapes = []shape{
	row("plus", "SELECT 1", "+1", ""),
	row("cast", "SELECT 1", "::int", ""),
	row("cast of quoted type", "SELECT 1", `::"x"`, ""),
	row("concat", "SELECT 'a'", "||'a'", ""),
	row("collate", "SELECT 'a'", ` COLLATE "C"`, ""),
	row("is null", "SELECT 1", " IS NULL", ""),
	row("isnull", "SELECT 1", " ISNULL", ""),
	row("notnull", "SELECT 1.", " NOTNULL", ""),
	row("is true", "SELECT 1", " IS TRUE", ""),
	row("is json", "SELECT '1'", " IS JSON", ""),
	row("is document", "SELECT '1'", " IS DOCUMENT", ""),
	row("is normalized", "SELECT '1'", " IS NORMALIZED", ""),
	row("at time zone", "SELECT now()", " AT TIME ZONE 'x'", ""),
	row("arrow", "SELECT a", "->'x'", ""),
	row("named operator", "SELECT 1", " OPERATOR(pg_catalog.+) 1", ""),
	row("prefix named operator", "SELECT ", "OPERATOR(@) ", "1"),
	row("union", "SELECT 1", " UNION SELECT 1", ""),
	row("union all of lists", "SELECT 1, 2", " UNION ALL SELECT 1, 2", ""),
	row("intersect", "SELECT 1", " INTERSECT SELECT 1", ""),
	row("except table", "TABLE a", " EXCEPT TABLE a", ""),
	row("union after a point", "SELECT 1.", " UNION SELECT 1.", ""),
	row("union under a deep select", "SELECT "+strings.Repeat("- ", 100)+"a", " UNION SELECT 1", ""),
	row("union with a label case", "SELECT "+strings.Repeat("- ", 100)+"a, 1 AS case", " UNION SELECT 1", ", 1 AS end"),
	row("cross join", "SELECT 1 FROM a", " CROSS JOIN b", ""),
	row("natural join", "SELECT 1 FROM a", " NATURAL JOIN b", ""),
	row("join on", "SELECT 1 FROM a", " JOIN b ON a.x = b.y AND a.z", ""),
	row("join using", "SELECT 1 FROM a", " LEFT JOIN b USING (x)", ""),
	nested("join on on", "SELECT 1 FROM a", " JOIN a", "", " ON b", ""),
	row("not", "SELECT ", "NOT ", "a"),
	row("minus", "SELECT ", "- ", "a"),
	row("plus run", "SELECT ", "+ ", "a"),
	row("prefix operator", "SELECT ", "@ ", "a"),
	row("between and not", "SELECT ", "1 BETWEEN 1 AND NOT ", "a"),
	row("between .and and not", "SELECT ", "1 BETWEEN a.and AND NOT ", "a"),
	row("distinct from not", "SELECT ", "1 IS DISTINCT FROM NOT ", "a"),
	row("like not", "SELECT ", "1 LIKE NOT ", "a"),
	row("like escape not", "SELECT ", "'a' LIKE 'a' ESCAPE NOT ", "a"),
	row("similar to not", "SELECT ", "'a' SIMILAR TO NOT ", "a"),
	row("equals not", "SELECT ", "1 = NOT ", "a"),
	nested("parentheses", "SELECT ", "(", "1", ")", ""),
	nested("parentheses and", "SELECT ", "(a AND ", "1", ")", ""),
	nested("parentheses or and", "SELECT ", "(a OR b AND ", "1", ")", ""),
	nested("parentheses plus", "SELECT ", "(1+", "1", ")", ""),
	nested("sum after", "SELECT ", "(", "1", "+1)", ""),
	nested("subselect", "SELECT ", "(SELECT ", "1", ")", ""),
	nested("subselect list", "SELECT ", "(SELECT 1, ", "1", ")", ""),
	nested("subselect or and", "SELECT ", "(SELECT a OR b AND ", "1", ")", ""),
	nested("table order by", "", "(TABLE a ORDER BY b, ", "1", ")", ""),
	nested("order by subselect", "SELECT ", "(SELECT 1 ORDER BY ", "1", ")", ""),
	nested("limit subselect", "SELECT ", "(SELECT 1 LIMIT ", "1", ")", ""),
	nested("group by subselect", "SELECT ", "(SELECT 1 GROUP BY ", "1", ")", ""),
	nested("window subselect", "SELECT ", "(SELECT 1 WINDOW w AS (ORDER BY ", "1", "))", ""),
	nested("window frame", "SELECT ", "(SELECT 1 WINDOW w AS (ROWS ", "1", " PRECEDING))", ""),
	nested("distinct on", "SELECT ", "(SELECT DISTINCT ON (", "1", ") 1)", ""),
	nested("in select", "SELECT ", "a IN (SELECT ", "1", ")", ""),
	nested("in list", "SELECT ", "1 IN (", "1", ")", ""),
	nested("exists", "SELECT ", "EXISTS (SELECT ", "1", ")", ""),
	nested("any", "SELECT ", "1 = ANY (", "1", ")", ""),
	nested("any select", "SELECT ", "1 = ANY (SELECT ", "1", ")", ""),
	nested("array select", "SELECT ", "ARRAY(SELECT ", "1", ")", ""),
	nested("call", "SELECT ", `"f"(`, "1", ")", ""),
	nested("call or and", "SELECT ", `"f"(a OR b AND `, "1", ")", ""),
	nested("call list", "SELECT ", `"f"(1, `, "1", ")", ""),
	nested("call variadic", "SELECT ", `"f"(VARIADIC `, "1", ")", ""),
	nested("call named", "SELECT ", `"f"("a"=>`, "1", ")", ""),
	nested("call order by", "SELECT ", `"f"(1 ORDER BY `, "1", ")", ""),
	nested("call order by list", "SELECT ", `"f"(1 ORDER BY 1, `, "1", ")", ""),
	nested("call filter", "SELECT ", `"f"() FILTER (WHERE `, "1", ")", ""),
	nested("call within group", "SELECT ", `"f"() WITHIN GROUP (ORDER BY `, "1", ")", ""),
	nested("call over", "SELECT ", `"f"() OVER (ORDER BY 1, `, "1", ")", ""),
	nested("call over rows", "SELECT ", `"f"() OVER (ROWS BETWEEN `, "1", " PRECEDING AND 1 FOLLOWING)", ""),
	nested("functions called join", "SELECT ", "- - join(", "1", ")", ""),
	nested("case when", "SELECT ", "CASE WHEN ", "1", " THEN 1 END", ""),
	nested("case operand", "SELECT ", "CASE ", "1", " WHEN 1 THEN 1 END", ""),
	nested("case else", "SELECT ", "CASE WHEN 1 THEN 1 ELSE ", "1", " END", ""),
	nested("case or and", "SELECT ", "CASE WHEN a OR b AND ", "1", " THEN 1 END", ""),
	nested("case .end", "SELECT ", "CASE WHEN a.end THEN 1 ELSE ", "1", " END", ""),
	row("case plus", "SELECT 1", "+CASE WHEN 1 THEN 1 END", ""),
	nested("array", "SELECT ", "ARRAY[", "1", "]", ""),
	nested("array of arrays", "SELECT ARRAY", "[", "1", "]", ""),
	nested("row", "SELECT ", "ROW(", "1", ")", ""),
	nested("implicit row", "SELECT ", "(1,", "1", ")", ""),
	nested("coalesce", "SELECT ", "coalesce(", "1", ")", ""),
	nested("greatest", "SELECT ", "greatest(", "1", ")", ""),
	nested("xmlelement", "SELECT ", "xmlelement(name a,", "1", ")", ""),
	nested("xmlattributes", "SELECT ", "xmlelement(name a,xmlattributes(", "1", " AS a))", ""),
	nested("xmlserialize", "SELECT ", "xmlserialize(content ", "1", " AS text)", ""),
	nested("xmltable", "SELECT 1 FROM ", "XMLTABLE('a' PASSING (SELECT 1 FROM ", "a", ") COLUMNS a int)", ""),
	nested("xmltable default", "SELECT ", "(SELECT 1 FROM XMLTABLE('a' PASSING '' COLUMNS a int, b int DEFAULT ", "1", "))", ""),
	nested("json_object", "SELECT ", "json_object('a':", "1", ")", ""),
	nested("json_object list", "SELECT ", "json_object('b':1,'a':", "1", ")", ""),
	nested("json_array", "SELECT ", "json_array(", "1", ")", ""),
	nested("json_array select", "SELECT ", "json_array(SELECT ", "1", ")", ""),
	nested("json_arrayagg", "SELECT ", "json_arrayagg(1 ORDER BY a, ", "1", ")", ""),
	nested("json_objectagg", "SELECT ", "json_objectagg('a':", "1", ")", ""),
	nested("cast()", "SELECT ", "CAST(", "1", " AS int)", ""),
	nested("extract", "SELECT ", "EXTRACT(year FROM ", "1", ")", ""),
	nested("substring", "SELECT ", "SUBSTRING('a' FROM ", "1", " FOR 1)", ""),
	nested("overlaps", "SELECT ", "(1,1) OVERLAPS (1,", "1", ")", ""),
	nested("type modifier", "SELECT 1::", `"f"(1::`, "int", ")", ""),
	nested("subscript", "SELECT ", "$1[", "1", "]", ""),
	nested("slice", "SELECT ", "$1[1:", "1", "]", ""),
	nested("cte", "", "WITH a AS (", "SELECT 1", ") SELECT 1", ""),
	nested("cte list", "", "WITH b AS (SELECT 1), a AS (", "SELECT 1", ") SELECT 1", ""),
	nested("cte update", "SELECT ", "(WITH a AS (UPDATE a SET (a,b)=", "(SELECT 1)", " RETURNING 1) SELECT 1)", ""),
	nested("cte insert", "SELECT ", "(WITH a AS (INSERT INTO a VALUES (1) ON CONFLICT (a) DO UPDATE SET x=1,(a,b)=", "(SELECT 1)", ") SELECT 1)", ""),
	nested("cte insert returning", "", "WITH a AS (INSERT INTO a VALUES (1) RETURNING (", "SELECT 1", ")) SELECT 1", ""),
	nested("cte delete", "SELECT ", "(WITH a AS (DELETE FROM a WHERE ", "1", ") SELECT 1)", ""),
	nested("from subselect", "SELECT 1 FROM ", "(SELECT 1 FROM ", "a", ") a", ""),
	nested("from joined subselect", "SELECT 1 FROM ", "(SELECT 1 FROM a, b JOIN ", "a", " ON true) a", ""),
	nested("from join", "SELECT 1 FROM ", "(", "a", " JOIN b ON c)", ""),
	nested("from lateral", "SELECT 1 FROM ", "LATERAL (SELECT 1 FROM ", "a", ") a", ""),
	nested("from function", "SELECT ", `(SELECT 1 FROM "f"(`, "1", "))", ""),
	nested("from rows from", "SELECT ", `(SELECT 1 FROM ROWS FROM ("f"(`, "1", ")))", ""),
	nested("tablesample", "SELECT ", `(SELECT 1 FROM a TABLESAMPLE "x"(`, "1", "))", ""),
	nested("values", "SELECT ", "(VALUES (1, ", "1", "))", ""),
	nested("values order by", "SELECT ", "(VALUES (1, 1) ORDER BY 1, ", "1", ")", ""),
	nested("union in parentheses", "", "(SELECT 1 UNION ", "SELECT 1", ")", ""),
	nested("grouping sets", "SELECT 1 GROUP BY ", "GROUPING SETS(", "a", ")", ""),
	nested("cube", "SELECT 1 GROUP BY GROUPING SETS ", "(CUBE(a),GROUPING SETS", "(a)", ")", ""),
	nested("view", "CREATE VIEW v AS SELECT ", "(SELECT ", "1", ")", ""),
	nested("check", "CREATE TABLE t (a int CHECK (", "(1+", "1", ")", "))"),
	nested("default", "ALTER TABLE t ADD COLUMN a int DEFAULT ", "(1+", "1", ")", ""),
	nested("rule", "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT ", "(1+", "1", ")", "; SELECT 1)"),
	nested("function body", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT ", "(1+", "1", ")", "; END"),
	nested("explain", "EXPLAIN SELECT ", "(SELECT ", "1", ")", ""),
	nested("merge", "MERGE INTO a USING b ON c WHEN MATCHED THEN UPDATE SET a = ", "(SELECT ", "1", ")", ""),
}

// flatShapes make trees that are wide, not deep, in the ways that cost most per byte or per token.
var flatShapes = []shape{
	flat("select list", "SELECT a", ",a", ""),
	flat("in list", "SELECT a IN (1", ",1", ")"),
	flat("values", "VALUES (1)", ",(1)", ""),
	flat("tables in parentheses", "SELECT (TABLE a)", ",(TABLE a)", ""),
	flat("calls", "SELECT f()", ",f()", ""),
	flat("and or", "SELECT a", " OR a AND a", ""),
	flat("when", "SELECT CASE", " WHEN a THEN 1", " END"),
	flat("set", "UPDATE a SET a=1", ",a=1", ""),
	flat("ctes", "WITH a AS(SELECT)", ",a AS(SELECT)", "SELECT"),
	flat("cross joins", "SELECT FROM a", ",a CROSS JOIN a", ""),
	flat("statements", "TABLE a", ";TABLE a", ""),
	flat("semicolons", "SELECT 1", ";", ""),
	flat("points", "SELECT a", ".b", ""),
	flat("subscripts", "SELECT a", "[1]", ""),
	flat("array dimensions", "SELECT 1::int", "[]", ""),
	flat("string", "SELECT '", "x", "'"),
	flat("quotes", "SELECT '", "''", "'"),
	flat("escapes", "SELECT E'", `\u0041`, "'"),
	flat("unicode escapes", "SELECT U&'", `\0041`, "'"),
	flat("dollars in dollars", "SELECT $a$", "$b$b", "$a$"),
	flat("continued string", "SELECT 'a'", "\n'a'", ""),
	flat("continued escapes", "SELECT E'a'", "\n'\\''", ""),
	flat("comment", "SELECT /*", "* ", "*/ 1"),
	flat("nested comments", "SELECT ", "/* ", "1"),
	flat("white space", "SELECT", "\n", "1"),
	flat("comments", "SELECT ", "/**/ ", "1"),
	flat("line comments", "SELECT ", "--\n", "1"),
	flat("name", "SELECT ", "a", ""),
	flat("long names", "SELECT a", ","+strings.Repeat("a", 70), ""),
	flat("number", "SELECT ", "1", ""),
	flat("garbage", "", "\x80\xfe;\\", ""),
	flat("operator run", "SELECT 1", "@", "1"),
	flat("sign run", "SELECT ", "+", "1"),
	flat("comment run", "SELECT ", "/**/", "1"),
	flat("comment openings", "SELECT ", "/*", ""),
	flat("open brackets", "SELECT ", "[", ""),
	flat("closed brackets", "SELECT ", ")", ""),
	flat("open case", "SELECT ", "CASE ", ""),
	flat("end", "SELECT ", "END ", ""),
	flat("dollar", "SELECT ", "$", ""),
	flat("dollar tag", "SELECT $", "a", ""),
}

// largest returns the largest size at which a shape passes the default limits, up to most bytes of text.
func (s shape) largest(most int) int {
	low, high := 0, most
	for low < high {
		mid := (low + high + 1) / 2
		if s.passes(mid, most) {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low
}

func (s shape) passes(n, most int) bool {
	perItem := len(s.build(2)) - len(s.build(1))
	if n > most/perItem {
		return false
	}
	return CheckLimits(s.build(n), Limits{}) == nil
}

func (s shape) String() string { return fmt.Sprintf("%q", s.name) }
