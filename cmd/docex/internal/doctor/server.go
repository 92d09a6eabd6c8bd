package doctor

import (
	"cmp"
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/plural"
	"github.com/docex/docex/provision"
)

// The major versions that docex is tested with.
const (
	oldestServer = 15
	newestServer = 18
)

// server is what there is to know of it.
type server struct {
	major                    int
	version, encoding, lexer string
	replica                  bool
	libraries                string // that the server loads by itself, as far as the administrator may know
}

func checkServer(ctx context.Context, d *doctor) ([]Finding, error) {
	const query = `
SELECT current_setting('server_version_num')::integer / 10000, current_setting('server_version'),
       getdatabaseencoding(),
       current_setting('standard_conforming_strings'), pg_is_in_recovery(),
       COALESCE((SELECT string_agg(setting, ',') FROM pg_settings
                  WHERE name ~ '^(shared|session|local)_preload_libraries$'), '')`
	s := &d.server
	err := d.readOne(ctx, query, nil, &s.major, &s.version, &s.encoding, &s.lexer, &s.replica, &s.libraries)
	if err != nil {
		return nil, err
	}
	findings := s.findings()
	if len(findings) == 0 {
		findings = []Finding{ok("PostgreSQL %s, %s", s.version, s.encoding)}
	}
	return findings, nil
}

func (s server) findings() (fs []Finding) {
	switch {
	case s.major < oldestServer:
		fs = append(fs, failure("upgrade the server", "PostgreSQL %s; docex needs %d or newer", s.version, oldestServer))
	case s.major > newestServer:
		fs = append(fs, warning("a newer docex",
			"PostgreSQL %s is newer than what this docex was tested with, %d to %d", s.version, oldestServer, newestServer))
	}
	if s.encoding != "UTF8" {
		fs = append(fs, failure("CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and move there",
			"the database's encoding is %s, docex needs UTF8", s.encoding))
	}
	if s.lexer != "on" {
		fs = append(fs,
			failure("ALTER SYSTEM RESET standard_conforming_strings; ALTER DATABASE … RESET standard_conforming_strings",
				"standard_conforming_strings is %s: the server would read strings differently from the guard", s.lexer))
	}
	if s.replica {
		fs = append(fs, failure("the primary server in admin_dsn",
			"admin_dsn leads to a replica, where nothing can be provisioned"))
	}
	if strings.Contains(s.libraries, "pg_hint_plan") {
		fs = append(fs, warning("ALTER SYSTEM SET shared_preload_libraries without pg_hint_plan, and restart",
			"the server loads pg_hint_plan, which changes settings by comments; only the guard stops those of tenants"))
	}
	return fs
}

// installation is what Init has recorded.
type installation struct {
	environment, appRole string
	distribution         provision.Distribution
	logins               []string // that the application may log in as; appRole is one
	holder               string   // who may take on the tenants' roles: appRole, or the role of all logins
	shared               string   // empty: tenants have no roles
	tenants              int      // not dropped
}

// checkInstallation has the provisioner compare the registry with the configuration.
func checkInstallation(ctx context.Context, d *doctor) ([]Finding, error) {
	if _, d.installErr = d.Provisioner.List(ctx, provision.ListOptions{Limit: 1}); d.installErr != nil {
		return nil, d.installErr
	}
	in := &d.in
	const query = `
SELECT environment, distribution, app_role, array_prepend(app_role, logins), COALESCE(login_role, app_role),
       COALESCE(shared_role, ''),
       (SELECT count(*) FROM {{system}}.tenant WHERE NOT is_system AND state <> 'dropped')
  FROM {{system}}.installation`
	d.installErr = d.readOne(ctx, query, nil, &in.environment, &in.distribution, &in.appRole, scanStrings(&in.logins),
		&in.holder, &in.shared, &in.tenants)
	if d.installErr != nil {
		return nil, d.installErr
	}
	if err := d.Provisioner.CheckCopy(ctx); err != nil {
		d.cause = "the database is a copy"
		return one(d.failed(err))
	}
	fs, err := d.missingRoles(ctx)
	if err != nil {
		return nil, err
	}
	if in.shared == "" {
		d.thin = "tenants have no roles"
		return append(fs, warning("a new installation without no_tenant_roles",
			"environment %q, %s; tenants have no roles, so only the guard is between them", in.environment,
			plural.Count(in.tenants, "tenant"))), nil
	}
	return append(fs, ok("environment %q, %s", in.environment, plural.Count(in.tenants, "tenant"))), nil
}

// system is the name of the system schema.
func (d *doctor) system() string {
	return cmp.Or(d.Config.Provision.SystemSchema, driver.DefaultSystemSchema)
}

// sql puts the system schema's name into a query.
func (d *doctor) sql(query string) string {
	return strings.ReplaceAll(query, "{{system}}", quote(d.system()))
}

// quote returns name as a quoted SQL identifier.
func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
