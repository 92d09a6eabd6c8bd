package driver

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/docex/docex/guard"
)

// setting is one that a DSN can give.
type setting struct {
	name    string // in the DSN
	field   string // of Config
	values  string // what it may be
	meaning string
	set     setter
}

// setter reads a value of a DSN into a Config, and refuses one that contradicts what is there.
type setter func(c *Config, value string) error

const nameList = "names"

// catalogLevels and truths are the names of values, as pinModes are.
var (
	catalogLevels = []string{guard.CatalogNone: "none", guard.CatalogORM: "orm", guard.CatalogAll: "all"}
	truths        = []string{"false", "true"}
)

//go:generate go test -run ^TestSettingsTable$ -update-settings .

// settings are all there are; the table in the README is made from them.
var settings = []setting{
	{
		"docex_pin", "Pin", choice(pinModes), "how long the server keeps a pin: `session` (nothing is in between but a " +
			"pooler in session mode or a translation of addresses; not checked), `transaction` (right everywhere), or `auto`, the " +
			"default: `session` where the connection is proved to be direct, `transaction` everywhere else",
		one(func(c *Config) *PinMode { return &c.Pin }, chosen[PinMode](pinModes)),
	},
	{
		"docex_system_schema", "SystemSchema", "a name", "the schema that provisioning put the registry in; default `" + DefaultSystemSchema + "`",
		one(func(c *Config) *string { return &c.SystemSchema }, oneName),
	},
	{
		"docex_max_tenants", "MaxTenants", "a number", "tenants that a connection serves before it is closed; default " +
			strconv.Itoa(DefaultMaxTenants),
		one(func(c *Config) *int { return &c.MaxTenants }, number),
	},
	{
		"docex_allow_weak_login", "AllowWeakLogin", choice(truths), "whether the login role may walk past the second wall, as a " +
			"superuser or one that inherits tenants' roles does; default `false`",
		one(func(c *Config) *bool { return &c.AllowWeakLogin }, truth),
	},
	{
		"docex_shared_schemas", "Policy.SharedSchemas", nameList, "schemas that every tenant may read",
		names(func(c *Config) *[]string { return &c.Policy.SharedSchemas }),
	},
	{
		"docex_shared_relations", "Policy.SharedRelations", nameList, "the tables, views and sequences in them",
		names(func(c *Config) *[]string { return &c.Policy.SharedRelations }),
	},
	{
		"docex_extension_schemas", "Policy.ExtensionSchemas", nameList, "schemas of extensions",
		names(func(c *Config) *[]string { return &c.Policy.ExtensionSchemas }),
	},
	{
		"docex_tenant_functions", "Policy.TenantFunctions", nameList, "functions of the tenants' own that may be called by their bare name",
		names(func(c *Config) *[]string { return &c.Policy.TenantFunctions }),
	},
	{
		"docex_allow_functions", "Policy.AllowFunctions", nameList, "more functions that may be called, such as those of extensions",
		names(func(c *Config) *[]string { return &c.Policy.AllowFunctions }),
	},
	{
		"docex_allow_settings", "Policy.AllowSettings", nameList, "settings that SET, RESET and SHOW may name",
		settingList(func(c *Config) *[]string { return &c.Policy.AllowSettings }),
	},
	{
		"docex_catalog", "Policy.Catalog", choice(catalogLevels), "how much of the system catalogs may be read; default `none`",
		one(func(c *Config) *guard.CatalogLevel { return &c.Policy.Catalog }, chosen[guard.CatalogLevel](catalogLevels)),
	},
	{
		"docex_multi_statement", "Policy.MultiStatement", choice(truths), "whether a text may hold several statements; default `false`",
		one(func(c *Config) *bool { return &c.Policy.MultiStatement }, truth),
	},
	{
		"docex_max_bytes", "Policy.Limits.MaxBytes", "a number", "length of a statement, in bytes; this limit and the next three have defaults that are safe everywhere",
		one(func(c *Config) *int { return &c.Policy.Limits.MaxBytes }, number),
	},
	{
		"docex_max_tokens", "Policy.Limits.MaxTokens", "a number", "tokens in it",
		one(func(c *Config) *int { return &c.Policy.Limits.MaxTokens }, number),
	},
	{
		"docex_max_depth", "Policy.Limits.MaxDepth", "a number", "brackets and CASE expressions inside one another",
		one(func(c *Config) *int { return &c.Policy.Limits.MaxDepth }, number),
	},
	{
		"docex_max_chain", "Policy.Limits.MaxChain", "a number", "levels of its parse tree",
		one(func(c *Config) *int { return &c.Policy.Limits.MaxChain }, number),
	},
}

func settingNames() []string {
	all := make([]string, len(settings))
	for i, s := range settings {
		all[i] = s.name
	}
	return all
}

var errDiffers = errors.New("it differs from the value in Config; give it in one place")

// one sets a field of a single value. What is in the field already must be the same; its zero value is no value.
func one[T comparable](field func(*Config) *T, parse func(string) (T, error)) setter {
	return func(c *Config, value string) error {
		v, err := parse(value)
		if err != nil {
			return err
		}
		var zero T
		if p := field(c); *p == zero {
			*p = v
		} else if *p != v {
			return errDiffers
		}
		return nil
	}
}

// names sets a list of names; an empty list in Config is no value, in the DSN it is one.
func names(field func(*Config) *[]string) setter { return list(field, false) }

// settingList sets a list of server settings: their names may have a dot, and case has no meaning in them.
func settingList(field func(*Config) *[]string) setter { return list(field, true) }

func list(field func(*Config) *[]string, ofSettings bool) setter {
	same := func(a, b string) bool { return a == b || ofSettings && strings.EqualFold(a, b) }
	return func(c *Config, value string) error {
		v, err := splitNames(value, ofSettings)
		if err != nil {
			return err
		}
		if p := field(c); len(*p) == 0 {
			*p = v
		} else if !slices.EqualFunc(*p, v, same) {
			return errDiffers
		}
		return nil
	}
}

// The errors of parsers do not repeat the value: a quote at the wrong place can make a password part of it.

func choice(values []string) string { return strings.Join(values, ", ") }

// chosen reads the name of one of the values 0, 1, 2, ….
func chosen[T ~int | ~uint8](values []string) func(string) (T, error) {
	return func(value string) (T, error) {
		i := slices.Index(values, value)
		if i < 0 {
			return 0, errors.New("it must be one of " + choice(values))
		}
		return T(i), nil
	}
}

func truth(value string) (bool, error) {
	i, err := chosen[int](truths)(value)
	return i == 1, err
}

func number(value string) (int, error) {
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0, errors.New("it must be a whole number, 0 (for the default) or more")
	}
	return int(n), nil
}

func oneName(value string) (string, error) {
	v, err := splitNames(value, false)
	if err == nil && len(v) != 1 {
		err = errors.New("it must be one name")
	}
	if err != nil {
		return "", err
	}
	return v[0], nil
}
