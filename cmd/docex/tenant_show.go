package main

import (
	"cmp"
	"context"
	"errors"
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
					if err != nil {
						return outcome{}, err
					}
					data := shownJSON{tenantJSON: asJSON(t)}
					err = data.place(ctx, p, t)
					return outcome{data, func(w io.Writer) error { return printTenant(w, t, data) }}, err
				})
			})
		},
	}
	c.jsonFlag(cmd)
	return cmd
}

// shownJSON is how --json prints what show shows: on Citus the node as well.
type shownJSON struct {
	tenantJSON
	Node  string `json:"node,omitempty"`
	Bytes *int64 `json:"bytes,omitempty"` // of a tenant with a node; none where that does not say it
}

func (s *shownJSON) place(ctx context.Context, p *provision.Provisioner, t provision.Tenant) error {
	at, err := p.Placement(ctx, t.ID)
	if errors.Is(err, provision.ErrUnsupportedStrategy) {
		return nil
	}
	if s.Node = at.Node; at.Node != "" && at.Bytes >= 0 {
		s.Bytes = &at.Bytes
	}
	return err
}

func printTenant(w io.Writer, t provision.Tenant, data shownJSON) error {
	size := ""
	if data.Node != "" {
		size = sizeOrUnknown(data.Bytes)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range []struct{ name, value string }{
		{"id", t.ID},
		{"name", t.DisplayName},
		{"state", string(t.State)},
		{"schema", t.Schema},
		{"role", cmp.Or(t.Role, "none of its own")},
		{"strategy", string(t.Strategy)},
		{"node", data.Node},
		{"size", size},
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
