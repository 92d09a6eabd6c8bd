// Package config reads and writes docex.yaml, the configuration of the docex command (format version 3). The entry
// point is [Load].
//
// Promise: a file is read strictly: an unknown key, a repeated key or a value of the wrong type is an error that
// matches [ErrInvalid] and names the place. No error and no printed value holds a secret: a [DSN] prints as dots.
//
// Not promised: that the settings fit a database. Packages provision and driver check that.
package config

import "errors"

// Version is the format that this package reads and writes. Version 2 and older are those of DocEX v2: see
// `docex config migrate`.
const Version = 3

// Name is what the file is called where nobody says otherwise.
const Name = "docex.yaml"

var (
	// ErrInvalid: the file cannot be used as it is.
	ErrInvalid = errors.New("docex: invalid configuration file")
	// ErrNoFile: there is no file of that name.
	ErrNoFile = errors.New("docex: no configuration file")
)

// Config is what the file says. The zero value of a setting means the default of the package that uses it. Strings may
// hold ${VAR}, which stands for an environment variable, and $${ for a plain ${; Load puts the values in, but for those
// of Database.
type Config struct {
	Version     int       `yaml:"version"`
	Environment string    `yaml:"environment"` // provision.Config.Environment
	Database    Database  `yaml:"database"`
	Provision   Provision `yaml:"provision"`
	Policy      Policy    `yaml:"policy"`

	dir string // of the file, for relative paths
}

// Database is how the command logs in.
type Database struct {
	AdminDSN DSN `yaml:"admin_dsn"` // a role that may create roles and schemas
	AppDSN   DSN `yaml:"app_dsn"`   // the role that the application logs in as
}

// Provision has the settings of provision.Config of the same names. DDL and Seed are folders, relative to the file's
// own; DDL may be NoDDL.
type Provision struct {
	Strategy       string `yaml:"strategy"`
	Distribution   string `yaml:"distribution"`
	SystemSchema   string `yaml:"system_schema"`
	SystemTenantID string `yaml:"system_tenant_id"`
	AppRole        string `yaml:"app_role"`
	NoTenantRoles  bool   `yaml:"no_tenant_roles"`
	KeepPublic     bool   `yaml:"keep_public"`
	RoleReserve    int    `yaml:"role_reserve"`
	DDL            string `yaml:"ddl"`
	DDLVersion     string `yaml:"ddl_version"`
	Seed           string `yaml:"seed"`

	ReadOnlyTables []string `yaml:"read_only_tables"` // nil: provision.DefaultReadOnlyTables; empty: none
}

// Policy has the settings of guard.Policy, under the names that they have in a DSN without docex_.
type Policy struct {
	SharedSchemas    []string `yaml:"shared_schemas"`
	SharedRelations  []string `yaml:"shared_relations"`
	ExtensionSchemas []string `yaml:"extension_schemas"`
	Extensions       []string `yaml:"extensions"`
	TenantFunctions  []string `yaml:"tenant_functions"`
	AllowFunctions   []string `yaml:"allow_functions"`
	AllowSettings    []string `yaml:"allow_settings"`
	Catalog          string   `yaml:"catalog"` // none, orm or all
	MultiStatement   bool     `yaml:"multi_statement"`
	MaxBytes         int      `yaml:"max_bytes"`
	MaxTokens        int      `yaml:"max_tokens"`
	MaxDepth         int      `yaml:"max_depth"`
	MaxChain         int      `yaml:"max_chain"`
}
