package pgdump

import (
	"slices"

	"github.com/docex/docex/internal/sqlparse/text"
)

// statement returns the edits of one statement of the schema.
func (c *cleaner) statement(st *statement) []edit {
	f := &fragment{sql: st.text, tokens: st.tokens, exact: true, kind: data}
	switch {
	case st.word(0) == "comment": // what it says is for people
		return c.strip(f, func(i int) bool { return f.tokens[i].Kind == text.TokenLiteral })
	case st.word(0) == "create" && st.isOf("function", "procedure"):
		return c.function(f)
	case st.word(0) == "create" && st.isOf("trigger"):
		f.kind = arguments
	}
	return c.strip(f, nil)
}

// isOf reports whether a CREATE statement makes an object of one of the kinds.
func (st *statement) isOf(kinds ...string) bool {
	i := 1
	if st.word(1) == "or" && st.word(2) == "replace" {
		i = 3
	}
	if st.word(i) == "constraint" {
		i++
	}
	return slices.Contains(kinds, st.word(i))
}

// function cleans CREATE FUNCTION and CREATE PROCEDURE: the head, its SET search_path, and the code.
func (c *cleaner) function(f *fragment) []edit {
	h := c.head(f)
	edits := c.strip(f, func(i int) bool { return i == h.body || h.path <= i && i < h.behind })
	if h.path > 0 {
		c.clauses++
		edits = append(edits, edit{f.tokens[h.path-1].End, f.tokens[h.behind-1].End, ""})
	}
	if h.body > 0 && (h.language == "sql" || h.language == "plpgsql") {
		edits = append(edits, c.body(f, f.tokens[h.body])...)
	}
	slices.SortFunc(edits, func(a, b edit) int { return a.start - b.start })
	return edits
}

// head is what a function's statement says about its code, by the numbers of tokens. 0 is none.
type head struct {
	language     string
	body         int // the string
	path, behind int // SET search_path with a value that can go, and the token behind it
}

func (c *cleaner) head(f *fragment) head {
	h := head{language: "sql"}
	depth := 0
	for i := range len(f.tokens) - 1 {
		switch f.tokens[i].Kind {
		case text.TokenOpen:
			depth++
		case text.TokenClose:
			depth--
		}
		if depth != 0 {
			continue
		}
		switch word := wordAt(f.sql, f.tokens, i); {
		case word == "language":
			h.language = f.languageAt(i + 1)
		case word == "as" && h.body == 0 && f.tokens[i+1].Kind == text.TokenLiteral:
			h.body = i + 1
		case word == "set" && h.path == 0 && nameOf(f.sql, f.tokens[i+1]) == "search_path":
			if end, own := c.ownPath(f, i+2); own {
				h.path, h.behind = i, end
			}
		}
	}
	return h
}

func (f *fragment) languageAt(i int) string {
	t := f.tokens[i]
	if t.Kind == text.TokenLiteral {
		l, _ := literalOf(f.sql[t.Start:t.End])
		return text.Fold(l.value)
	}
	return nameOf(f.sql, t)
}

// ownPath reads the value of SET search_path from token i on. own is set when it names nothing that a tenant's own path
// does not have; end is the token behind it.
func (c *cleaner) ownPath(f *fragment, i int) (end int, own bool) {
	if wordAt(f.sql, f.tokens, i) != "to" && !f.is(i, "=") {
		return i, false
	}
	for own = true; ; {
		if i++; i >= len(f.tokens) {
			return i, false
		}
		own = own && c.ownSchema(f, i)
		if i++; kindAt(f.tokens, i) != text.TokenComma {
			return i, own
		}
	}
}

func (c *cleaner) ownSchema(f *fragment, i int) bool {
	t := f.tokens[i]
	name := nameOf(f.sql, t)
	switch t.Kind {
	case text.TokenLiteral:
		l, ok := literalOf(f.sql[t.Start:t.End])
		if !ok {
			return false
		}
		name = l.value
	case text.TokenWord, text.TokenQuoted:
	default:
		return false
	}
	switch name {
	case c.schema, "", "pg_catalog", "pg_temp", "$user":
		return true
	}
	return slices.Contains(c.extensions, name)
}

// body cleans the code in the constant t.
func (c *cleaner) body(f *fragment, t text.Token) []edit {
	l, ok := literalOf(f.sql[t.Start:t.End])
	if !ok {
		c.note(t.Start, "the string that holds the code cannot be read; the schema's name is left in it")
		return nil
	}
	tokens, err := text.Tokens(l.value)
	if err != nil {
		c.note(t.Start, "the code cannot be read; the schema's name is left in it")
		return nil
	}
	inside := &fragment{sql: l.value, tokens: tokens, at: t.Start, exact: l.exact(), kind: code}
	if inside.exact {
		inside.at += len(l.open)
	}
	edits := c.strip(inside, nil)
	if len(edits) == 0 {
		return nil
	}
	clean := apply(l.value, edits)
	if again := l.with(clean); !inside.exact || again != l.open+clean+l.close {
		return []edit{{t.Start, t.End, again}}
	}
	for i := range edits {
		edits[i].start += inside.at
		edits[i].end += inside.at
	}
	return edits
}
