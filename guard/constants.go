package guard

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// sequenceCall allows nextval, currval, setval and pg_get_serial_sequence when the sequence or table is a constant that
// names an own one: an argument or expression could name another tenant's, or give its number.
func (c *check) sequenceCall(f *sqlparse.Function) *Denial {
	// A call of pg_get_serial_sequence comes here, too, and a sequence belongs to a table of its own schema only.
	serial := f.First.Kind == sqlparse.ArgCall && f.First.Text == "pg_get_serial_sequence" && !f.Labelled
	if serial || c.namesSequence(f) {
		return nil
	}
	return c.constantName(f,
		"the guard must see in the statement which sequence or table is meant, and it must be the tenant's",
		"write its name as a plain string constant, as in: nextval('order_id_seq')")
}

// namesSequence reports whether the first argument is a constant that names an own sequence or table.
func (c *check) namesSequence(f *sqlparse.Function) bool {
	a := &f.First
	return !f.Labelled && a.Kind == sqlparse.ArgString && castTo(a, "regclass", "text", "varchar") && c.ownName(a.Text)
}

// textSearchCall allows text search functions without a configuration, and with one that is a constant. Anything else
// in its place is refused: numbers become configurations by an implicit cast, and parameters and untyped constants do,
// too.
func (c *check) textSearchCall(f *sqlparse.Function) *Denial {
	if !f.Labelled && !namesFirst(f) || c.namesConfig(f) {
		return nil
	}
	return c.constantName(f,
		"the guard must see in the statement which text search object is meant, and it must be the tenant's or the server's",
		"write its name as a plain string constant, as in: to_tsvector('english', body), "+
			"or put PostgreSQL's schema in front, as in: to_tsvector(('pg_catalog.' || $1)::regconfig, body); "+
			"if a document is the first argument, cast it, as in: ts_headline($1::text, q)")
}

// namesConfig reports whether the first argument is a constant that names an own or a built-in text search object, or
// an expression that can name a built-in one only: whatever stands behind 'pg_catalog.', the server looks up no other
// schema.
func (c *check) namesConfig(f *sqlparse.Function) bool {
	a := &f.First
	if f.Labelled || !namesFirst(f) || !castTo(a, "regconfig", "regdictionary") {
		return false
	}
	c.constants = true
	return a.Kind == sqlparse.ArgString && c.configName(a.Text) || a.Kind == sqlparse.ArgCast && a.Text == "pg_catalog."
}

// namesFirst reports whether the first argument of a text search function names a text search object, or may do so.
func namesFirst(f *sqlparse.Function) bool {
	place := configPlace(f)
	return place == always || place == maybe && !documentFirst(f)
}

// documentFirst tells ts_headline(document, query, options) from ts_headline(configuration, document, query): either
// the first argument is certainly a document or the second one certainly a query.
func documentFirst(f *sqlparse.Function) bool {
	if f.First.Type.Parts > 0 && castTo(&f.First, "text", "varchar", "json", "jsonb") {
		return true
	}
	switch f.Second.Kind {
	case sqlparse.ArgCall:
		return queryFunctions[f.Second.Text]
	case sqlparse.ArgCast, sqlparse.ArgString:
		return f.Second.Type.Parts > 0 && castTo(&f.Second, "tsquery")
	}
	return false
}

var queryFunctions = setOf("to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery")

// place says whether the first argument of a text search function names a text search object.
type place uint8

const (
	always place = iota
	maybe
	never
)

// configPlace follows the signatures in pg_catalog, and those of the extension unaccent. A number of arguments that no
// signature has is an error in the server.
func configPlace(f *sqlparse.Function) place {
	switch f.Name.Name {
	case "to_tsvector", "to_tsquery", "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery", "unaccent":
		if f.Args == 1 {
			return never
		}
	case "json_to_tsvector", "jsonb_to_tsvector":
		if f.Args == 2 {
			return never
		}
	case "ts_headline":
		switch f.Args {
		case 2:
			return never
		case 3:
			return maybe
		}
	}
	return always
}

// configName allows own and built-in text search objects.
func (c *check) configName(constant string) bool {
	c.constants = true
	parts, ok := text.SplitName(constant)
	return ok && len(parts) == 2 && parts[0] == "pg_catalog" || c.ownName(constant)
}

// ownName reads a constant as the server does where it takes an object's name from a string, and allows names without a
// schema and names in the tenant's.
func (c *check) ownName(constant string) bool {
	c.constants = true
	parts, ok := text.SplitName(constant)
	if !ok || strings.HasPrefix(parts[len(parts)-1], "pg_") {
		return false
	}
	own := len(parts) == 2 && parts[0] == c.tenant
	c.bound = c.bound || own
	return own || len(parts) == 1 && !c.sharedRelations[parts[0]]
}

// castTo says whether a constant is not cast, or cast to one of the types.
func castTo(a *sqlparse.Arg, types ...string) bool {
	if a.Type.Parts == 0 {
		return true
	}
	if a.Type.Parts == 2 && a.Type.Schema != "pg_catalog" || a.Type.Parts > 2 {
		return false
	}
	for _, t := range types {
		if a.Type.Name == t {
			return true
		}
	}
	return false
}

// constantName leaves the constant out of the message: it is the caller's data.
func (c *check) constantName(f *sqlparse.Function, reason, hint string) *Denial {
	if parts, ok := text.SplitName(f.First.Text); f.First.Kind == sqlparse.ArgString && ok && len(parts) == 2 &&
		parts[0] != c.tenant && parts[0] != "pg_catalog" && !c.shared[parts[0]] && !c.extensions[parts[0]] {
		return foreign()
	}
	return &Denial{Rule: RuleConstantName, Reason: reason, Hint: hint}
}
