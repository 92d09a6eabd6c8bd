package provision

import (
	"slices"
	"strings"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/scope"
)

// body judges a function's code.
func (c *ddlCheck) body(f *file, b *sqlparse.Body) {
	for i := range b.Statements {
		st := &b.Statements[i]
		if isChange(st.Kind) {
			c.names(f, st, nil, b.Offset)
			continue
		}
		word, _, _ := strings.Cut(st.Command, " ")
		u := c.cfg.useOf(word)
		f.add(b.Offset(st.Offset), guard.RuleStatementKind.String(), st.Command, u.reason, u.remedy)
	}
	if b.Words == nil {
		return
	}
	for _, w := range b.Words.Starts {
		if administers[w.Text] {
			u := c.cfg.useOf(w.Text)
			f.add(b.Offset(w.Offset), guard.RuleStatementKind.String(), w.Text, u.reason, u.remedy)
		}
	}
	for _, d := range c.guard.Code(b.Words, c.reserved) {
		f.deny(d, b.Offset(d.Offset))
	}
}

// administers are words that begin statements in plpgsql that are refused as statements of the DDL, or make objects.
var administers = text.WordSet(
	"set reset create alter drop truncate grant revoke copy listen notify unlisten prepare deallocate " +
		"discard vacuum cluster reindex lock")

// reserved reports schemas that no tenant's DDL names, as far as their names tell.
func (c *ddlCheck) reserved(schema string) bool {
	if slices.Contains(c.cfg.ExtensionSchemas, schema) {
		return false
	}
	return schema == "public" || schema == c.cfg.SystemSchema || strings.HasPrefix(schema, "pg_") ||
		strings.HasPrefix(schema, scope.SchemaPrefix) || slices.Contains(c.cfg.SharedSchemas, schema)
}
