package driver

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/docex/docex/guard"
)

// setting is one that a DSN can give.
type setting struct {
	name  string // in the DSN
	field string // of Config, or of the structs in it
	kind
	meaning string
}

// kind is what the values of a setting may be. set reads one into a field, unless it contradicts what is there.
type kind struct {
	values string
	set    func(field any, value string) error
}

const nameList = "names"

// catalogLevels and truths are the names of values, as pinModes are.
var (
	catalogLevels = []string{guard.CatalogNone: "none", guard.CatalogORM: "orm", guard.CatalogAll: "all"}
	truths        = []string{"false", "true"}

	aPinMode      = one(choice(pinModes), chosen[PinMode](pinModes))
	anAffinity    = one(choice(affinities), chosen[Affinity](affinities))
	aCatalogLevel = one(choice(catalogLevels), chosen[guard.CatalogLevel](catalogLevels))
	aBool         = one(choice(truths), truth)
	aName         = one("a name", oneName)
	aNumber       = one("a number", number)
	someNames     = list(false)
	someSettings  = list(true)
)

//go:generate go test -run ^TestSettingsTable$ -update-settings .

// settings are all there are; the table in the README is made from them.
var settings = []setting{
	{"docex_pin", "Pin", aPinMode, "how long the server keeps a pin: `session` (nothing is in between but a pooler in " +
		"session mode or a translation of addresses; not checked), `transaction` (right everywhere), or `auto`, the " +
		"default: `session` where the connection is proved to be direct, `transaction` everywhere else"},
	{"docex_system_schema", "SystemSchema", aName, "the schema that provisioning put the registry in; default `" +
		DefaultSystemSchema + "`"},
	{"docex_max_tenants", "MaxTenants", aNumber, "tenants that a connection serves before it is closed; default: as " +
		"many as fit into `docex_session_memory`"},
	{"docex_session_memory", "SessionMemory", aNumber, "MB that the backend of a connection may take for them, by " +
		"measure; default `" + strconv.Itoa(DefaultSessionMemory) + "`"},
	{"docex_affinity", "Affinity", anAffinity, "`on`, the default: a checkout gets a session that has served its tenant " +
		"before, if it can be had within 2 ms; `off`: sessions stay with their connections"},
	{"docex_allow_weak_login", "AllowWeakLogin", aBool, "whether the login role may walk past the second wall, as a " +
		"superuser or one that inherits tenants' roles does; default `false`"},
	{"docex_shared_schemas", "Policy.SharedSchemas", someNames, "schemas that every tenant may read"},
	{"docex_shared_relations", "Policy.SharedRelations", someNames, "the tables, views and sequences in them"},
	{"docex_extension_schemas", "Policy.ExtensionSchemas", someNames, "schemas of extensions"},
	{"docex_tenant_functions", "Policy.TenantFunctions", someNames,
		"functions of the tenants' own that may be called by their bare name"},
	{"docex_allow_functions", "Policy.AllowFunctions", someNames,
		"more functions that may be called, such as those of extensions"},
	{"docex_allow_settings", "Policy.AllowSettings", someSettings, "settings that SET, RESET and SHOW may name"},
	{"docex_catalog", "Policy.Catalog", aCatalogLevel, "how much of the system catalogs may be read; default `none`"},
	{"docex_multi_statement", "Policy.MultiStatement", aBool,
		"whether a text may hold several statements; default `false`"},
	{"docex_max_bytes", "Policy.Limits.MaxBytes", aNumber,
		"length of a statement, in bytes; this limit and the next three have defaults that are safe everywhere"},
	{"docex_max_tokens", "Policy.Limits.MaxTokens", aNumber, "tokens in it"},
	{"docex_max_depth", "Policy.Limits.MaxDepth", aNumber, "brackets and CASE expressions inside one another"},
	{"docex_max_chain", "Policy.Limits.MaxChain", aNumber, "levels of its parse tree"},
}

// set reads a value of a DSN into c.
func (s setting) set(c *Config, value string) error {
	field := reflect.ValueOf(c).Elem()
	for name := range strings.SplitSeq(s.field, ".") {
		field = field.FieldByName(name)
	}
	return s.kind.set(field.Addr().Interface(), value)
}

func settingNames() []string {
	all := make([]string, len(settings))
	for i, s := range settings {
		all[i] = s.name
	}
	return all
}

var errDiffers = errors.New("it differs from the value in Config; give it in one place")

// one is a single value. What is in the field already must be the same; its zero value is no value.
func one[T comparable](values string, parse func(string) (T, error)) kind {
	return kind{values, func(field any, value string) error {
		v, err := parse(value)
		if err != nil {
			return err
		}
		var zero T
		if p := field.(*T); *p == zero {
			*p = v
		} else if *p != v {
			return errDiffers
		}
		return nil
	}}
}

// list is a list of names; an empty list in Config is no value, in the DSN it is one. The names of server settings may
// have a dot, and case has no meaning in them.
func list(ofSettings bool) kind {
	same := func(a, b string) bool { return a == b || ofSettings && strings.EqualFold(a, b) }
	return kind{nameList, func(field any, value string) error {
		v, err := splitNames(value, ofSettings)
		if err != nil {
			return err
		}
		if p := field.(*[]string); len(*p) == 0 {
			*p = v
		} else if !slices.EqualFunc(*p, v, same) {
			return errDiffers
		}
		return nil
	}}
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
