package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/docex/docex/provision"
)

func tenantShow(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:               "show ID…",
		Short:             "Show what the registry has about tenants",
		Long:              "show prints what the registry has about a tenant; about one that was dropped, too.",
		Args:              someIDs,
		ValidArgsFunction: c.tenantIDs(math.MaxInt),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withProvisioner(cmd.Context(), func(ctx context.Context, p *provision.Provisioner) error {
				c.warnCopy(ctx, p)
				return c.eachTenant(ctx, args, func(id string) (outcome, error) {
					t, err := p.Get(ctx, id)
					return outcome{asJSON(t), func(w io.Writer) error { return printTenant(w, t) }}, err
				})
			})
		},
	}
	c.jsonFlag(cmd)
	return cmd
}

func printTenant(w io.Writer, t provision.Tenant) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range []struct{ name, value string }{
		{"id", t.ID},
		{"name", t.DisplayName},
		{"state", string(t.State)},
		{"schema", t.Schema},
		{"role", cmp.Or(t.Role, "none of its own")},
		{"strategy", string(t.Strategy)},
		{"ddl version", t.DDLVersion},
		{"ddl digest", t.DDLDigest},
		{"second part to do", t.NextDDL},
		{"catalog digest", t.Catalog},
		{"created", stamp(t.CreatedAt)},
		{"suspended", stamp(t.SuspendedAt)},
		{"dropped", stamp(t.DroppedAt)},
	} {
		if line.value != "" {
			fmt.Fprintf(tw, "%s\t%s\n", line.name, printableLine(line.value))
		}
	}
	return tw.Flush()
}

// stamp returns a time with its zone, or "" for none.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Local().Format("2006-01-02 15:04:05 -0700")
}
