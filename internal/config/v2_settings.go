package config

import "fmt"

// v2Setting says what becomes of a setting of DocEX v2. A key that ends in a dot stands for all below it.
type v2Setting struct {
	key  string
	note func(v2) string
}

func always(text string) func(v2) string { return func(v2) string { return text } }

const (
	carried = "carried over into database.admin_dsn and app_dsn"
	pool    = "removed: the pool is database/sql's; in your program call "
	outside = "not docex's any more: your program configures it"
	sqlite  = "removed with SQLite: docex keeps tenants in PostgreSQL only"
)

// v2Settings are those of version 2's default configuration file. The first that fits counts.
var v2Settings = []v2Setting{
	{"database.type", func(old v2) string {
		if old.postgres() {
			return "removed: docex is for PostgreSQL only"
		}
		return sqlite + "; move the data there, tenant by tenant"
	}},
	{"database.postgres.host", always(carried)},
	{"database.postgres.port", always(carried)},
	{"database.postgres.database", always(carried)},
	{"database.postgres.user",
		always("carried over as the administrator in database.admin_dsn; the application gets a login of its own, " +
			appRole)},
	{"database.postgres.password",
		always("not printed: set the environment variable DOCEX_ADMIN_PASSWORD to it, percent-encoded as in a URL")},
	{"database.postgres.schema_template", func(old v2) string {
		const ours = "tenant_{tenant_id}"
		if template := old.get("database.postgres.schema_template", ours); template != ours {
			return fmt.Sprintf("removed: schemas are always called %s; docex tenant adopt renames one called %s", ours, template)
		}
		return "removed: schemas are always called so"
	}},
	{"database.postgres.schema",
		always("removed: no schema is there for everybody; docex tenant adopt ID --from SCHEMA makes a tenant of it")},
	{"database.sqlite.", always(sqlite)},
	{"database.echo",
		always("removed: set driver.Config.Observer, such as driver.NewSlogObserver, which never shows statements' values")},
	{"database.pool_size", always(pool + "SetMaxIdleConns")},
	{"database.max_overflow", always(pool + "SetMaxOpenConns with the sum of both")},
	{"database.pool_timeout", always(pool + "QueryContext and the like with a deadline")},
	{"database.pool_recycle", always(pool + "SetConnMaxLifetime; docex_max_tenants bounds the memory of connections")},
	{"security.multi_tenancy_model", func(old v2) string {
		switch model := old.get("security.multi_tenancy_model", ""); model {
		case "database_level":
			return "became provision.strategy: schema"
		case "row_level":
			return "removed: rows of several tenants in the same tables; provision.strategy: schema is the only one, so each " +
				"tenant's rows " +
				"move into a schema of its own"
		default:
			return fmt.Sprintf("%q is not known; provision.strategy: schema is the only one", model)
		}
	}},
	{"security.tenant_database_routing",
		always("removed: every statement goes to the tenant of its context's scope.UserContext; schemas are " +
			"made by docex tenant create, never by the way")},
	{"security.enforce_user_context",
		always("removed: it is always required; without one a statement gives scope.ErrNoUserContext")},
	{"security.context_match_fields", always("removed: the tenant id always decides, and nothing else does")},
	{"multi_tenancy.enabled", always("removed: it always is; there is no default tenant")},
	{"multi_tenancy.isolation_strategy", func(old v2) string {
		if s := old.get("multi_tenancy.isolation_strategy", "schema"); s != "schema" {
			return fmt.Sprintf("%q is not supported; provision.strategy: schema is the only one", s)
		}
		return "became provision.strategy"
	}},
	{"multi_tenancy.bootstrap_tenant.id",
		always("became provision.system_tenant_id: $system; it begins with $, so that no UserContext can name it")},
	{"multi_tenancy.bootstrap_tenant.schema", func(old v2) string {
		if old.initialized() {
			return "the schema stays as it is, for you to drop; provision.system_schema is " + old.systemSchema() +
				", which docex init makes"
		}
		return "became provision.system_schema: " + old.systemSchema()
	}},
	{"multi_tenancy.bootstrap_tenant.display_name", always("removed: nobody sees it")},
	{"multi_tenancy.bootstrap_tenant.database_path", always(sqlite)},
	{"app.", always(outside)},
	{"storage.", always(outside + "; keep the tenants' files apart there as well")},
	{"logging.", always(outside)},
}

// steps are what no file can do.
func (old v2) steps() []string {
	variables := "DOCEX_ADMIN_PASSWORD and DOCEX_APP_PASSWORD (percent-encoded)"
	tables := "pg_dump --schema-only of one tenant's schema, of which docex ddl import makes a DDL"
	if !old.postgres() {
		variables = "DOCEX_ADMIN_DSN and DOCEX_APP_DSN, which lead to a database of PostgreSQL,"
		tables = "their CREATE TABLE statements, as PostgreSQL has them"
	}
	steps := []string{
		"save the file as " + Name + ", and set " + variables + " in the environment",
		"as the administrator: CREATE ROLE " + appRole + " LOGIN NOINHERIT PASSWORD '…'",
		"to keep your tables: " + tables +
			", in a folder of its own; put the folder into provision.ddl. Without that tenants get the tables of version 3",
		"docex init",
	}
	switch {
	case !old.postgres():
		steps = append(steps, "docex tenant create ID for each tenant, and copy its rows out of SQLite")
	case old.schemaPerTenant():
		steps = append(steps, "for each tenant: docex tenant adopt ID --from SCHEMA. Its names are "+
			old.get("database.postgres.schema_template", "tenant_{tenant_id}")+
			", and tenant_docex_first_tenant where nobody named a tenant; "+
			"docex names every difference from provision.ddl before it changes anything")
	default:
		steps = append(steps,
			"with one tenant so far: docex tenant adopt ID --from public (or the schema of its tables). With several in the "+
				"same "+
				"tables: docex tenant create ID for each, and copy its rows")
	}
	return append(steps,
		"in your program: open the driver docex with app_dsn, and give every call a context with scope.UserContext; docex "+
			"vet finds those without",
		"docex doctor",
	)
}
