package guard

import (
	"slices"
	"strings"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// calls allows functions by name: those of the tenant's own schema, those of pg_catalog that are known to be harmless,
// and those that the policy names. A name that nobody knows is refused, since a newer server may have given it a
// meaning.
func (c *check) calls() *Denial {
	for i := range c.st.Functions {
		f := &c.st.Functions[i]
		if d := c.call(f); d != nil {
			d.Offset = f.Offset
			if d.Object == "" {
				d.Object = f.String()
			}
			if d.Rule == RuleUnknownFunction {
				d.Reason += c.moreUnknown(f, c.st.Functions[i+1:])
			}
			return d
		}
	}
	return nil
}

// mostUnknown is how many unknown functions a refusal names: a hostile text may hold a hundred thousand.
const mostUnknown = 10

// moreUnknown names other functions of the statement that the guard does not know, so that nobody finds them one by
// one.
func (c *check) moreUnknown(first *sqlparse.Function, rest []sqlparse.Function) string {
	names := []string{first.String()}
	for i := range rest {
		f := &rest[i]
		if slices.Contains(names, f.String()) {
			continue
		}
		if d := c.call(f); d == nil || d.Rule != RuleUnknownFunction {
			continue
		}
		if len(names) == mostUnknown {
			names = append(names, "others")
			break
		}
		names = append(names, f.String())
	}
	if len(names) == 1 {
		return ""
	}
	return ", nor " + strings.Join(names[1:], ", ")
}

// owns reports whether a bare name is known to be a function of the tenant's own.
func (g *Guard) owns(tenant, name string) bool { return g.own != nil && g.own(tenant, name) }

func (c *check) call(f *sqlparse.Function) *Denial {
	if f.Parts > 2 {
		return threeParts()
	}
	if f.Parts == 2 && f.Schema == c.tenant {
		return nil
	}
	if f.Parts == 2 && f.Schema == c.system && systemFunctions[f.Name.Name] && !f.Sampling {
		return nil
	}
	b, ok := c.builtin(&f.Name)
	e, ofExtension := extensions().functions[f.Name.Name]
	switch {
	case f.Sampling && (f.Parts == 1 || f.Schema == "pg_catalog") &&
		(f.Name.Name == "system" || f.Name.Name == "bernoulli"):
		return nil
	case ok && !f.Sampling:
		return c.builtinCall(f, b)
	case f.Syntax, f.Parts == 1 && !f.Sampling && syntaxOf17[f.Name.Name]:
		return c.syntaxCall(f)
	case f.Parts == 2 && f.Schema != "pg_catalog" && !c.extensions[f.Schema]:
		return foreign()
	case f.Parts == 2 && f.Schema == "pg_catalog" && ofExtension && e.class == refused:
		return c.extensionCall(f, e)
	case f.Parts == 2 && f.Schema == "pg_catalog":
		return &Denial{Rule: RuleUnknownFunction, Reason: "the guard's list of PostgreSQL's functions does not have it",
			Hint: "if the function is the tenant's own, write the tenant's schema instead of pg_catalog"}
	case c.functions[f.Name.Name]:
		return nil
	case f.Parts == 1 && !f.Sampling && !(f.Args == 1 && refusedCast(f.Name.Name)) && c.owns(c.tenant, f.Name.Name):
		c.owned = append(c.owned, f.Name.Name)
		return nil
	case f.Parts == 1 && !ok && f.Args == 1 && !f.Called && !f.Sampling && typeClass(f.Name.Name) == typeSafe:
		return nil // a cast in the form of a call: uuid('…')
	case ofExtension:
		return c.extensionCall(f, e)
	}
	return unknownFunction()
}

func unknownFunction() *Denial {
	return &Denial{Rule: RuleUnknownFunction, Reason: "the guard does not know this function",
		Hint: "if the tenant's DDL creates it, write the tenant's schema in front of it or add it to " +
			"Policy.TenantFunctions; " +
			"if an extension does, see Policy.Extensions and Policy.AllowFunctions"}
}

// syntaxOf17 are calls to the parser and to PostgreSQL before 17, which takes them for syntax (manual, 9.16.1).
var syntaxOf17 = setOf("json_scalar json_serialize json_exists json_query json_value")

// syntaxCall is about what older servers take for a call, and newer ones for syntax. A function of that name can only
// be the tenant's own where no schema is on the path but the tenant's.
func (c *check) syntaxCall(f *sqlparse.Function) *Denial {
	if c.functions[f.Name.Name] || len(c.shared) == 0 && len(c.extensions) == 0 {
		return nil
	}
	d := &Denial{Rule: RuleUnknownFunction,
		Reason: "to PostgreSQL 15 it is a function, of whatever schema on the path has one of that name",
		Hint: "write it with returning json, which PostgreSQL 15 does not know; or add it to Policy.AllowFunctions if the " +
			"servers are newer, or no schema of the policy has such a function"}
	if !f.Syntax {
		d.Reason = "to PostgreSQL before 17 it is a function, of whatever schema on the path has one of that name"
		d.Hint = "add it to Policy.AllowFunctions if the servers are newer, or no schema of the policy has such a function"
	}
	return d
}

// builtin returns what is known of a function that the name means in pg_catalog, which comes first on every
// search_path.
func (c *check) builtin(n *text.Name) (builtin, bool) {
	if n.Parts != 1 && !(n.Parts == 2 && n.Schema == "pg_catalog") {
		return builtin{}, false
	}
	b, ok := builtins()[n.Name]
	return b, ok
}

func (c *check) builtinCall(f *sqlparse.Function, b builtin) *Denial {
	if sharedByDesign[f.Name.Name] && c.functions[f.Name.Name] {
		return nil
	}
	switch b.class {
	case safe:
		return nil
	case sequence:
		return c.sequenceCall(f)
	case textSearch:
		return c.textSearchCall(f)
	case arity:
		if f.Args == 3 && !f.Labelled {
			return nil
		}
		return refusal("dynamic-sql")
	case relation:
		return c.relationCall(f)
	case lookup:
		return c.lookupCall(f)
	case typeOf:
		return c.typeOfCall(f)
	case setting:
		return c.settingCall(f)
	}
	if c.describes(f.Name.Name, b) {
		return nil
	}
	return c.refusedCall(f.Name.Name, b)
}

// refusedCall is the denial of a function of pg_catalog that stays refused.
func (c *check) refusedCall(name string, b builtin) *Denial {
	d := refusal(b.reason)
	if hint := c.instead(name); hint != "" {
		d.Hint = hint
	}
	return d
}

// describes says whether the policy's catalog level opens a function: one that tells of objects no more than the
// catalogs that may be read do.
func (c *check) describes(name string, b builtin) bool {
	switch c.catalog {
	case CatalogORM:
		return ormFunctions[name]
	case CatalogAll:
		return ormFunctions[name] || b.reason == "catalog-info" || b.reason == "reg-contagion" ||
			b.class == lookup || b.class == typeOf
	}
	return false
}

// fields refuses x.name and (x).name where PostgreSQL would find no column and call the function or cast to the type
// "name" instead. Only names that do harm with one argument are refused, since most fields are columns.
func (c *check) fields() *Denial {
	for i := range c.st.Fields {
		f := &c.st.Fields[i]
		if c.harmlessField(f) {
			continue
		}
		return &Denial{Rule: RuleFieldCall, Object: f.Name, Offset: f.Offset,
			Reason: "behind a dot this name can call a function, or cast to a type, that tenants may not use",
			Hint:   "if it is a column, write it without the table's name in front"}
	}
	return nil
}

func (c *check) harmlessField(f *sqlparse.Field) bool {
	b, isFunction := builtins()[f.Name]
	class := typeClass(f.Name)
	switch {
	case class == typeCatalog || class == typeRow && f.Name[0] == '_',
		strings.HasPrefix(f.Name, "_pg_"), strings.HasPrefix(f.Name, "_") && extensionView(f.Name[1:]):
		return c.catalog == CatalogAll
	case isFunction && b.dot:
		return c.describes(f.Name, b)
	case scalar(f.Of):
		return false // constants and parameters have no fields: this is a call, to whatever it may be
	case class == typeRow || isFunction: // a field never becomes a cast to a row type, only to its array (FuncNameAsType)
		return true
	case extensionField(f.Name):
		return class == typeSafe || c.functions[f.Name]
	}
	return true
}

// scalar says whether an expression certainly has no columns.
func scalar(a sqlparse.Arg) bool {
	switch a.Kind {
	case sqlparse.ArgUntyped, sqlparse.ArgNumber:
		return true
	case sqlparse.ArgString, sqlparse.ArgCast:
		return a.Type.Parts == 0 || a.Type.Schema == "pg_catalog" || a.Type.Parts == 1 && typeClass(a.Type.Name) == typeSafe
	}
	return false
}

// transactionAge refuses age() of a transaction id, which is the distance to the whole database's counter. age() of a
// time is common, and so are columns named age, so only a statement that names an xid as well is refused.
func (c *check) transactionAge() *Denial {
	offset, found := c.ageOf()
	if !found || !c.namesXID() {
		return nil
	}
	return &Denial{Rule: RuleFunction, Object: "age", Offset: offset,
		Reason: "the age of a transaction id shows the transaction counter of the whole database",
		Hint:   "take the age of times only; read xmin and the like in another statement"}
}

// ageOf finds what may call age with one argument.
func (c *check) ageOf() (offset int, found bool) {
	for i := range c.st.Functions {
		f := &c.st.Functions[i]
		if f.Name.Name == "age" && f.Args == 1 && !(f.Parts == 2 && f.Schema == c.tenant) {
			return f.Offset, true
		}
	}
	for i := range c.st.Fields {
		if c.st.Fields[i].Name == "age" {
			return c.st.Fields[i].Offset, true
		}
	}
	return 0, false
}

// xidNames make a transaction id as a type, a call or a field.
var xidNames = setOf("xid _xid xidin")

func (c *check) namesXID() bool {
	found := c.st.NamesXID
	for i := range c.st.Types {
		found = found || xidNames[c.st.Types[i].Name.Name]
	}
	for i := range c.st.Functions {
		found = found || xidNames[c.st.Functions[i].Name.Name]
	}
	for i := range c.st.Fields {
		found = found || xidNames[c.st.Fields[i].Name]
	}
	return found
}
