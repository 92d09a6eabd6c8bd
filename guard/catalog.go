package guard

import (
	"strings"

	"github.com/docex/docex/internal/sqlparse"
)

// ormRelations are what the migrators of GORM, bun, ent and sqlx-based tools read. None holds values of rows
// (pg_statistic), passwords (pg_authid), texts of running statements (pg_stat_activity) or sources of functions
// (pg_proc).
var ormRelations = setOf(`
	pg_catalog.pg_am pg_catalog.pg_attrdef pg_catalog.pg_attribute pg_catalog.pg_class pg_catalog.pg_constraint
	pg_catalog.pg_description pg_catalog.pg_enum pg_catalog.pg_index pg_catalog.pg_indexes pg_catalog.pg_inherits
	pg_catalog.pg_available_extensions pg_catalog.pg_namespace
	pg_catalog.pg_sequence pg_catalog.pg_sequences pg_catalog.pg_tables pg_catalog.pg_type pg_catalog.pg_views
	information_schema.columns information_schema.key_column_usage information_schema.referential_constraints
	information_schema.schemata information_schema.sequences information_schema.table_constraints
	information_schema.tables information_schema.views`)

// ownersRelations show an object to members of the role that owns it, and tell others that there is none. A tenant's
// role owns nothing in its schema, so GORM's ColumnTypes would find no key and no unique column, without an error. No
// level opens them. See PostgreSQL's manual, chapter "The Information Schema".
var ownersRelations = setOf(`
	information_schema.check_constraint_routine_usage information_schema.check_constraints
	information_schema.column_column_usage information_schema.column_domain_usage information_schema.column_udt_usage
	information_schema.constraint_column_usage information_schema.constraint_table_usage
	information_schema.domain_udt_usage information_schema.routine_column_usage
	information_schema.routine_routine_usage information_schema.routine_sequence_usage
	information_schema.routine_table_usage information_schema.view_column_usage
	information_schema.view_routine_usage information_schema.view_table_usage`)

// ormFunctions are the functions that go with ormRelations; they describe objects by the numbers read there.
var ormFunctions = setOf(`col_description current_schemas format_type obj_description pg_get_constraintdef pg_get_expr
	pg_get_indexdef pg_table_is_visible pg_type_is_visible shobj_description`)

// sessionRelations show what earlier tenants left on the connection: the texts of statements that the driver has
// prepared, constants included, and open cursors. No level opens them.
var sessionRelations = setOf("pg_prepared_statements pg_cursors")

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// catalogRelation allows a system catalog to be read at the policy's level; never to be written or locked: an UPDATE of
// pg_settings calls set_config, and pg_class decides what every name means.
func (c *check) catalogRelation(schema, name string, access sqlparse.Access) *Denial {
	full := schema + "." + name
	ok := c.catalog == CatalogAll && !sessionRelations[name] && !ownersRelations[full] ||
		c.catalog == CatalogORM && ormRelations[full]
	if ok && access == sqlparse.AccessRead {
		return nil
	}
	return catalogDenial(schema, name, access)
}

// catalogDenial tells what a policy can open from what none can, and from what is no catalog at all.
func catalogDenial(schema, name string, access sqlparse.Access) *Denial {
	d := &Denial{Rule: RuleSystemCatalog}
	switch {
	case sessionRelations[name]:
		d.Reason, d.Hint = "it shows what other tenants left on the connection", "leave it out"
	case ownersRelations[schema+"."+name]:
		d.Reason = "the server shows it to the owner of the tables, so a tenant would find nothing there"
		d.Hint = "read pg_catalog.pg_constraint, which level orm of Policy.Catalog opens, or read this on the " +
			"administrator's connection"
	case schema == "pg_catalog" && typeClass(name) != typeRow:
		d.Reason = "a name that begins with pg_ means a system catalog"
		d.Hint = "give the tenant's table another name"
	case access != sqlparse.AccessRead:
		d.Reason, d.Hint = "tenants may not change or lock system catalogs", "leave it out"
	default:
		d.Reason = "system catalogs show other tenants' names and statistics"
		d.Hint = "leave it out, or open all catalogs for reading: level all of Policy.Catalog"
		if ormRelations[schema+"."+name] {
			d.Hint = "leave it out, or open it for reading: level orm of Policy.Catalog, or all"
		}
	}
	return d
}
