package main

import "github.com/spf13/cobra"

func init() { commands = append(commands, ddlCommand) }

func ddlCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ddl",
		Short: "Make the SQL that tenants are made from",
	}
	cmd.AddCommand(ddlImport(c))
	return cmd
}
