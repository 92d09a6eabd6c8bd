package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/docex/docex/provision"
)

func tenantList(c *cli) *cobra.Command {
	var o provision.ListOptions
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tenants",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withProvisioner(cmd.Context(), func(ctx context.Context, p *provision.Provisioner) error {
				tenants, err := p.List(ctx, o)
				if err != nil {
					return err
				}
				return c.emitTenants(tenants)
			})
		},
	}
	c.jsonFlag(cmd)
	cmd.Flags().StringVar(&o.After, "after", "", "only `ID`s that sort after this one")
	cmd.Flags().IntVar(&o.Limit, "limit", 0, "at most so many; 0 means all")
	cmd.Flags().BoolVar(&o.Dropped, "dropped", false, "dropped tenants as well")
	return cmd
}

func (c *cli) emitTenants(tenants []provision.Tenant) error {
	data := make([]tenantJSON, len(tenants))
	for i, t := range tenants {
		data[i] = asJSON(t)
	}
	return c.emit(data, func(w io.Writer) error {
		t := newTable("id", "name", "state", "schema", "ddl version", "created")
		for _, d := range data {
			t.AppendRow(row(d.ID, d.DisplayName, d.State, d.Schema, d.DDLVersion, stamp(d.CreatedAt)))
		}
		return printTable(w, t)
	})
}
