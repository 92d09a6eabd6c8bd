package guard

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// Definition returns every denial that a statement of the tenants' DDL gets for the names in it; it is for package
// provision, which parses such statements (the argument's type is internal) and judges their kinds. created holds the
// functions and types that the DDL makes, by their names. No schema is the tenant's here, since a DDL is the same for
// all tenants. Line and Column are not set.
//
// The DDL is the administrator's own, so this finds mistakes; it is no wall. So fields (x.name) are taken for columns,
// and with ExtensionSchemas in the policy, a name that is unknown is taken for a function of an extension.
func (g *Guard) Definition(st *sqlparse.Statement, signature []sqlparse.Type, created map[string]bool) []*Denial {
	c := check{Guard: g, tenant: noTenant, st: st}
	var all denials
	for i := range st.Relations {
		r := &st.Relations[i]
		all.add(c.relation(r), r.Name, r.Offset)
	}
	for i := range st.Types {
		t := &st.Types[i]
		all.add(c.typeName(t), t.Name, t.Offset)
	}
	for i := range signature {
		t := &signature[i]
		if !pseudoTypes[t.Name.Name] || t.Parts > 1 && t.Schema != "pg_catalog" {
			all.add(c.typeName(t), t.Name, t.Offset)
		}
	}
	for i := range st.Objects {
		o := &st.Objects[i]
		if o.Kind == sqlparse.ObjectMade && o.Parts == 2 {
			all.add(foreign(), o.Name, o.Offset)
			continue
		}
		all.add(c.object(o), o.Name, o.Offset)
	}
	for i := range st.Functions {
		f := &st.Functions[i]
		all.add(c.definedCall(f, created), f.Name, f.Offset)
	}
	if st.Kind == sqlparse.KindDefinition { // a function's SET clause
		for _, s := range st.Settings {
			if pinnedSettings[s.Name] {
				all.add(&Denial{Rule: RuleSetting, Reason: "keeping tenants apart depends on this setting"},
					text.Name{Name: s.Name}, s.Offset)
			}
		}
	}
	return all
}

// Code returns the denials for the words of a function's code. Without a grammar only what is certain counts: names in
// a schema that reserved reports, and calls of functions that stay refused.
func (g *Guard) Code(words *text.Words, reserved func(schema string) bool) []*Denial {
	c := check{Guard: g, tenant: noTenant, st: &sqlparse.Statement{}}
	var all denials
	for i := range words.Pairs {
		p := &words.Pairs[i]
		catalog := p.Schema == "pg_catalog" && strings.HasPrefix(p.Name.Name, "pg_") && !isCall(words, p.Offset)
		if catalog || p.Schema == "information_schema" {
			all.add(catalogDenial(p.Schema, p.Name.Name, sqlparse.AccessRead), p.Name, p.Offset)
		} else if p.Schema != "pg_catalog" && reserved(p.Schema) &&
			!(p.Schema == g.system && systemFunctions[p.Name.Name] && isCall(words, p.Offset)) {
			all.add(foreign(), p.Name, p.Offset)
		}
	}
	for i := range words.Calls {
		f := &words.Calls[i]
		b, ok := c.builtin(&f.Name)
		if ok && b.class == refused && !definedFunctions[f.Name.Name] {
			all.add(c.refusedCall(f.Name.Name, b), f.Name, f.Offset)
		} else if f.Parts == 1 && !ok && extensionReaches(f.Name.Name) {
			all.add(extensionDenial(), f.Name, f.Offset)
		}
	}
	return all
}

func isCall(words *text.Words, offset int) bool {
	for i := range words.Calls {
		if words.Calls[i].Offset == offset {
			return true
		}
	}
	return false
}

// noTenant is no schema's name: no text can hold it.
const noTenant = "\x00"

// pseudoTypes may stand in a function's signature.
var pseudoTypes = setOf(`void trigger record any anyelement anyarray anynonarray anyenum anyrange anymultirange
	anycompatible anycompatiblearray anycompatiblenonarray anycompatiblerange anycompatiblemultirange`)

// definedFunctions are refused to tenants, and of use in what their schema holds: the identity that the driver has set,
// and triggers.
var definedFunctions = setOf(`current_setting pg_trigger_depth pg_typeof txid_current pg_current_xact_id pg_backend_pid
	inet_client_addr suppress_redundant_updates_trigger tsvector_update_trigger tsvector_update_trigger_column`)

func (c *check) definedCall(f *sqlparse.Function, created map[string]bool) *Denial {
	if _, ok := c.builtin(&f.Name); ok && definedFunctions[f.Name.Name] {
		return nil
	}
	d := c.call(f)
	if d == nil || f.Parts > 1 && !c.extensions[f.Schema] || d.Rule != RuleUnknownFunction && !c.ofExtension(f) {
		return d
	}
	switch {
	case f.Parts == 1 && created[f.Name.Name]:
		return nil
	case extensionReaches(f.Name.Name):
		return extensionDenial()
	case len(c.extensions) > 0:
		return nil
	}
	return unknownFunction()
}

// ofExtension says whether a name means a function of a known extension and none of pg_catalog.
func (c *check) ofExtension(f *sqlparse.Function) bool {
	_, builtin := c.builtin(&f.Name)
	_, ok := extensions().functions[f.Name.Name]
	return ok && !builtin
}

func extensionDenial() *Denial {
	return &Denial{Rule: RuleFunction,
		Reason: "a function of an extension has this name, and reaches outside the tenant's schema",
		Hint:   "if it is the DDL's own, give it another name"}
}

// denials collects.
type denials []*Denial

func (all *denials) add(d *Denial, name text.Name, offset int) {
	if d == nil {
		return
	}
	d.Offset, d.Object = offset, printable(name.String())
	*all = append(*all, d)
}
