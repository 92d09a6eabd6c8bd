package hostile

import "strings"

// Family is a way to write a text that is wide, not deep, in several shapes. The first one costs the parser most.
type Family struct {
	Name   string
	Shapes []Shape
}

// Flat are texts that cost most per byte or per token.
var Flat = []Family{
	{"lists", []Shape{
		row("tables in parentheses", "SELECT (TABLE a)", ",(TABLE a)", ""),
		row("select list", "SELECT a", ",a", ""),
		row("in list", "SELECT a IN (1", ",1", ")"),
		row("values", "VALUES (1)", ",(1)", ""),
		row("calls", "SELECT f()", ",f()", ""),
		row("and or", "SELECT a", " OR a AND a", ""),
		row("when", "SELECT CASE", " WHEN a THEN 1", " END"),
		row("set", "UPDATE a SET a=1", ",a=1", ""),
		row("ctes", "WITH a AS(SELECT)", ",a AS(SELECT)", "SELECT"),
		row("cross joins", "SELECT FROM a", ",a CROSS JOIN a", ""),
	}},
	{"statements", []Shape{
		row("statements", "TABLE a", ";TABLE a", ""),
		row("semicolons", "SELECT 1", ";", ""),
	}},
	{"suffixes", []Shape{
		row("subscripts", "SELECT a", "[1]", ""),
		row("points", "SELECT a", ".b", ""),
		row("array dimensions", "SELECT 1::int", "[]", ""),
	}},
	{"constants", []Shape{
		row("dollars in dollars", "SELECT $a$", "$b$b", "$a$"),
		row("string", "SELECT '", "x", "'"),
		row("quotes", "SELECT '", "''", "'"),
		row("escapes", "SELECT E'", `\u0041`, "'"),
		row("unicode escapes", "SELECT U&'", `\0041`, "'"),
		row("continued string", "SELECT 'a'", "\n'a'", ""),
		row("continued escapes", "SELECT E'a'", "\n'\\''", ""),
		row("number", "SELECT ", "1", ""),
	}},
	{"names", []Shape{
		row("long names", "SELECT a", ","+strings.Repeat("a", 70), ""),
		row("name", "SELECT ", "a", ""),
	}},
	{"blanks", []Shape{
		row("comment", "SELECT /*", "* ", "*/ 1"),
		row("nested comments", "SELECT ", "/* ", "1"),
		row("white space", "SELECT", "\n", "1"),
		row("comments", "SELECT ", "/**/ ", "1"),
		row("line comments", "SELECT ", "--\n", "1"),
	}},
	{"runs", []Shape{
		row("comment run", "SELECT ", "/**/", "1"),
		row("operator run", "SELECT 1", "@", "1"),
		row("sign run", "SELECT ", "+", "1"),
		row("comment openings", "SELECT ", "/*", ""),
	}},
	{"no SQL", []Shape{
		row("dollar", "SELECT ", "$", ""),
		row("garbage", "", "\x80\xfe;\\", ""),
		row("open brackets", "SELECT ", "[", ""),
		row("closed brackets", "SELECT ", ")", ""),
		row("open case", "SELECT ", "CASE ", ""),
		row("end", "SELECT ", "END ", ""),
		row("dollar tag", "SELECT $", "a", ""),
	}},
}

// Buried is a literal of that many bytes at the bottom of a deep tree: packing the tree moves what is beneath a level
// once for each level.
func Buried(literal int) Shape {
	return nested("literal beneath", "SELECT ", "(", "'"+strings.Repeat("x", literal)+"'", " ISNULL)", "")
}
