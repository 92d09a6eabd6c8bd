package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/docex/docex/driver"
	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/internal/dsnerr"
	"github.com/docex/docex/provision"
)

// loadConfig reads docex.yaml.
func (c *cli) loadConfig() (config.Config, error) {
	cfg, err := config.Load(c.configPath)
	if err == nil {
		c.warnReadable(cfg)
	}
	return cfg, err
}

// warnReadable says when the file holds a password and is not its owner's alone.
func (c *cli) warnReadable(cfg config.Config) {
	info, err := os.Stat(c.configPath)
	if err != nil || !cfg.Secret() || info.Mode()&0o077 == 0 || runtime.GOOS == "windows" { // which has no such modes
		return
	}
	fmt.Fprintf(c.err, "docex: warning: %s holds a password and others may read it: chmod 600 %[1]s\n", c.configPath)
}

// openAdmin opens the administrator's plain handle. It does not connect.
func openAdmin(cfg config.Config) (*sql.DB, error) {
	dsn, err := cfg.Database.AdminDSN.Expand("database.admin_dsn")
	if err != nil {
		return nil, err
	}
	pc, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, dsnerr.WithoutSecrets(err)
	}
	if pc.RuntimeParams["application_name"] == "" {
		pc.RuntimeParams["application_name"] = "docex"
	}
	return stdlib.OpenDB(*pc), nil
}

// openApp opens the application's guarded handle with the policy of the file. settings are parameters that take the
// place of the DSN's: name, value, and so on. It does not connect.
func openApp(cfg config.Config, settings ...string) (*sql.DB, error) {
	connector, _, err := appConnector(cfg, settings...)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// appConnector has the driver check the application's DSN, which it returns too.
func appConnector(cfg config.Config, settings ...string) (connector *driver.Connector, dsn string, err error) {
	if dsn, err = cfg.Database.AppDSN.Expand("database.app_dsn"); err != nil {
		return nil, "", err
	}
	dsn = withSettings(dsn, settings)
	policy, err := cfg.Guard()
	if err != nil {
		return nil, "", err
	}
	connector, err = driver.NewConnector(dsn, driver.Config{Policy: policy, SystemSchema: cfg.Provision.SystemSchema})
	if err != nil {
		return nil, "", usageError{err}
	}
	return connector, dsn, nil
}

// withProvisioner runs f with a provisioner for the database of the configuration file.
func (c *cli) withProvisioner(ctx context.Context, f func(context.Context, *provision.Provisioner) error) error {
	cfg, err := c.loadConfig()
	if err != nil {
		return err
	}
	return c.withProvisionerOf(ctx, cfg, f)
}

// withProvisionerOf is withProvisioner for a configuration that was loaded.
func (c *cli) withProvisionerOf(
	ctx context.Context, cfg config.Config, f func(context.Context, *provision.Provisioner) error,
) error {
	db, err := openAdmin(cfg)
	if err != nil {
		return err
	}
	defer db.Close()
	p, err := newProvisioner(db, cfg)
	if err != nil {
		return err
	}
	return f(provision.WithActor(ctx, actor()), p)
}

// warnCopy says when the database is a copy, in which nothing can be changed, before a command that only reads.
func (c *cli) warnCopy(ctx context.Context, p *provision.Provisioner) {
	if err := p.CheckCopy(ctx); errors.Is(err, provision.ErrCopy) {
		var isCopy *provision.CopyError
		errors.As(err, &isCopy)
		fmt.Fprintln(c.err, printable("docex: warning: "+strings.TrimPrefix(isCopy.Error(), "docex: ")))
		fmt.Fprintln(c.err, "  try: "+c.advice(remedy(err)))
	}
}

func newProvisioner(db *sql.DB, cfg config.Config) (*provision.Provisioner, error) {
	pc, err := cfg.Provisioner()
	if err != nil {
		return nil, err
	}
	return provision.New(db, pc)
}
