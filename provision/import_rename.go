package provision

import (
	"slices"
	"strings"

	"github.com/docex/docex/internal/sqlparse/text"
)

// renameSchema returns the statements of an archive with another name for the schema. pg_dump writes the schema in
// front of each name of an object, and in strings that stand for objects: those that are cast to regclass and its like,
// and that of setval.
//
// What it misses, such as a name in a function's body, keeps the old schema, which checkRenamed finds.
func renameSchema(sql, from, to string) (string, error) {
	if from == to {
		return sql, nil
	}
	r := renaming{sql: sql, from: from, to: to}
	s := text.NewScanner(sql)
	for t := s.Next(); t.Kind != text.TokenEOF; t = s.Next() {
		r.token(t)
	}
	if err := s.Fault(); err != nil {
		return "", archiveError("its SQL cannot be read: %w", err)
	}
	return r.out.String() + sql[r.copied:], nil
}

// checkRenamed refuses a restored schema, which is called to, in which the name that it had in the archive is left. It
// may be another tenant's here, and a function may run with the administrator's rights. How much of the manifest can be
// compared does not matter: a description is without the name of its own schema.
func (s shape) checkRenamed(from, to string) error {
	if from == to {
		return nil
	}
	for o, definition := range s {
		named := func(name string) bool {
			return replaceName(o.name, name) != o.name || replaceName(definition, name) != definition
		}
		if !slices.Contains(takesNoPart, o.kind) && (named(quote(from)) || named(from)) {
			return archiveError("%s %s names schema %q, which is another one here; import it under its own id, or have the "+
				"original do without the name", o.kind, o.name, from)
		}
	}
	return nil
}

// renaming is one text of which tokens are read one after the other.
type renaming struct {
	sql, from, to string
	out           strings.Builder
	copied        int // up to where sql is in out
	before        [3]text.Token
}

func (r *renaming) token(t text.Token) {
	last := r.before[2]
	switch {
	case t.Kind == text.TokenDot && r.is(last):
		r.replace(last, quote(r.to))
	case t.Kind == text.TokenWord && strings.HasPrefix(r.at(t), "reg") && r.at(last) == "::",
		t.Kind == text.TokenComma && r.at(r.before[0]) == "setval" && r.at(r.before[1]) == "(":
		r.replaceInString(t)
	}
	r.before = [3]text.Token{r.before[1], r.before[2], t}
}

func (r *renaming) at(t text.Token) string { return r.sql[t.Start:t.End] }

// is reports whether a token is the schema's name.
func (r *renaming) is(t text.Token) bool {
	return t.Kind == text.TokenQuoted && r.at(t) == quote(r.from) || t.Kind == text.TokenWord && r.at(t) == r.from
}

// replaceInString replaces the schema's name in front of the name in the last string.
func (r *renaming) replaceInString(next text.Token) {
	t := r.before[2]
	if next.Kind == text.TokenWord { // a cast
		t = r.before[1]
	}
	for _, name := range []string{quote(r.from), r.from} {
		if rest, ok := strings.CutPrefix(r.at(t), "'"+name+"."); ok && t.Kind == text.TokenLiteral {
			r.replace(t, "'"+quote(r.to)+"."+rest)
			return
		}
	}
}

func (r *renaming) replace(t text.Token, with string) {
	r.out.WriteString(r.sql[r.copied:t.Start])
	r.out.WriteString(with)
	r.copied = t.End
}

// complete reports whether statements end where the text ends, and not in a string, name or comment.
func complete(sql string) bool {
	s := text.NewScanner(sql)
	last := text.Token{Kind: text.TokenSemi}
	for t := s.Next(); t.Kind != text.TokenEOF; t = s.Next() {
		last = t
	}
	return s.Fault() == nil && last.Kind == text.TokenSemi
}
