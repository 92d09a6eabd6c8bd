package main

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/plural"
	"github.com/docex/docex/provision"
)

func init() { commands = append(commands, uninstallCommand) }

func uninstallCommand(c *cli) *cobra.Command {
	var u uninstall
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Remove all that docex made in a database",
		Long: `uninstall removes what docex made in the database and on its server: the registry with the audit log, the roles
of tenants with their memberships and default privileges, and what init set for the application's role. There is no way
back; save the audit log before, if you need it:

  psql "$DOCEX_ADMIN_DSN" -c '\copy docex_system.audit TO audit.csv CSV HEADER'

It refuses while there are tenants. --with-tenants drops them, with all their data. On a terminal it asks for the names
of the environment and of the database; elsewhere --confirm repeats them.

The application's role is left, and so is docex.yaml. What init took from PUBLIC is not given back; where other programs
need it, as the administrator:

  GRANT TEMPORARY ON DATABASE docs TO PUBLIC;
  GRANT USAGE ON SCHEMA public TO PUBLIC;`,
		Example: `  docex uninstall --confirm staging/docs
  docex uninstall --with-tenants --confirm staging/docs`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.uninstall(cmd.Context(), u) },
	}
	c.jsonFlag(cmd)
	cmd.Flags().StringVar(&u.confirm, "confirm", "", "the names of both, as `ENVIRONMENT/DATABASE`")
	cmd.Flags().BoolVar(&u.withTenants, "with-tenants", false, "drop the tenants that there are, with all their data")
	return cmd
}

// uninstall is what the flags of docex uninstall say.
type uninstall struct {
	confirm     string
	withTenants bool
}

func (c *cli) uninstall(ctx context.Context, u uninstall) error {
	cfg, err := c.loadConfig()
	if err != nil {
		return err
	}
	db, err := openAdmin(cfg)
	if err != nil {
		return err
	}
	defer db.Close()
	p, err := newProvisioner(db, cfg)
	if err != nil {
		return err
	}
	ctx = provision.WithActor(ctx, actor())
	tenants, err := p.List(ctx, provision.ListOptions{})
	if err != nil {
		return err
	}
	done := uninstalled{Environment: cmp.Or(cfg.Environment, provision.DefaultEnvironment)}
	if err := db.QueryRowContext(ctx, "SELECT pg_catalog.current_database()").Scan(&done.Database); err != nil {
		return err
	}
	if u.withTenants {
		done.Tenants = len(tenants)
	}
	want := done.Environment + "/" + done.Database
	if u.confirm == "" && isTerminal(c.in) {
		u.confirm, err = c.ask(ctx, fmt.Sprintf("This removes docex from database %s of environment %s, with %s and all "+
			"their data.\nType %s to go on: ", done.Database, done.Environment, plural.Count(done.Tenants, "tenant"), want))
		if err != nil {
			return err
		}
	}
	if u.confirm != want {
		return notConfirmed("--confirm " + want + ", the names of environment and database")
	}
	bar := c.newProgress(0, "tenants")
	err = p.Uninstall(ctx, provision.UninstallOptions{
		Environment: done.Environment, Database: done.Database, WithTenants: u.withTenants, Progress: bar.of,
	})
	bar.clear()
	if err != nil {
		return err
	}
	return c.emit(done, done.print)
}

// uninstalled is what docex uninstall has removed.
type uninstalled struct {
	Environment string `json:"environment"`
	Database    string `json:"database"`
	Tenants     int    `json:"tenants"` // that it dropped
}

func (u uninstalled) print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "database %s: docex is removed (environment %s, %s dropped)\n", u.Database, u.Environment,
		plural.Count(u.Tenants, "tenant"))
	return err
}
