package provision

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/docex/docex/scope"
)

// Defaults of the fields of [Config].
const (
	DefaultEnvironment  = "default"
	DefaultSystemSchema = "docex_system"
)

// Strategy is a way to keep tenants apart.
type Strategy string

// SchemaPerTenant keeps each tenant in a schema of its own. It is the only strategy so far, and what the zero Strategy
// means. DocEX RFC-0001 names two more for the future, "database" and "row".
const SchemaPerTenant Strategy = "schema"

// Config says how a database is set up. The zero value works and is the strictest.
//
// Environment, SystemTenantID, AppRole and NoTenantRoles are fixed by Init and kept in the database. Afterwards a zero
// value means "as recorded", and another value is refused with [ErrEnvironmentMismatch] or [ErrSettingsMismatch].
type Config struct {
	// Environment names what the database is for, such as "staging", so that a tool configured for another one is
	// refused. Empty means "default", before and after Init alike. At most 63 bytes of printable UTF-8.
	Environment string
	// Strategy is how tenants are kept apart. Empty means [SchemaPerTenant].
	Strategy Strategy
	// DDL holds the SQL that makes a tenant's objects: every file *.sql of its top folder, in the order of their names.
	// Plain SQL without schema names. Nil means DocEX's own tables.
	DDL fs.FS
	// SystemSchema is the schema of the registry. Empty means "docex_system". Lower-case letters, digits and '_'.
	SystemSchema string
	// SystemTenantID is the id of the system tenant. Empty means scope.SystemTenantID. It begins with '$'.
	SystemTenantID string
	// AppRole is the login role that the application connects as. It becomes a member of each tenant's role and may call
	// the pin function. Empty means the administrator's own session user, which is for trying things out: the role wall
	// is only as good as the role that stands before it. A superuser that is named here is refused with [ErrAppRole].
	AppRole string
	// SharedSchemas are schemas that every tenant may read: USAGE on the schema and SELECT on its tables. Init grants
	// this; a later Init adds schemas, and tables that came since, and takes nothing away. They must exist.
	SharedSchemas []string
	// NoTenantRoles leaves out the second wall: no role per tenant, and AppRole gets the rights on every tenant's
	// schema. For servers on which no role can be created.
	NoTenantRoles bool
	// Actor is whom the audit log names beside the administrator's login, such as an operator or a deployment; see
	// [WithActor] to say it call by call. Empty means nobody. At most 255 bytes of printable UTF-8.
	Actor string
	// KeepPublic leaves the rights of PUBLIC as they are. By default Init revokes what lets one tenant's session leave
	// something for another's to find: everything on the schema public, and TEMPORARY on the database. Roles that need
	// either must then be granted it by name.
	KeepPublic bool
}

// maxName bounds names that end up in the catalog, in bytes (NAMEDATALEN - 1), and maxText descriptive texts.
const (
	maxName = 63
	maxText = 255
)

// withDefaults returns a validated copy of c in which every empty field that does not mean "as recorded" is filled in.
func (c Config) withDefaults() (Config, error) {
	if c.Environment == "" {
		c.Environment = DefaultEnvironment
	}
	if c.SystemSchema == "" {
		c.SystemSchema = DefaultSystemSchema
	}
	if c.Strategy == "" {
		c.Strategy = SchemaPerTenant
	}
	c.SharedSchemas = slices.Clone(c.SharedSchemas)
	return c, c.validate()
}

func (c Config) validate() error {
	if c.Strategy != SchemaPerTenant {
		return fmt.Errorf("%w: %q (this version has %q)", ErrUnsupportedStrategy, string(c.Strategy), SchemaPerTenant)
	}
	if err := validateText(c.Environment, maxName); err != nil {
		return invalidConfig("environment: %w", err)
	}
	if err := validateSystemSchema(c.SystemSchema); err != nil {
		return invalidConfig("system schema %q: %w", c.SystemSchema, err)
	}
	if err := validateSystemTenantID(c.SystemTenantID); err != nil {
		return invalidConfig("system tenant id %q: %w", c.SystemTenantID, err)
	}
	if c.AppRole != "" {
		if err := validateText(c.AppRole, maxName); err != nil {
			return invalidConfig("application role: %w", err)
		}
	}
	if c.Actor != "" {
		if err := validateText(c.Actor, maxText); err != nil {
			return invalidConfig("actor: %w", err)
		}
	}
	for _, s := range c.SharedSchemas {
		if err := c.validateSharedSchema(s); err != nil {
			return invalidConfig("shared schema %q: %w", s, err)
		}
	}
	return nil
}

// validateSystemSchema accepts names that need no quoting and cannot be a tenant's or the server's own.
func validateSystemSchema(name string) error {
	switch {
	case len(name) > maxName:
		return fmt.Errorf("%d bytes, the most is %d", len(name), maxName)
	case strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || '0' <= name[0] && name[0] <= '9':
		return fmt.Errorf("only lower-case letters, digits and '_', and no digit first")
	}
	return reservedSchema(name)
}

func (c Config) validateSharedSchema(name string) error {
	if name == c.SystemSchema {
		return fmt.Errorf("the registry is not for tenants to read")
	}
	if err := validateText(name, maxName); err != nil {
		return err
	}
	if name == "public" {
		return nil // named outright it is a choice; it is never shared by default
	}
	return reservedSchema(name)
}

func reservedSchema(name string) error {
	switch {
	case name == "public", name == "information_schema", strings.HasPrefix(name, "pg_"):
		return fmt.Errorf("the name belongs to PostgreSQL")
	case strings.HasPrefix(name, scope.SchemaPrefix):
		return fmt.Errorf("names that begin with %q belong to tenants", scope.SchemaPrefix)
	}
	return nil
}

// validateSystemTenantID accepts "" and '$' followed by what would be a tenant id.
func validateSystemTenantID(id string) error {
	if id == "" {
		return nil
	}
	rest, ok := strings.CutPrefix(id, "$")
	if !ok {
		return fmt.Errorf("it must begin with '$', so that no UserContext can name it")
	}
	return scope.ValidateTenantID(rest)
}

// validateText accepts 1 to most bytes of printable UTF-8.
func validateText(s string, most int) error {
	switch {
	case s == "":
		return fmt.Errorf("empty")
	case len(s) > most:
		return fmt.Errorf("%d bytes, the most is %d", len(s), most)
	case !utf8.ValidString(s):
		return fmt.Errorf("not valid UTF-8")
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("character %U is not printable", r)
		}
	}
	return nil
}
