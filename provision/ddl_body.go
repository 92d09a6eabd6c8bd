package provision

import (
	"slices"
	"strings"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/sqlparse"
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
		f.add(b.Offset(st.Offset), guard.RuleStatementKind.String(), st.Command, inFunctions, inFunctionsRemedy)
	}
	if b.Words == nil {
		return
	}
	for _, w := range b.Words.Starts {
		if administers[w.Text] {
			f.add(b.Offset(w.Offset), guard.RuleStatementKind.String(), w.Text, inFunctions, inFunctionsRemedy)
		}
	}
	for _, d := range c.guard.Code(b.Words, c.reserved) {
		f.deny(d, b.Offset(d.Offset))
	}
}

const (
	inFunctions = "functions run with the rights of the tenant's role, which makes no objects and keeps the " +
		"session's settings"
	inFunctionsRemedy = "only query and change rows in functions"
)

// administers are words that begin statements in plpgsql that are refused as statements of the DDL, or make objects.
var administers = wordSet(
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

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}
