package provision

import (
	"cmp"
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

// Config says how a database is set up. The zero value works and is the strictest, but for AppRole, which it takes a
// role of yours to make use of.
//
// Environment, Distribution, SystemTenantID, AppRole and NoTenantRoles are fixed by Init and kept in the database.
// Afterwards another value is refused with [ErrEnvironmentMismatch] or [ErrSettingsMismatch]; a zero value means "as
// recorded", except in Environment.
type Config struct {
	// Environment names what the database is for, such as "staging", so that a tool configured for another one is
	// refused. Empty means "default", before and after Init alike. At most 63 bytes of printable UTF-8.
	Environment string
	// Strategy is how tenants are kept apart. Empty means [SchemaPerTenant].
	Strategy Strategy
	// Distribution is where the tenants' schemas are. Empty means [Local] to Init.
	Distribution Distribution
	// DDL holds the SQL that makes a tenant's objects: every file *.sql of its top folder, in the order of their names;
	// [DDLString] makes a folder of a string, and [NoDDL] one that makes no objects. Plain SQL without schema names, in
	// the grammar of PostgreSQL 16, at most 4 MiB and about a million words a file. Nil means DocEX's own tables.
	//
	// A folder of golang-migrate, goose, dbmate, sql-migrate, tern, Flyway, Atlas or sqlx-cli is recognised by its names
	// and annotations. It is read as the tool does on an empty database: what leads up, in the tool's order. Refused are a
	// folder that mixes tools, one with a way down of another tool, hidden files and files that would not be read, and
	// folders below it with files *.sql, except one that holds Seed's files. A transaction around a whole file is taken
	// as the one that makes the tenant. The rules are in docs/ddl.md.
	//
	// It may make, change, drop and comment tables, indexes, sequences, views, functions, triggers, types, domains and the
	// like, and fill them. It may not name a schema, but for functions and types of pg_catalog and of ExtensionSchemas;
	// nor roles, databases, extensions, settings, transactions, temporary objects or files. Functions are in sql or
	// plpgsql, and never SECURITY DEFINER. [New] refuses what breaks these rules with a *[DDLError], and for [Citus] what
	// Citus does not have.
	DDL fs.FS
	// DDLVersion is a label of yours for DDL, such as "2026-03"; it is kept with each tenant made from it, beside the
	// digest of its text. At most 255 bytes of printable UTF-8; empty is no label. A label means one DDL as long as
	// there are tenants of it: Create and the like refuse one that stands for another text, with [ErrDDLVersion].
	DDLVersion string
	// Seed holds files like DDL's that fill a tenant's tables: INSERT and the like, and COPY … FROM stdin with its rows
	// below it, in the text format without options. They run behind DDL in the same transaction and are no part of the
	// digest, since two tenants with different rows have the same schema. Nil means none.
	Seed fs.FS
	// ReadOnlyTables are tables of the tenants' schemas that their roles may read and not write, by their exact names,
	// with their partitions and the sequences of their columns. They are for what a migration tool keeps there. Nil means
	// [DefaultReadOnlyTables]; an empty slice means none.
	//
	// Create, Adopt and Reseal see to it; WithTenant and ForEachTenant do where they reseal. What a tool makes in a tenant
	// is the tenant's to write until then, and Verify reports it. A name that is taken out of the list later gives nothing
	// back: GRANT, and Reseal.
	ReadOnlyTables []string
	// SystemSchema is the schema of the registry. Empty means "docex_system". Lower-case letters, digits and '_'.
	SystemSchema string
	// SystemTenantID is the id of the system tenant. Empty means scope.SystemTenantID. It begins with '$'.
	SystemTenantID string
	// AppRole is the login role that the application connects as. It becomes a member of each tenant's role and may call
	// the pin function. [Provisioner.AddLogin] adds others later, each of which AppRole may name then. Empty means the
	// administrator's own session user, which is for trying things out: the role wall is only as good as the role that
	// stands before it. A superuser that is named here is refused with [ErrAppRole].
	AppRole string
	// SharedSchemas are schemas that every tenant may read: USAGE on the schema and SELECT on its tables. Init grants
	// this; a later Init adds schemas, and tables that came since, and takes nothing away. They must exist.
	//
	// Nor may the application be able to create objects in them or in ExtensionSchemas, be it as AppRole, as a tenant's
	// role, by PUBLIC or as the owner: a function there could be run with the administrator's rights. Init, Create and
	// Adopt refuse such a schema with [ErrInvalidConfig]; the error says what to revoke.
	SharedSchemas []string
	// ExtensionSchemas are schemas that hold extensions and nothing else. They are on the search_path behind the tenant's
	// schema while its DDL runs, and every tenant may use them: USAGE, granted by Init as for SharedSchemas. They must
	// exist. Set guard.Policy.ExtensionSchemas in the driver alike.
	ExtensionSchemas []string
	// NoTenantRoles leaves out the second wall: no role per tenant, and AppRole gets the rights on every tenant's
	// schema. For servers on which no role can be created.
	NoTenantRoles bool
	// Actor is whom the audit log names beside the administrator's login, such as an operator or a deployment; see
	// [WithActor] to say it call by call. Empty means nobody. At most 255 bytes of printable UTF-8.
	Actor string
	// KeepPublic leaves the rights of PUBLIC as they are. By default Init revokes what lets one tenant's session leave
	// something for another's to find: everything on the schema public, and TEMPORARY on the database. Roles that need
	// either must then be granted it by name. Where that leaves AppRole no schema to find anything in, and nobody has set
	// a search_path for it, Init also sets it to pg_catalog for AppRole in this database: with thousands of tenants
	// PostgreSQL 15 and 16 take long to find that out at each change of tenant. ALTER ROLE … IN DATABASE … RESET
	// search_path takes that back.
	KeepPublic bool
	// RoleReserve is how many roles of tenants Create makes at a time, at most, and takes one of later: each time roles
	// are made, every session of the application pays for it at its next change of tenant. It is a 16th of the tenants,
	// so with fewer than 32 each Create makes its own. 0 means 64. 1 means no reserve.
	RoleReserve int
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
	if c.RoleReserve == 0 {
		c.RoleReserve = defaultRoleReserve
	}
	if c.ReadOnlyTables == nil {
		c.ReadOnlyTables = defaultReadOnlyTables
	}
	c.ReadOnlyTables = slices.Clone(c.ReadOnlyTables)
	c.SharedSchemas = slices.Clone(c.SharedSchemas)
	c.ExtensionSchemas = slices.Clone(c.ExtensionSchemas)
	return c, c.validate()
}

func (c Config) validate() error {
	if _, err := newStrategy(c.Strategy, cmp.Or(c.Distribution, Local)); err != nil {
		return err
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
	if c.DDLVersion != "" {
		if err := validateText(c.DDLVersion, maxText); err != nil {
			return invalidConfig("DDL version: %w", err)
		}
	}
	if c.RoleReserve < 0 {
		return invalidConfig("role reserve: %d is negative", c.RoleReserve)
	}
	for _, name := range c.ReadOnlyTables {
		if err := validateText(name, maxName); err != nil {
			return invalidConfig("read-only table %q: %w", name, err)
		}
	}
	return c.validateSchemas()
}

func (c Config) validateSchemas() error {
	for _, s := range c.SharedSchemas {
		if err := c.validateSharedSchema(s); err != nil {
			return invalidConfig("shared schema %q: %w", s, err)
		}
	}
	for _, s := range c.ExtensionSchemas {
		if err := c.validateSharedSchema(s); err != nil {
			return invalidConfig("extension schema %q: %w", s, err)
		}
		if slices.Contains(c.SharedSchemas, s) {
			return invalidConfig("extension schema %q: it is shared, too", s)
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
