package main

import (
	"github.com/spf13/cobra"
)

func init() { commands = append(commands, initCommand) }

func initCommand(c *cli) *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Set a database up for docex, and write docex.yaml",
		Long: `init makes a database one that docex can keep tenants in: it creates the schema docex_system with the registry
of tenants and grants the application's role the use of it. It writes docex.yaml, which the other commands read.

You need a database (UTF8, PostgreSQL 15 or newer) and two roles:

  CREATE ROLE app LOGIN NOINHERIT PASSWORD '…';    the application logs in as it; docex grants what it needs
  an administrator                                 who may create roles, and schemas in the database

Without flags the DSNs are those of the environment variables DOCEX_ADMIN_DSN and DOCEX_APP_DSN, and docex.yaml names
the variables only. They may have other names: --admin-dsn '${STAGING_DSN}'. A DSN that is given as a flag is written
into docex.yaml as it stands, which nobody else may read then if it has a password; but a command line can be read while
it runs, and a shell keeps it.

Where there is a docex.yaml it is taken as it is, and a flag that says something else is refused. Before anything is
written both DSNs are tried, and server, rights and roles are checked. Then a tenant is made of the DDL and the seed,
and taken back: an error of the server names file and line, and nothing has been done. What the DDL holds that fails
later, when a tenant uses it, is warned of. "docex check --ddl" checks both without a database.

init can be repeated: it then says what is there, and repeats the grants, for instance those on a shared schema that has
new tables. It never changes what a database was set up with; one that was set up for another environment is refused.
With --upgrade it brings a database that an older docex has set up to the version of this one.

A copy of a database on the same server, made with CREATE DATABASE … TEMPLATE or restored beside it, shares the
tenants' roles with its original. Nothing can be provisioned in it until --rehome has given it roles of its own,
together with the environment and the application's role that docex.yaml or the flags name. The original is not touched.
--original is for where nothing says which of two databases is the copy: call it in the other one.`,
		Example: `  docex init
  docex init --env staging --config docex.staging.yaml
  docex init --ddl schema/ --ddl-version 2026-03
  docex init --ddl migrations/ --seed seed/ --extension-schema ext --shared-schema reference
  docex init --upgrade
  docex init --rehome --env staging --config docex.staging.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.initialize(cmd, &f) },
	}
	c.jsonFlag(cmd)
	f.add(cmd)
	return cmd
}
