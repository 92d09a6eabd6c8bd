package guard

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse"
)

// Extensions add to what a name can mean: Citus puts views and functions into pg_catalog, which every search_path
// begins with, and the schemas of Policy.ExtensionSchemas are on it, too. What extensions.tsv says of functions counts
// for calls, and for the places where an unknown name is taken for a column. The list below is for those where one is
// taken for a table or a type.

// extensionViews are relations that show other tenants; Citus's have names that begin with citus_ or pg_dist_.
var extensionViews = setOf(`time_partitions geometry_columns geography_columns raster_columns raster_overviews`)

func extensionView(name string) bool {
	return strings.HasPrefix(name, "citus_") || extensionViews[name]
}

// extensionField says whether a field (x.name) may call a function of an extension that does harm.
func extensionField(name string) bool {
	return extensionPrefix(name) || extensions().functions[name].dot
}

// extensionPrefix covers names that no list can have all of. What begins with pg_ may be a newer server's, too.
func extensionPrefix(name string) bool {
	return strings.HasPrefix(name, "pg_") || strings.HasPrefix(name, "citus_") || strings.HasPrefix(name, "dblink")
}

// extensionReaches says whether a function of an extension reaches outside the tenant, so that not even the tenants'
// DDL may call it. Triggers, text search templates and what is behind operators have their place there, and so has what
// shows no more than the server's address.
func extensionReaches(name string) bool {
	f, ok := extensions().functions[name]
	return extensionPrefix(name) || ok && f.class == refused && !definedReasons[f.reason]
}

var definedReasons = setOf("internal type-io operator trigger infrastructure")

// extensionCall judges the call of a function of an extension that the policy does not name by itself.
func (c *check) extensionCall(f *sqlparse.Function, e extensionFunction) *Denial {
	const own = "if it is the tenant's own, write the tenant's schema in front of it or add it to Policy.TenantFunctions"
	switch {
	case e.class == refused:
		d := refusal(e.reason)
		d.Reason = "a function of extension " + e.extension + " has this name: " + d.Reason
		d.Hint = strings.TrimSuffix(d.Hint, ", or see Policy.Catalog") + "; " + own // which opens PostgreSQL's own only
		return d
	case !c.opened[e.extension]:
		return &Denial{Rule: RuleUnknownFunction,
			Reason: "a function of extension " + e.extension + " has this name, and the policy does not list that",
			Hint:   `add "` + e.extension + `" to Policy.Extensions; ` + own}
	case e.class == textSearch:
		return c.textSearchCall(f)
	}
	return nil
}

// extensionRelation refuses the bare name of a view that shows other tenants, as a relation or as a row type.
func (c *check) extensionRelation(access sqlparse.Access) *Denial {
	if c.catalog == CatalogAll && access == sqlparse.AccessRead {
		return nil
	}
	return &Denial{Rule: RuleSystemCatalog, Reason: "an extension's view of this name shows other tenants",
		Hint: "if the tenant's own table of this name is meant, write the tenant's schema in front of it"}
}
