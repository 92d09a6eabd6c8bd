package main

import (
	"context"
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"

	"github.com/docex/docex/provision"
)

func tenantSuspend(c *cli) *cobra.Command {
	cmd := c.tenantsChange("suspended", (*provision.Provisioner).Suspend)
	cmd.Use, cmd.Short = "suspend ID…", "Stop all work for tenants, and keep their data"
	cmd.Long = `suspend stops all work for a tenant and keeps its data. It takes effect at once, in all programs: sessions
that work for the tenant fail at their next statement. docex tenant resume undoes it.`
	cmd.ValidArgsFunction = c.tenantIDs(math.MaxInt, provision.Active)
	return cmd
}

func tenantResume(c *cli) *cobra.Command {
	cmd := c.tenantsChange("active", (*provision.Provisioner).Resume)
	cmd.Use, cmd.Short, cmd.Long = "resume ID…", "Undo suspend", "resume lets suspended tenants be worked for again."
	cmd.ValidArgsFunction = c.tenantIDs(math.MaxInt, provision.Suspended)
	return cmd
}

func tenantRename(c *cli) *cobra.Command {
	cmd := c.tenantChange(cobra.ExactArgs(2), func(ctx context.Context, p *provision.Provisioner, args []string) (string,
		error) {
		return fmt.Sprintf("renamed to %q", args[1]), p.Rename(ctx, args[0], args[1])
	})
	cmd.Use, cmd.Short = "rename ID NAME", "Give a tenant another display name"
	cmd.Long = `rename gives a tenant another display name. Its id, and with it schema and role, stay as they are for
life. A tenant that was dropped has a name, too.`
	cmd.Example = `  docex tenant rename acme 'Acme Ltd'`
	return cmd
}

// tenantChange makes a command that changes the tenant of its first argument and says what became of it: change returns
// that in a word or two.
func (c *cli) tenantChange(
	args cobra.PositionalArgs, change func(context.Context, *provision.Provisioner, []string) (string, error),
) *cobra.Command {
	cmd := &cobra.Command{
		Args:              args,
		ValidArgsFunction: c.tenantIDs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withProvisioner(cmd.Context(), func(ctx context.Context, p *provision.Provisioner) error {
				what, err := change(ctx, p, args)
				if err != nil {
					return err
				}
				return c.changed(ctx, p, args[0], what)
			})
		},
	}
	c.jsonFlag(cmd)
	return cmd
}

// tenantsChange makes a command that changes each tenant that it is given. became is what it says of them then.
func (c *cli) tenantsChange(
	became string, change func(p *provision.Provisioner, ctx context.Context, id string) error,
) *cobra.Command {
	cmd := &cobra.Command{
		Args: someIDs,
		RunE: func(cmd *cobra.Command, ids []string) error {
			return c.withProvisioner(cmd.Context(), func(ctx context.Context, p *provision.Provisioner) error {
				return c.eachTenant(ctx, ids, func(id string) (outcome, error) {
					if err := change(p, ctx, id); err != nil {
						return outcome{}, err
					}
					return c.nowIs(ctx, p, id, became)
				})
			})
		},
	}
	c.jsonFlag(cmd)
	return cmd
}

// changed says what became of a tenant; as JSON it is the tenant.
func (c *cli) changed(ctx context.Context, p *provision.Provisioner, id, what string) error {
	o, err := c.nowIs(ctx, p, id, what)
	if err != nil {
		return err
	}
	return c.emit(o.data, o.print)
}

// nowIs is what changed prints.
func (c *cli) nowIs(ctx context.Context, p *provision.Provisioner, id, what string) (outcome, error) {
	o := outcome{print: func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %s\n", id, what)
		return err
	}}
	if c.json {
		t, err := p.Get(context.WithoutCancel(ctx), id) // an interrupt comes too late
		if err != nil {
			return o, err
		}
		o.data = asJSON(t)
	}
	return o, nil
}
