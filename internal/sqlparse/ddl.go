package sqlparse

import (
	"errors"

	"github.com/docex/docex/internal/sqlparse/text"
	pg "github.com/pganalyze/pg_query_go/v5"
)

// Definition holds the facts about one statement of a text that makes a tenant's objects, of which [ParseDDL] knows
// more kinds than [Parse].
type Definition struct {
	// Statement's Kind is KindDefinition for a statement that makes, changes or drops what a schema holds, and is as
	// Parse gives it for all others. It points at the statement's first word, comments left out.
	Statement
	// Signature holds the types of a function's arguments and results, among which pseudo-types are in place.
	Signature []Type
	// Creates are the names by which expressions can call what the statement makes: functions, and types.
	Creates []string
	// Callable says that Creates holds the names of functions, procedures, aggregates or range types, which can be called
	// without being cast to.
	Callable bool
	// Index is what CREATE INDEX CONCURRENTLY makes, or DROP INDEX CONCURRENTLY drops; nil for every other statement.
	Index *ConcurrentIndex
	// Body is the code of a function; nil when there is none, or it was walked with the statement (BEGIN ATOMIC).
	Body *Body
}

// ConcurrentIndex is an index that is made or dropped outside a transaction.
type ConcurrentIndex struct {
	Name string // empty: the server finds one
	Drop bool
}

// Body is the code of a function in a string. Offsets in it count from its own start.
type Body struct {
	Code       string
	Statements []Statement // of LANGUAGE sql
	Words      *text.Words // of LANGUAGE plpgsql
	offset     int
	exact      bool
}

// Offset turns an offset in the code into one in the text around it: exactly where the string stands there as it is,
// and otherwise (quotes doubled, escapes) to the start of the string.
func (b *Body) Offset(inside int) int {
	if !b.exact {
		return b.offset
	}
	return b.offset + inside
}

// maxSyntaxErrors bounds how often ParseDDL starts again behind an error: each time costs another pass over the text.
const maxSyntaxErrors = 10

// ParseDDL returns the facts about the statements of sql, in their order, with function bodies in LANGUAGE sql and
// plpgsql, and all errors: an *[text.EncodingError], *[text.LimitError]s and *[SyntaxError]s. Statements around one
// that does not parse are still in the facts, as far as semicolons tell where it begins and ends; behind ten such it
// gives up. Safe for concurrent use.
//
// It does not look for placeholders inside constants, as Parse does: the text must be sent without arguments.
func ParseDDL(sql string, limits text.Limits) ([]Definition, []error) {
	if err := text.CheckEncoding(sql); err != nil {
		return nil, []error{err}
	}
	if err := text.CheckLimits(sql, limits); err != nil {
		return nil, []error{err}
	}
	d := ddlParser{sql: sql, limits: limits}
	d.parse()
	return d.found, d.errs
}

// ddlParser belongs to one call of ParseDDL.
type ddlParser struct {
	sql    string
	limits text.Limits
	found  []Definition
	errs   []error
}

// parse goes on behind each statement that does not parse. What is not to be read again is blanked, so that offsets
// hold.
func (d *ddlParser) parse() {
	rest := []byte(d.sql)
	for range maxSyntaxErrors {
		tree, err := parseTree(string(rest))
		if err == nil {
			d.walk(string(rest), tree)
			return
		}
		var syntax *SyntaxError
		if err = syntaxError(string(rest), err); !errors.As(err, &syntax) {
			syntax = &SyntaxError{}
		}
		d.errs = append(d.errs, err)
		begin, end := text.StatementAround(string(rest), syntax.Offset)
		if tree, err := parseTree(string(rest[:begin])); err == nil {
			d.walk(string(rest), tree)
		}
		for i := range rest[:end] {
			rest[i] = ' '
		}
	}
}

func (d *ddlParser) walk(sql string, tree *pg.ParseResult) {
	for _, raw := range tree.Stmts {
		var def Definition
		w := &ddlWalker{walker: walker{st: &def.Statement}, def: &def, d: d}
		def.Offset = text.FirstToken(sql, int(raw.StmtLocation))
		w.at = def.Offset
		def.Kind = w.definition(raw.Stmt)
		d.found = append(d.found, def)
	}
}
