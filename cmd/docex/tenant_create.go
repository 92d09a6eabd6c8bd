package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/docex/docex/provision"
)

func tenantCreate(c *cli) *cobra.Command {
	var name string
	b := bulk{c: c}
	cmd := &cobra.Command{
		Use:   "create ID | --from FILE",
		Short: "Create a tenant, or many",
		Long: `create makes a tenant: schema, role, the tables of the DDL, and its entry in the registry; all of it, or
nothing. An id has lower-case letters, digits, - and _, up to 56 of them, and begins with a letter or digit. It cannot
be changed later.

With --from it makes the tenants of a CSV file: a header, which is id or id,display_name, and a line for each tenant.
The whole file is checked first. A tenant that cannot be made does not keep the others from being made. What became of
each is written to a report as it happens: id, result (created, existing or failed), error, time.

When that is interrupted, or some have failed, run the same command again: tenants that are there are left alone, the
others are made, and the report goes on. The exit code is 1 when some have failed.`,
		Example: `  docex tenant create acme --name 'Acme Ltd'
  docex tenant create --from tenants.csv
  crm export | docex tenant create --from - --report tenants.report.csv`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) > 1 || (len(args) == 1) == (b.from != ""):
				return errors.New("give the id of one tenant, or --from FILE")
			case len(args) == 1 && b.reportPath != "":
				return errors.New("--report goes with --from")
			case b.from != "" && name != "":
				return errors.New("--name is for one tenant; in the file it is display_name")
			case b.from == "-" && b.reportPath == "":
				return errors.New("--from - needs --report FILE")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if b.from != "" {
				return b.run(cmd.Context())
			}
			return c.withProvisioner(cmd.Context(), func(ctx context.Context, p *provision.Provisioner) error {
				if _, err := p.Create(ctx, provision.Tenant{ID: args[0], DisplayName: name}); err != nil {
					return err
				}
				return c.changed(ctx, p, args[0], "created")
			})
		},
	}
	c.jsonFlag(cmd)
	cmd.Flags().StringVar(&name, "name", "", "display `name` (default: the id)")
	cmd.Flags().StringVar(&b.from, "from", "", "CSV `file` of tenants, or - for the standard input")
	cmd.Flags().StringVar(&b.reportPath, "report", "",
		"`file` that says what became of each (default: tenants.report.csv for tenants.csv)")
	cmd.Flags().IntVar(&b.concurrency, "concurrency", standardConcurrency, "with --from, so many tenants at a time")
	_ = cmd.MarkFlagFilename("from", "csv") // these fail only for a flag that is not there
	_ = cmd.MarkFlagFilename("report", "csv")
	return cmd
}

// reportFor returns tenants.report.csv for tenants.csv.
func reportFor(file string) string {
	return strings.TrimSuffix(file, filepath.Ext(file)) + ".report.csv"
}
