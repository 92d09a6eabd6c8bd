package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/provision"
)

func init() { commands = append(commands, initCommand) }

// errLoginDiffers: the application's DSN does not log in as the application's role.
var errLoginDiffers = errors.New("docex: database.app_dsn does not log in as provision.app_role")

func initCommand(c *cli) *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Set a database up for docex, and write docex.yaml",
		Long: `init makes a database one that docex can keep tenants in: it creates the schema docex_system with the registry of
tenants and grants the application's role the use of it. It writes docex.yaml, which the other commands read.

You need a database (UTF8, PostgreSQL 15 or newer) and two roles:

  CREATE ROLE app LOGIN NOINHERIT PASSWORD '…';    the application logs in as it; docex grants what it needs
  an administrator                                 who may create roles, and schemas in the database

Without flags the DSNs are those of the environment variables DOCEX_ADMIN_DSN and DOCEX_APP_DSN, and docex.yaml names the
variables only. A DSN that is given as a flag is written into docex.yaml as it stands, which nobody else may read then.
It may be a variable of another name: --admin-dsn '${STAGING_DSN}'.

Where there is a docex.yaml it is taken as it is, and a flag that says something else is refused. Before anything is
written both DSNs are tried, and server, rights and roles are checked.

init can be repeated: it then says what is there, and repeats the grants, for instance those on a shared schema that has
new tables. It never changes what a database was set up with; one that was set up for another environment is refused.
With --upgrade it brings a database that an older docex has set up to the version of this one.`,
		Example: `  docex init
  docex init --env staging --config docex.staging.yaml
  docex init --ddl schema/ --ddl-version 2026-03
  docex init --upgrade`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.initialize(cmd, &f) },
	}
	c.jsonFlag(cmd)
	f.add(cmd)
	return cmd
}

// initialized is what docex init has done.
type initialized struct {
	Config        string `json:"config"`
	ConfigCreated bool   `json:"config_created"`
	Result        string `json:"result"` // initialized, upgraded or existing
	Database      string `json:"database"`
	Environment   string `json:"environment"`
	SystemSchema  string `json:"system_schema"`
	AppRole       string `json:"app_role"`
}

func (c *cli) initialize(cmd *cobra.Command, f *initFlags) error {
	file, there, err := f.load(cmd, c.configPath)
	if err != nil {
		return err
	}
	if there {
		c.warnReadable(file)
	} else if err := needDSNs(file); err != nil {
		return err
	}
	cfg, err := file.Expand(c.configPath)
	if err != nil {
		return err
	}
	db, err := openAdmin(cfg)
	if err != nil {
		return dsnError{"admin_dsn", err}
	}
	defer db.Close()
	app, err := checkLogins(cmd.Context(), db, cfg)
	if err != nil {
		return err
	}
	if cfg.Provision.AppRole == "" {
		file.Provision.AppRole, cfg.Provision.AppRole = app.role, app.role
	}
	if cfg.Provision.AppRole != app.role {
		return fmt.Errorf("%w: it logs in as %q, the role is %q", errLoginDiffers, app.role, cfg.Provision.AppRole)
	}
	p, err := newProvisioner(db, cfg)
	if err != nil {
		return err
	}
	standard := config.Default()
	done := initialized{
		Config: c.configPath, ConfigCreated: !there, Database: app.database,
		Environment:  cmp.Or(cfg.Environment, standard.Environment),
		SystemSchema: cmp.Or(cfg.Provision.SystemSchema, standard.Provision.SystemSchema),
		AppRole:      app.role,
	}
	if done.Result, err = c.install(provision.WithActor(cmd.Context(), actor()), p, file, !there, f.upgrade); err != nil {
		return err
	}
	return c.emit(done, done.print)
}

// needDSNs names the flag to give where the variable of a new file's DSN is not set.
func needDSNs(file config.Config) error {
	if _, err := file.Database.AdminDSN.Expand("database.admin_dsn"); err != nil {
		return fmt.Errorf("%w; set it, or give --admin-dsn", err)
	}
	if _, err := file.Database.AppDSN.Expand("database.app_dsn"); err != nil {
		return fmt.Errorf("%w; set it, or give --app-dsn", err)
	}
	return nil
}

// install writes the file if it is new, and then sets the database up. The file comes first because it can fail: then
// nothing has happened. When the database refuses, the file is taken away again. If the program is killed in between, the
// next docex init finds the file and does the rest.
func (c *cli) install(
	ctx context.Context, p *provision.Provisioner, file config.Config, isNew, upgrade bool,
) (result string, err error) {
	result, err = state(ctx, p, upgrade)
	if err != nil {
		return "", err
	}
	if isNew {
		if err := file.Create(c.configPath); err != nil {
			return "", err
		}
		defer func() {
			if err != nil {
				err = errors.Join(err, os.Remove(c.configPath))
			}
		}()
	}
	if upgrade {
		if err := p.Upgrade(ctx); err != nil {
			return "", err
		}
	}
	return result, p.Init(ctx)
}

// state asks the database what there is to be done, in the words of the result: its errors come before anything is written.
func state(ctx context.Context, p *provision.Provisioner, upgrade bool) (string, error) {
	_, err := p.List(ctx, provision.ListOptions{Limit: 1})
	switch {
	case err == nil:
		return "existing", nil
	case errors.Is(err, provision.ErrNotInitialized) && !upgrade:
		return "initialized", nil
	case errors.Is(err, provision.ErrUpgradeRequired) && upgrade:
		return "upgraded", nil
	}
	return "", err
}

func (i initialized) print(w io.Writer) error {
	file, option := "is there already", ""
	if i.ConfigCreated {
		file = "written"
	}
	if i.Config != config.Name {
		option = " -c " + i.Config
	}
	database := map[string]string{
		"initialized": "initialised", "upgraded": "upgraded to the version of this docex", "existing": "is initialised already",
	}[i.Result]
	fmt.Fprintf(w, "%s: %s\n", i.Config, file)
	fmt.Fprintf(w, "database %s: %s (environment %s, schema %s, application role %s)\n",
		i.Database, database, i.Environment, i.SystemSchema, i.AppRole)
	_, err := fmt.Fprintf(w, "next: docex tenant create ID%s\n", option)
	return err
}
