package pgdump

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
)

// nameTypes are the types whose values are names of objects (PostgreSQL manual, "Object Identifier Types").
var nameTypes = text.WordSet("regclass regtype regproc regprocedure regoper regoperator regconfig regdictionary " +
	"regcollation")

// takesName are functions whose first argument is the name of an object.
var takesName = text.WordSet("nextval currval setval to_regclass to_regtype to_regproc to_regprocedure to_regoper " +
	"to_regoperator to_regcollation pg_get_serial_sequence")

// constant rewrites a constant that names objects, and notes one that may.
func (c *cleaner) constant(f *fragment, i int) (edit, bool) {
	t := f.tokens[i]
	l, ok := literalOf(f.sql[t.Start:t.End])
	if !ok || !c.mentions(l.value) {
		return edit{}, false
	}
	if !f.isName(i) {
		switch f.kind {
		case code:
			c.note(f.offset(t.Start), "a string holds the schema's name; if it is executed, take the name out by hand")
		case arguments:
			c.note(f.offset(t.Start), "an argument of the trigger holds the schema's name; tenants have another one")
		}
		return edit{}, false
	}
	tokens, err := text.Tokens(l.value)
	if err != nil {
		return edit{}, false
	}
	inside := &fragment{sql: l.value, tokens: tokens, at: f.offset(t.Start), kind: nothing}
	edits := c.strip(inside, nil)
	if len(edits) == 0 {
		return edit{}, false
	}
	return edit{t.Start, t.End, l.with(apply(l.value, edits))}, true
}

// mentions reports whether a constant's value holds the schema's name with a dot behind it, in whatever case.
func (c *cleaner) mentions(value string) bool {
	if strings.Contains(value, `"`+strings.ReplaceAll(c.schema, `"`, `""`)+`"`) {
		return true
	}
	folded := text.Fold(value)
	for at := 0; ; {
		i := strings.Index(folded[at:], c.schema+".")
		if i < 0 {
			return false
		}
		if at += i; at == 0 || !inName(folded[at-1]) {
			return true
		}
		at++
	}
}

func inName(b byte) bool {
	return b == '_' || b == '$' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || b >= 0x80
}

// isName reports whether the server reads the constant at token i as the name of an object: 'x'::regclass,
// ('x'::text)::regclass, CAST('x' AS regclass), regclass 'x', nextval('x').
func (f *fragment) isName(i int) bool {
	if f.castTo(i + 1) {
		return true
	}
	if f.is(i+1, "::") && f.name(i+2) == "text" && kindAt(f.tokens, i+3) == text.TokenClose {
		return f.castTo(i + 4)
	}
	before := f.name(i - 2)
	switch {
	case nameTypes[f.name(i-1)]:
		return true
	case kindAt(f.tokens, i-1) != text.TokenOpen:
		return false
	case before == "cast" && wordAt(f.sql, f.tokens, i+1) == "as":
		return f.nameType(i + 2)
	}
	return takesName[before]
}

// name returns the name at token i, or "" where there is none. pg_dump --quote-all-identifiers quotes types, too.
func (f *fragment) name(i int) string {
	if !isName(f.tokens, i) {
		return ""
	}
	return nameOf(f.sql, f.tokens[i])
}

func (f *fragment) is(i int, sign string) bool {
	return kindAt(f.tokens, i) == text.TokenOp && f.sql[f.tokens[i].Start:f.tokens[i].End] == sign
}

func (f *fragment) castTo(i int) bool { return f.is(i, "::") && f.nameType(i+1) }

// nameType reports whether one of nameTypes begins at token i. Those of an array are left alone.
func (f *fragment) nameType(i int) bool {
	if f.name(i) == "pg_catalog" && kindAt(f.tokens, i+1) == text.TokenDot {
		i += 2
	}
	return nameTypes[f.name(i)] &&
		!(kindAt(f.tokens, i+1) == text.TokenOpen && f.sql[f.tokens[i+1].Start] == '[')
}
