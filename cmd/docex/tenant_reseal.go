package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"

	"github.com/docex/docex/provision"
)

func tenantReseal(c *cli) *cobra.Command {
	var yes bool
	var o provision.ResealOptions
	cmd := &cobra.Command{
		Use:   "reseal ID…",
		Short: "Accept how tenants differ from what they were made as",
		Long: `reseal records a tenant's schema as it is now, with the DDL of docex.yaml, as what it should be from now on. It
is for after a change that was made on purpose, or after an upgrade of the server. It changes nothing but the record.

It shows what docex tenant verify finds, and asks. What is wrong with the tenant's role is never accepted, and rights
of PUBLIC or of other tenants only by --force.

A tenant that an older DDL made must be by now what the DDL of docex.yaml makes, as after a migration by another tool.
Otherwise docex tenant upgrade brings it there; --keep records it under the DDL and the label that it has; and --force
records it under those of docex.yaml though it is something else, with a reason for the audit log.`,
		Example: `  docex tenant reseal acme
  docex tenant reseal acme --yes
  docex tenant reseal acme --keep`,
		Args:              someIDs,
		ValidArgsFunction: c.tenantIDs(math.MaxInt),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withProvisioner(cmd.Context(), func(ctx context.Context, p *provision.Provisioner) error {
				return c.eachTenant(ctx, args, func(id string) (outcome, error) {
					if !yes {
						if err := c.askToReseal(ctx, p, id); err != nil {
							return outcome{}, err
						}
					}
					return reseal(ctx, p, id, o)
				})
			})
		},
	}
	c.jsonFlag(cmd)
	cmd.Flags().BoolVar(&o.Keep, "keep", false, "under the DDL that the tenant has in the registry")
	cmd.Flags().StringVar(&o.Force, "force", "", "record what is refused otherwise, for this `reason`")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// askToReseal shows how the tenant differs and asks whether that is right.
func (c *cli) askToReseal(ctx context.Context, p *provision.Provisioner, id string) error {
	err := p.Verify(ctx, id)
	var drift *provision.DriftError
	switch {
	case errors.As(err, &drift):
		for _, line := range differenceLines(drift.Differences) {
			fmt.Fprintf(c.err, "%s: %s\n", id, line)
		}
	case err != nil:
		return err
	default:
		fmt.Fprintf(c.err, "%s: no differences\n", id)
	}
	return c.confirmed(ctx, fmt.Sprintf("Record %s as it is now?", id), "--yes")
}

// reseal tells what was accepted, which may be more than what was shown: somebody may have changed more since.
func reseal(ctx context.Context, p *provision.Provisioner, id string, o provision.ResealOptions) (outcome, error) {
	accepted, err := p.ResealWith(ctx, id, o)
	if err != nil {
		return outcome{}, err
	}
	data := struct {
		ID       string           `json:"id"`
		Accepted []differenceJSON `json:"accepted"`
	}{id, differencesJSON(accepted)}
	return outcome{data, func(w io.Writer) error {
		for _, line := range differenceLines(accepted) {
			fmt.Fprintf(w, "%s: accepted: %s\n", id, line)
		}
		_, err := fmt.Fprintf(w, "%s: resealed\n", id)
		return err
	}}, nil
}
