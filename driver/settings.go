package driver

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/dsnvalue"
)

// setting is one that a DSN can give.
type setting struct {
	name  string // in the DSN
	field string // of Config, or of the structs in it
	dsnvalue.Kind
	meaning string
}

// catalogLevels are the names of values, as pinModes are.
var catalogLevels = []string{guard.CatalogNone: "none", guard.CatalogORM: "orm", guard.CatalogAll: "all"}

//go:generate go test -run ^TestSettingsTable$ -update-settings .

// settings are all there are; the table in docs/settings.md is made from them.
var settings = []setting{
	{"docex_pin", "Pin", dsnvalue.OneOf[PinMode](pinModes), "how long the server keeps a pin: `session` (nothing is in " +
		"between but a pooler in session mode or a translation of addresses; not checked), `transaction` (right " +
		"everywhere), or `auto`, the default: `session` where the connection is proved to be direct, `transaction` " +
		"everywhere else"},
	{"docex_system_schema", "SystemSchema", dsnvalue.Name, "the schema that provisioning put the registry in; default `" +
		DefaultSystemSchema + "`"},
	{"docex_max_tenants", "MaxTenants", dsnvalue.Number, "tenants that a connection serves before it is closed; " +
		"default: as many as fit into `docex_session_memory`, and on Citus fewer"},
	{"docex_session_memory", "SessionMemory", dsnvalue.Number, "MB that the backend of a connection may take for " +
		"them, by measure; default `" + strconv.Itoa(DefaultSessionMemory) + "`"},
	{"docex_affinity", "Affinity", dsnvalue.OneOf[Affinity](affinities), "`on`, the default: a checkout gets a session " +
		"that has served its tenant before, if it can be had within 2 ms (50 ms on Citus); `off`: sessions stay with " +
		"their connections"},
	{"docex_allow_weak_login", "AllowWeakLogin", dsnvalue.Bool, "whether the login role may walk past the second wall, " +
		"as a superuser or one that inherits tenants' roles does; default `false`"},
	{"docex_shared_schemas", "Policy.SharedSchemas", dsnvalue.Names, "schemas that every tenant may read"},
	{"docex_shared_relations", "Policy.SharedRelations", dsnvalue.Names, "the tables, views and sequences in them"},
	{"docex_extension_schemas", "Policy.ExtensionSchemas", dsnvalue.Names, "schemas of extensions"},
	{"docex_extensions", "Policy.Extensions", dsnvalue.Names,
		"extensions in them whose harmless functions may be called, such as `pg_trgm` and `\"uuid-ossp\"`"},
	{"docex_tenant_functions", "Policy.TenantFunctions", dsnvalue.Names,
		"functions of the tenants' own that may be called by their bare name, where the server is not asked"},
	{"docex_allow_functions", "Policy.AllowFunctions", dsnvalue.Names,
		"more functions that may be called, such as those of other extensions"},
	{"docex_allow_settings", "Policy.AllowSettings", dsnvalue.SettingNames, "settings that SET, RESET and SHOW may name"},
	{"docex_catalog", "Policy.Catalog", dsnvalue.OneOf[guard.CatalogLevel](catalogLevels),
		"how much of the system catalogs may be read, except what only owners of tables see; default `none`"},
	{"docex_multi_statement", "Policy.MultiStatement", dsnvalue.Bool,
		"whether a text may hold several statements; default `false`"},
	{"docex_max_bytes", "Policy.Limits.MaxBytes", dsnvalue.Number,
		"length of a statement, in bytes; this limit and the next three have defaults that are safe everywhere"},
	{"docex_max_tokens", "Policy.Limits.MaxTokens", dsnvalue.Number, "tokens in it"},
	{"docex_max_depth", "Policy.Limits.MaxDepth", dsnvalue.Number, "brackets and CASE expressions inside one another"},
	{"docex_max_chain", "Policy.Limits.MaxChain", dsnvalue.Number, "levels of its parse tree"},
}

// set reads a value of a DSN into c.
func (s setting) set(c *Config, value string) error {
	field := reflect.ValueOf(c).Elem()
	for name := range strings.SplitSeq(s.field, ".") {
		field = field.FieldByName(name)
	}
	return s.Set(field.Addr().Interface(), value)
}
