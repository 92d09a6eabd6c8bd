package guard

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// relations allows the tenant's own relations, and reading the shared ones. It sees every relation in any position that
// no common table expression hides.
func (c *check) relations() *Denial {
	for i := range c.st.Relations {
		r := &c.st.Relations[i]
		if d := c.relation(r); d != nil {
			d.Object, d.Offset = r.String(), r.Offset
			return d
		}
	}
	return nil
}

func (c *check) relation(r *sqlparse.Relation) *Denial {
	switch {
	case r.Parts > 2:
		return threeParts()
	case r.Schema == "pg_catalog" || r.Schema == "information_schema":
		return c.catalogRelation(r.Schema, r.Name.Name, r.Access)
	case strings.HasPrefix(r.Name.Name, "pg_") && (r.Parts == 1 || r.Schema == c.tenant):
		// pg_catalog comes first on every search_path, so the bare name always means the catalog. Behind the tenant's
		// schema it is a catalog that someone expected there, or a trap for the next reader.
		return c.catalogRelation("pg_catalog", r.Name.Name, r.Access)
	case r.Parts == 1 && extensionView(r.Name.Name):
		return c.extensionRelation(r.Access)
	case r.Parts == 1 && r.Access != sqlparse.AccessRead && c.sharedRelations[r.Name.Name]:
		return sharedWrite("if the tenant's own table of this name is meant, write the tenant's schema in front of it")
	case r.Parts == 1 || r.Schema == c.tenant:
		return nil
	case !c.shared[r.Schema]:
		return foreign()
	case r.Access != sqlparse.AccessRead:
		return sharedWrite(
			"change it on the administrator's connection; if for update locks it, list own tables in for update of")
	}
	return nil
}

func sharedWrite(hint string) *Denial {
	return &Denial{Rule: RuleSharedWrite, Reason: "tenants may only read shared tables", Hint: hint}
}

// columns checks the relation in front of a column. A foreign one is an error in the server, too, which would tell
// whether it exists.
func (c *check) columns() *Denial {
	for i := range c.st.Columns {
		n := &c.st.Columns[i]
		var d *Denial
		switch {
		case n.Parts > 2:
			d = threeParts()
		case n.Schema == c.tenant || c.shared[n.Schema]:
			continue
		case n.Schema == "pg_catalog" || n.Schema == "information_schema":
			d = c.catalogRelation(n.Schema, n.Name.Name, sqlparse.AccessRead)
		default:
			d = foreign()
		}
		if d != nil {
			d.Object, d.Offset = n.String(), n.Offset
			return d
		}
	}
	return nil
}

// types allows own types, data types of pg_catalog, and types of the schemas that the policy lists. Reading or printing
// a value of another type can look up an object of any schema.
func (c *check) types() *Denial {
	for i := range c.st.Types {
		t := &c.st.Types[i]
		if d := c.typeName(t); d != nil {
			d.Object, d.Offset = t.String(), t.Offset
			return d
		}
	}
	return nil
}

func (c *check) typeName(t *sqlparse.Type) *Denial {
	class := typeClass(t.Name.Name)
	switch {
	case t.Parts > 2:
		return threeParts()
	case t.Parts == 2 && t.Schema != "pg_catalog":
		if t.Schema == c.tenant || c.shared[t.Schema] || c.extensions[t.Schema] {
			return nil
		}
		return foreign()
	case class == typeSafe:
		return nil
	case class == typeUnknown && t.Parts == 1 && extensionView(strings.TrimPrefix(t.Name.Name, "_")):
		return c.extensionRelation(sqlparse.AccessRead)
	case class == typeUnknown && t.Parts == 1: // no type of pg_catalog, so the search_path ends in the tenant's schemas
		return nil
	case class == typeCatalog && (c.catalog == CatalogAll || c.namesConstant(t)):
		return nil
	case class == typeRow:
		return c.catalogRelation("pg_catalog", strings.TrimPrefix(t.Name.Name, "_"), sqlparse.AccessRead)
	}
	if class == typeCatalog {
		parts, ok := text.SplitName(t.Value.Text)
		if t.Value.Kind == sqlparse.ArgString && ok && len(parts) == 2 && !strings.HasPrefix(t.Name.Name, "_") &&
			parts[0] != c.tenant && parts[0] != "pg_catalog" && !c.shared[parts[0]] && !c.extensions[parts[0]] {
			return foreign()
		}
		if t.Of > 0 {
			if d := c.call(&c.st.Functions[t.Of-1]); d != nil && d.Rule == RuleSchema {
				return d // the call's own rule says more of the constant
			}
		}
		return &Denial{Rule: RuleType, Reason: "values of this type can name objects of any schema", Hint: typeHint(t)}
	}
	return &Denial{Rule: RuleType, Reason: "this type is for the server's own use",
		Hint: "use an ordinary type, such as text"}
}

// typeHint says how to do without a value that names something.
func typeHint(t *sqlparse.Type) string {
	switch t.Name.Name {
	case "regclass":
		return "name an own table by a plain string constant, and cast on to oid or text at once: " +
			"'document'::regclass::oid; leave the cast out of calls such as nextval('order_id_seq')"
	case "regconfig":
		return "name a constant, or put PostgreSQL's schema in front: to_tsvector(('pg_catalog.' || $1)::regconfig, body)"
	}
	return "compare names as text"
}

// namesConstant is the exception for nextval('name'::regclass) and to_tsvector('name'::regconfig, …): the cast constant
// is the argument by which the function finds an object, and names one of the tenant's, or a text search object of the
// server's. 'name'::regclass::oid names an own relation, too, and its value meets no other.
func (c *check) namesConstant(t *sqlparse.Type) bool {
	if t.Plain {
		return t.Name.Name == "regclass" && t.Value.Kind == sqlparse.ArgString && castTo(&t.Value, "text", "varchar") &&
			c.ownName(t.Value.Text)
	}
	if t.Of == 0 {
		return false
	}
	f := &c.st.Functions[t.Of-1]
	switch b, _ := c.builtin(&f.Name); b.class {
	case sequence, relation:
		return t.Name.Name == "regclass" && c.namesSequence(f)
	case textSearch:
		return t.Name.Name != "regclass" && c.namesConfig(f)
	}
	return false
}

// objects checks qualified operators and operator classes, which run functions of their schema, and collations and
// constraints.
func (c *check) objects() *Denial {
	for i := range c.st.Objects {
		o := &c.st.Objects[i]
		if d := c.object(o); d != nil {
			d.Object, d.Offset = o.String(), o.Offset
			return d
		}
	}
	return nil
}

func (c *check) object(o *sqlparse.Object) *Denial {
	switch {
	case o.Parts > 2:
		return threeParts()
	case o.Parts == 1 || o.Schema == c.tenant:
		return nil
	case o.Kind == sqlparse.ObjectConstraint: // checked later than the statement, so as the tenant's own only
		return foreign()
	case o.Schema == "pg_catalog" || c.extensions[o.Schema]:
		return nil
	case o.Kind == sqlparse.ObjectCollation && c.shared[o.Schema]:
		return nil
	}
	return foreign()
}

func threeParts() *Denial {
	return &Denial{Rule: RuleDatabaseName,
		Reason: "a name that includes a database is refused, even if it is the current one",
		Hint:   "leave the database and the schema out"}
}

func foreign() *Denial {
	return &Denial{Rule: RuleSchema, Reason: "it is outside the tenant's schema",
		Hint: "leave the schema out to mean the tenant's own; Policy.SharedSchemas and Policy.ExtensionSchemas open others"}
}
