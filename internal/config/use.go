package config

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/provision"
)

// Guard returns the policy for guard.New and the driver. The error matches ErrInvalid.
func (c Config) Guard() (guard.Policy, error) {
	levels := []string{guard.CatalogNone: "none", guard.CatalogORM: "orm", guard.CatalogAll: "all"}
	level := 0
	if c.Policy.Catalog != "" {
		if level = slices.Index(levels, c.Policy.Catalog); level < 0 {
			return guard.Policy{}, fmt.Errorf("%w: policy.catalog is %q, want none, orm or all", ErrInvalid, c.Policy.Catalog)
		}
	}
	return guard.Policy{
		SystemSchema:     c.Provision.SystemSchema,
		SharedSchemas:    c.Policy.SharedSchemas,
		SharedRelations:  c.Policy.SharedRelations,
		ExtensionSchemas: c.Policy.ExtensionSchemas,
		Extensions:       c.Policy.Extensions,
		TenantFunctions:  c.Policy.TenantFunctions,
		AllowFunctions:   c.Policy.AllowFunctions,
		AllowSettings:    c.Policy.AllowSettings,
		Catalog:          guard.CatalogLevel(level),
		MultiStatement:   c.Policy.MultiStatement,
		Limits: guard.Limits{
			MaxBytes: c.Policy.MaxBytes, MaxTokens: c.Policy.MaxTokens, MaxDepth: c.Policy.MaxDepth, MaxChain: c.Policy.MaxChain,
		},
	}, nil
}

// LoadPolicy returns the policy of the file of that path, and the strictest for "", for judging SQL without a database:
// the functions that the file's DDL makes are in it. The error matches ErrNoFile or ErrInvalid.
func LoadPolicy(path string) (guard.Policy, error) {
	if path == "" {
		return guard.Policy{}, nil
	}
	c, err := Load(path)
	if err != nil {
		return guard.Policy{}, err
	}
	p, err := c.Guard()
	if err != nil {
		return guard.Policy{}, err
	}
	p.TenantFunctions, err = c.tenantFunctions(p.TenantFunctions)
	return p, err
}

// tenantFunctions adds to a list what the DDL makes, except names that the guard never lets be called.
func (c Config) tenantFunctions(listed []string) ([]string, error) {
	ddl, err := c.ddl()
	if err != nil {
		return nil, err
	}
	made, err := provision.Functions(ddl)
	if err != nil {
		return nil, fmt.Errorf("%w: provision.ddl: %w", ErrInvalid, err)
	}
	for _, name := range made {
		_, err := guard.New(guard.Policy{TenantFunctions: []string{name}})
		if err == nil && !slices.Contains(listed, name) {
			listed = append(listed, name)
		}
	}
	return listed, nil
}

// Provisioner returns the configuration of the provisioner. The error matches ErrInvalid when a folder is missing.
func (c Config) Provisioner() (provision.Config, error) {
	p := provision.Config{
		Environment:      c.Environment,
		Strategy:         provision.Strategy(c.Provision.Strategy),
		Distribution:     provision.Distribution(c.Provision.Distribution),
		DDLVersion:       c.Provision.DDLVersion,
		SystemSchema:     c.Provision.SystemSchema,
		SystemTenantID:   c.Provision.SystemTenantID,
		AppRole:          c.Provision.AppRole,
		SharedSchemas:    c.Policy.SharedSchemas,
		ExtensionSchemas: c.Policy.ExtensionSchemas,
		NoTenantRoles:    c.Provision.NoTenantRoles,
		KeepPublic:       c.Provision.KeepPublic,
		RoleReserve:      c.Provision.RoleReserve,
		ReadOnlyTables:   c.Provision.ReadOnlyTables,
	}
	var err error
	if p.DDL, err = c.ddl(); err != nil {
		return provision.Config{}, err
	}
	if p.Seed, err = c.folder("provision.seed", c.Provision.Seed); err != nil {
		return provision.Config{}, err
	}
	return p, nil
}

// NoDDL is the provision.ddl of tenants whose tables a migration tool makes. A folder of that name is ./none.
const NoDDL = "none"

func (c Config) ddl() (fs.FS, error) {
	if c.Provision.DDL == NoDDL {
		return provision.NoDDL(), nil
	}
	return c.folder("provision.ddl", c.Provision.DDL)
}

// Folder returns the path of a folder that the file names: relative to the file's own.
func (c Config) Folder(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.dir, name)
}

// folder returns nil for no name.
func (c Config) folder(setting, name string) (fs.FS, error) {
	if name == "" {
		return nil, nil
	}
	name = c.Folder(name)
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrInvalid, setting, err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%w: %s: %s is not a folder", ErrInvalid, setting, name)
	}
	return os.DirFS(name), nil
}
