package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/docex/docex/provision"
)

func tenantDrop(c *cli) *cobra.Command {
	var confirm string
	cmd := c.tenantChange(cobra.ExactArgs(1), func(ctx context.Context, p *provision.Provisioner, args []string) (string,
		error) {
		repeated := confirm
		if repeated == "" && isTerminal(c.in) {
			var err error
			if repeated, err = c.askForID(ctx, p, args[0]); err != nil {
				return "", err
			}
		}
		return "dropped", p.Drop(ctx, args[0], repeated)
	})
	cmd.Use, cmd.Short = "drop ID", "Delete a suspended tenant with all its data"
	cmd.Long = `drop deletes a suspended tenant's schema with all its data, and its role. There is no way back. The
registry keeps its id, which cannot be used again.

On a terminal it asks for the tenant's id once more; elsewhere --confirm repeats it.

A tenant with very many tables is dropped in several transactions. When that is interrupted, call drop again.`
	cmd.Example = `  docex tenant suspend acme
  docex tenant drop acme --confirm acme`
	cmd.ValidArgsFunction = c.tenantIDs(1, provision.Suspended, provision.Dropping)
	cmd.Flags().StringVar(&confirm, "confirm", "", "the tenant's `ID` once more")
	return cmd
}

func (c *cli) askForID(ctx context.Context, p *provision.Provisioner, id string) (string, error) {
	t, err := p.Get(ctx, id)
	if err != nil {
		return "", err
	}
	return c.ask(ctx, fmt.Sprintf("This deletes tenant %s (%s), schema %s, with all its data.\nType its id to go on: ",
		t.ID, printableLine(t.DisplayName), t.Schema))
}
