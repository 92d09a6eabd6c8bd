package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/docex/docex/provision"
)

// completeTimeout bounds how long a shell waits for the registry when somebody presses TAB.
const completeTimeout = 2 * time.Second

// tenantIDs completes the ids of tenants in one of the states, or in any but dropped when none is given, up to most
// arguments. When the registry cannot be asked there is nothing to choose from: a completion has nobody to tell why.
func (c *cli) tenantIDs(most int, states ...provision.State) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completeTimeout)
		defer cancel()
		var ids []cobra.Completion
		_ = c.withProvisioner(ctx, func(ctx context.Context, p *provision.Provisioner) error {
			tenants, err := p.List(ctx, provision.ListOptions{})
			for _, t := range tenants {
				if (len(states) == 0 || slices.Contains(states, t.State)) && !slices.Contains(args, t.ID) {
					ids = append(ids, cobra.CompletionWithDesc(t.ID, printableLine(t.DisplayName)))
				}
			}
			return err
		})
		return ids, cobra.ShellCompDirectiveNoFileComp
	}
}
