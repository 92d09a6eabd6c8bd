package pgdump

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// cleaner takes the schema's name out of one statement.
type cleaner struct {
	schema     string
	others     map[string]bool                // schemas that tenants do not have
	extensions []string                       // schemas that are on the tenants' path
	note       func(offset int, words string) // offset in the statement
	clauses    int                            // SET search_path
}

// stringsAre says what a constant may be that is not cast to a type of names.
type stringsAre uint8

const (
	data      stringsAre = iota // what people or programs read
	arguments                   // of a trigger: its function may take them for names
	code                        // of a function: it may be executed
	nothing                     // none is in it: it is the name of an object
)

// fragment is a piece of code: a statement, or what is in a string of one.
type fragment struct {
	sql    string
	tokens []text.Token
	at     int  // where it begins in the statement
	exact  bool // offsets in it are those of the statement, from at on
	kind   stringsAre
}

// offset turns an offset in the fragment into one in the statement.
func (f *fragment) offset(inside int) int {
	if f.exact {
		return f.at + inside
	}
	return f.at
}

// strip returns the edits that take the schema's name away wherever it qualifies a name. skip are tokens that somebody
// else looks at.
func (c *cleaner) strip(f *fragment, skip func(i int) bool) (edits []edit) {
	aliases := c.aliases(f)
	for i, t := range f.tokens {
		switch {
		case skip != nil && skip(i), t.Kind == text.TokenLiteral && f.kind == nothing: // no string is in a name
		case t.Kind == text.TokenLiteral:
			if e, ok := c.constant(f, i); ok {
				edits = append(edits, e)
			}
		case c.qualifies(f, i) && !aliases(i):
			edits = append(edits, cut(f, i)...)
		case f.kind == code && c.others[f.first(i)]:
			c.note(f.offset(t.Start), "it names an object of schema "+f.first(i)+", which tenants do not have")
		}
	}
	return edits
}

// first returns the name at token i when it is the first part of a longer one.
func (f *fragment) first(i int) string {
	if !isName(f.tokens, i) || kindAt(f.tokens, i+1) != text.TokenDot || kindAt(f.tokens, i-1) == text.TokenDot {
		return ""
	}
	return nameOf(f.sql, f.tokens[i])
}

// qualifies reports whether token i is the schema's name in front of another name, as far as tokens tell.
func (c *cleaner) qualifies(f *fragment, i int) bool {
	if f.first(i) != c.schema || f.setting(i) {
		return false
	}
	return isName(f.tokens, i+2) || kindAt(f.tokens, i+2) == text.TokenOp && f.operator(i)
}

// setting reports whether token i begins the name of a setting, which may look like one with a schema.
func (f *fragment) setting(i int) bool {
	switch wordAt(f.sql, f.tokens, i-1) {
	case "set", "reset", "show":
		return true
	case "local", "session":
		return wordAt(f.sql, f.tokens, i-2) == "set"
	}
	return false
}

// operator reports whether the name of an operator is expected at token i: in OPERATOR(…), or behind OPERATOR with or
// without the number that it has in an operator class. Elsewhere a sign behind a dot is the * of all columns.
func (f *fragment) operator(i int) bool {
	if f.kind == nothing {
		return true
	}
	before := i - 1
	if kind := kindAt(f.tokens, before); kind == text.TokenOpen || kind == text.TokenLiteral {
		before--
	}
	return wordAt(f.sql, f.tokens, before) == "operator"
}

// cut removes the name at token i with the dot behind it. What stands behind the dot may be a word that is no name
// without it, so it is quoted then.
func cut(f *fragment, i int) []edit {
	edits := []edit{{f.tokens[i].Start, f.tokens[i+1].End, ""}}
	name := f.tokens[i+2]
	if i > 0 && f.tokens[i-1].End == f.tokens[i].Start && touch(f.tokens[i-1].Kind, name.Kind) {
		edits[0].text = " "
	}
	if word := wordAt(f.sql, f.tokens, i+2); keywords[word] {
		edits = append(edits, edit{name.Start, name.End, `"` + word + `"`})
	}
	return edits
}

// touch reports whether two tokens would become another one without a blank between them.
func touch(before, name text.TokenKind) bool {
	switch before {
	case text.TokenWord, text.TokenQuoted, text.TokenLiteral, text.TokenOther:
		return true
	}
	return before == text.TokenOp && name == text.TokenOp
}

// limits are for statements of a schema's size.
var limits = text.Limits{MaxTokens: 2_000_000}

// aliases reports which tokens that look like the schema's name are a table's alias. That can only be where the name
// stands for something else in the same text, too. The parser knows; where it does not, words around the name tell, and
// what is left alone is noted.
func (c *cleaner) aliases(f *fragment) func(i int) bool {
	none := func(int) bool { return false }
	ambiguous, qualifies := false, false
	for i := range f.tokens {
		if isName(f.tokens, i) && nameOf(f.sql, f.tokens[i]) == c.schema {
			if c.qualifies(f, i) {
				qualifies = true
			} else {
				ambiguous = true
			}
		}
	}
	if !ambiguous || !qualifies {
		return none
	}
	if columns, err := sqlparse.ColumnsOf(f.sql, c.schema, limits); err == nil {
		return func(i int) bool { return columns[f.tokens[i].Start] }
	}
	return func(i int) bool {
		if f.names(i) {
			return false
		}
		c.note(f.offset(f.tokens[i].Start), "it may be the schema's name or that of a table or variable; it is left as it is")
		return true
	}
}

// beforeNames are words behind which a table, a function or a type is named.
var beforeNames = map[string]bool{"from": true, "join": true, "into": true, "update": true, "table": true, "only": true,
	"using": true, "references": true, "setof": true, "call": true, "on": true, "of": true, "type": true, "as": true,
	"exists": true, "collate": true}

// names reports whether a name of two parts at token i is that of an object, by the words around it.
func (f *fragment) names(i int) bool {
	behind := kindAt(f.tokens, i+3)
	return behind == text.TokenDot || behind == text.TokenOpen || kindAt(f.tokens, i+2) == text.TokenOp ||
		i > 0 && f.tokens[i-1].Kind == text.TokenOp && f.sql[f.tokens[i-1].Start:f.tokens[i-1].End] == "::" ||
		beforeNames[wordAt(f.sql, f.tokens, i-1)] ||
		behind == text.TokenOp && strings.HasPrefix(f.sql[f.tokens[i+3].Start:], "%")
}

// keywords are the words that PostgreSQL 15 to 18 do not take for every kind of name (manual, appendix C), and those
// that plpgsql keeps for itself. None of them is worse for being quoted.
var keywords = text.WordSet(`
all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast
char character check coalesce collate collation column concurrently constraint create cross current_catalog
current_date current_role current_schema current_time current_timestamp current_user dec decimal default
deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant
greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join
json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize
json_table json_value lateral leading least left like limit localtime localtimestamp merge_action national natural
nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay placing
position precision primary real references returning right row select session_user setof similar smallint some
substring symmetric system_user table tablesample then time timestamp to trailing treat trim true union unique
user using values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists
xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
begin by declare execute foreach if loop strict while`)
