package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/config"
)

// errConfigDiffers: there is a configuration file, and a flag says something else.
var errConfigDiffers = errors.New("docex: the configuration file says something else")

// initFlags are the settings that docex init can be given, each with its flag.
type initFlags struct {
	cfg      config.Config // what the flags say
	upgrade  bool
	rehome   bool
	original bool
}

// add gives cmd the flags, which have no defaults: what is not given is the file's, or config.Default's.
func (f *initFlags) add(cmd *cobra.Command) {
	flags, p := cmd.Flags(), &f.cfg.Provision
	flags.StringVar(&f.cfg.Environment, "env", "",
		"what the database is for, a `name` such as staging (default \"default\")")
	flags.StringVar((*string)(&f.cfg.Database.AdminDSN), "admin-dsn", "",
		"the administrator's `DSN` (default ${DOCEX_ADMIN_DSN})")
	flags.StringVar((*string)(&f.cfg.Database.AppDSN), "app-dsn", "", "the application's `DSN` (default ${DOCEX_APP_DSN})")
	flags.StringVar(&p.AppRole, "app-role", "", "the application's `role` (default: who the application's DSN logs in as)")
	flags.StringVar(&p.SystemSchema, "system-schema", "", "the `schema` of the registry (default \"docex_system\")")
	flags.StringVar(&p.SystemTenantID, "system-tenant", "", "the `id` of the system tenant (default \"$system\")")
	flags.StringVar(&p.Distribution, "distribution", "", "`where` tenants are: local, or citus (default \"local\")")
	flags.StringVar(&p.DDL, "ddl", "",
		"`folder` of *.sql, or of migrations, that make a tenant's tables, or none (default: DocEX's own)")
	flags.StringVar(&p.DDLVersion, "ddl-version", "", "a `label` for it, such as 2026-03")
	flags.StringVar(&p.Seed, "seed", "", "`folder` of *.sql that fill a tenant's tables")
	flags.StringArrayVar(&f.cfg.Policy.SharedSchemas, "shared-schema", nil,
		"a `schema` that every tenant may read; may be repeated")
	flags.StringArrayVar(&f.cfg.Policy.ExtensionSchemas, "extension-schema", nil,
		"a `schema` of extensions, whose types and functions the DDL and tenants may use; may be repeated")
	flags.BoolVar(&p.NoTenantRoles, "no-tenant-roles", false,
		"no role per tenant, which leaves only the guard between tenants")
	flags.BoolVar(&p.KeepPublic, "keep-public", false,
		"leave PUBLIC its rights on the schema public and on temporary tables")
	flags.BoolVar(&f.upgrade, "upgrade", false, "bring an installation that an older docex made to this one's version")
	flags.BoolVar(&f.rehome, "rehome", false, "give a copy of a database roles of its own")
	flags.BoolVar(&f.original, "original", false, "say that of several copies this is the original")
	cmd.MarkFlagsMutuallyExclusive("rehome", "original")
	for _, name := range []string{"ddl", "seed"} {
		_ = cmd.MarkFlagDirname(name) // fails only for a flag that is not there
	}
}

// setting is one setting in two configurations.
type setting[T any] struct {
	flag, name string
	to, from   *T
}

// lists pairs the settings that are lists.
func (f *initFlags) lists(cfg *config.Config) []setting[[]string] {
	to, from := &cfg.Policy, &f.cfg.Policy
	return []setting[[]string]{
		{"shared-schema", "policy.shared_schemas", &to.SharedSchemas, &from.SharedSchemas},
		{"extension-schema", "policy.extension_schemas", &to.ExtensionSchemas, &from.ExtensionSchemas},
	}
}

// settings pairs those of cfg with the flags', except for lists.
func (f *initFlags) settings(cfg *config.Config) (texts []setting[string], switches []setting[bool]) {
	to, from := &cfg.Provision, &f.cfg.Provision
	texts = []setting[string]{
		{"env", "environment", &cfg.Environment, &f.cfg.Environment},
		{"admin-dsn", "database.admin_dsn", (*string)(&cfg.Database.AdminDSN), (*string)(&f.cfg.Database.AdminDSN)},
		{"app-dsn", "database.app_dsn", (*string)(&cfg.Database.AppDSN), (*string)(&f.cfg.Database.AppDSN)},
		{"app-role", "provision.app_role", &to.AppRole, &from.AppRole},
		{"system-schema", "provision.system_schema", &to.SystemSchema, &from.SystemSchema},
		{"system-tenant", "provision.system_tenant_id", &to.SystemTenantID, &from.SystemTenantID},
		{"distribution", "provision.distribution", &to.Distribution, &from.Distribution},
		{"ddl", "provision.ddl", &to.DDL, &from.DDL},
		{"ddl-version", "provision.ddl_version", &to.DDLVersion, &from.DDLVersion},
		{"seed", "provision.seed", &to.Seed, &from.Seed},
	}
	switches = []setting[bool]{
		{"no-tenant-roles", "provision.no_tenant_roles", &to.NoTenantRoles, &from.NoTenantRoles},
		{"keep-public", "provision.keep_public", &to.KeepPublic, &from.KeepPublic},
	}
	return texts, switches
}

// load returns the settings as a file has them, or would: those of the file of that path where there is one, which no
// flag may contradict, or else the defaults overlaid by the flags. The error matches config.ErrInvalid or
// errConfigDiffers.
func (f *initFlags) load(cmd *cobra.Command, path string) (cfg config.Config, there bool, err error) {
	for _, folder := range []*string{&f.cfg.Provision.DDL, &f.cfg.Provision.Seed} {
		if folder == &f.cfg.Provision.DDL && *folder == config.NoDDL {
			continue
		}
		if *folder, err = besideFile(path, *folder); err != nil {
			return cfg, false, err
		}
	}
	cfg, err = config.LoadRaw(path)
	if there = err == nil; there {
		return cfg, true, f.compare(cmd, cfg, path)
	}
	if !errors.Is(err, config.ErrNoFile) {
		return cfg, false, err
	}
	cfg = config.Default()
	texts, switches := f.settings(&cfg)
	take(cmd, texts)
	take(cmd, switches)
	take(cmd, f.lists(&cfg))
	return cfg, false, nil
}

func take[T any](cmd *cobra.Command, settings []setting[T]) {
	for _, s := range settings {
		if cmd.Flags().Changed(s.flag) {
			*s.to = *s.from
		}
	}
}

// compare refuses flags that differ from the file, where a setting that is left out has its default.
func (f *initFlags) compare(cmd *cobra.Command, file config.Config, path string) error {
	standard := config.Default()
	texts, switches := f.settings(&file)
	standards, _ := f.settings(&standard)
	var differ []string
	for i, s := range texts {
		secret := strings.HasSuffix(s.flag, "-dsn") // and has no default: without one no command works
		have := *s.to
		if !secret {
			have = cmp.Or(have, *standards[i].to)
		}
		switch {
		case !cmd.Flags().Changed(s.flag) || have == *s.from:
		case secret:
			differ = append(differ, fmt.Sprintf("%s is not that of --%s", s.name, s.flag))
		default:
			differ = append(differ, fmt.Sprintf("%s is %q, --%s is %q", s.name, have, s.flag, *s.from))
		}
	}
	for _, s := range switches {
		if cmd.Flags().Changed(s.flag) && *s.to != *s.from {
			differ = append(differ, fmt.Sprintf("%s is %t, --%s is %t", s.name, *s.to, s.flag, *s.from))
		}
	}
	for _, s := range f.lists(&file) {
		if cmd.Flags().Changed(s.flag) && !slices.Equal(*s.to, *s.from) {
			differ = append(differ, fmt.Sprintf("%s is %q, --%s is %q", s.name, *s.to, s.flag, *s.from))
		}
	}
	if len(differ) > 0 {
		return fmt.Errorf("%w: %s: %s", errConfigDiffers, path, strings.Join(differ, "; "))
	}
	return nil
}

// besideFile returns the name of a folder, which a flag gives from the working folder, as seen from the file's.
func besideFile(path, folder string) (string, error) {
	if folder == "" || filepath.IsAbs(folder) || strings.HasPrefix(folder, "${") {
		return folder, nil
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	from, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	name, err := filepath.Rel(from, filepath.Join(here, folder))
	if name == config.NoDDL { // the word, where a folder is meant
		name = "./" + name
	}
	return filepath.ToSlash(name), err
}
