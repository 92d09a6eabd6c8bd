package main

import (
	"context"
	"database/sql"

	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/internal/pgarchive"
	"github.com/docex/docex/provision"
)

// site is a database with tenants, and the programs that move them in and out.
type site struct {
	p     *provision.Provisioner
	tools pgarchive.Tools
	db    *sql.DB
}

// openSite opens the database of a configuration with the programs of a folder, or those in PATH for "".
func openSite(cfg config.Config, pgBin string) (s site, err error) {
	dsn, err := cfg.Database.AdminDSN.Expand("database.admin_dsn")
	if err != nil {
		return s, err
	}
	if s.tools, err = pgarchive.Find(pgBin, dsn); err != nil {
		return s, err
	}
	if s.db, err = openAdmin(cfg); err != nil {
		return s, err
	}
	if s.p, err = newProvisioner(s.db, cfg); err != nil {
		s.db.Close()
	}
	return s, err
}

// withSite runs f with the database of the configuration file.
func (c *cli) withSite(ctx context.Context, pgBin string, f func(context.Context, site) error) error {
	cfg, err := c.loadConfig()
	if err != nil {
		return err
	}
	s, err := openSite(cfg, pgBin)
	if err != nil {
		return err
	}
	defer s.db.Close()
	return f(provision.WithActor(ctx, actor()), s)
}
