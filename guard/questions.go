package guard

import (
	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
)

// Questions about own objects, types and settings. A value of a reg* type turns a text beside it into a name: in a
// comparison, CASE, UNION, VALUES, an array or an argument. So one is allowed only where it is cast to text or oid at
// once, tested for NULL, compared with a column, or handed to a function that asks about the relation.

// relationCall allows functions that tell of a relation when the first argument is a constant that names an own one.
func (c *check) relationCall(f *sqlparse.Function) *Denial {
	if c.namesSequence(f) || !f.Labelled && f.First.Kind == sqlparse.ArgCall && f.First.Text == "to_regclass" {
		return nil // to_regclass has a rule of its own, which reads the constant
	}
	return c.constantName(f, "the guard must see in the statement which table is meant, and it must be the tenant's",
		"write its name as a plain string constant, as in: pg_relation_size('document')")
}

// lookupCall allows to_regclass of a constant that names an own relation, or would name one.
func (c *check) lookupCall(f *sqlparse.Function) *Denial {
	switch {
	case c.catalog == CatalogAll:
		return nil
	case !c.namesSequence(f) || castTo(&f.First, "regclass") && f.First.Type.Parts > 0:
		return c.constantName(f, "the guard must see in the statement which table is meant, and it must be the tenant's",
			"write its name as a plain string constant, as in: to_regclass('document') IS NOT NULL")
	case f.Plain || c.asksOfRelation(f.Use):
		return nil
	}
	d := refusal("reg-contagion")
	d.Hint = "cast it to text or oid at once, or test it for NULL: to_regclass('document') IS NOT NULL"
	return d
}

// asksOfRelation reports whether a value is the first argument of a function that tells of a relation.
func (c *check) asksOfRelation(u sqlparse.Use) bool {
	if u.Of == 0 {
		return false
	}
	b, _ := c.builtin(&c.st.Functions[u.Of-1].Name)
	return b.class == relation
}

// typeOfCall allows pg_typeof for its name alone. Values of other tenants' types are out of reach.
func (c *check) typeOfCall(f *sqlparse.Function) *Denial {
	if f.Plain || c.catalog == CatalogAll {
		return nil
	}
	d := refusal("reg-contagion")
	d.Hint = "cast it to text at once: pg_typeof(x)::text"
	return d
}

// settingCall allows current_setting of what SHOW may name.
func (c *check) settingCall(f *sqlparse.Function) *Denial {
	a := &f.First
	c.constants = true
	if !f.Labelled && a.Kind == sqlparse.ArgString && castTo(a, "text", "varchar") && c.mayShow(text.Fold(a.Text)) {
		return nil
	}
	return &Denial{Rule: RuleSetting, Reason: "the policy does not allow to read this setting, or it is no constant",
		Hint: "name as a plain string constant a setting that is the same for all tenants, docex.tenant_id, docex.user_id, " +
			"or one of Policy.AllowSettings"}
}
