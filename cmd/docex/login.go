package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/docex/docex/provision"
)

func init() { commands = append(commands, loginCommand) }

func loginCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Change the roles that the application logs in as",
	}
	cmd.AddCommand(loginAdd(c), loginRemove(c), loginList(c))
	return cmd
}

func loginAdd(c *cli) *cobra.Command {
	cmd := c.loginChange("is a login of the application", (*provision.Provisioner).AddLogin)
	cmd.Use, cmd.Short = "add ROLE", "Let the application log in as another role too"
	cmd.Long = `add lets the application log in as another role too, with the same tenants and the same rights. Make the
role before, as the administrator:

  CREATE ROLE app2 LOGIN NOINHERIT PASSWORD '…'

So a password is changed without a cut: add a second login, start the programs anew with it, remove the first. The first
add moves the right to take on tenants' roles from the application's role to a role that all logins are members of, some
hundred tenants at a time. Programs go on meanwhile. When it is interrupted, call it again.`
	cmd.Example = `  docex login add app2
  docex login remove app`
	return cmd
}

func loginRemove(c *cli) *cobra.Command {
	cmd := c.loginChange("is no login of the application any more", removeLogin)
	cmd.Use, cmd.Short = "remove ROLE", "End that the application logs in as a role"
	cmd.Long = `remove takes from a role what makes it a login of the application. Its sessions are refused at their next
tenant. The role itself is left: drop it when no session is left. The last login cannot be removed.

When it was provision.app_role in docex.yaml, put another login there, and into app_dsn.`
	return cmd
}

func removeLogin(p *provision.Provisioner, ctx context.Context, role string) error {
	err := p.RemoveLogin(ctx, role)
	if errors.Is(err, provision.ErrAppRole) {
		return advisedError{err, "docex login list"}
	}
	return err
}

// loginChange makes a command that changes the logins, and says what became of the one of its argument.
func (c *cli) loginChange(
	done string, change func(*provision.Provisioner, context.Context, string) error,
) *cobra.Command {
	cmd := &cobra.Command{
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := c.loadConfig()
			if err != nil {
				return err
			}
			cfg.Provision.AppRole = "" // as recorded: it may be the one that is removed
			return c.withProvisionerOf(cmd.Context(), cfg, func(ctx context.Context, p *provision.Provisioner) error {
				if err := change(p, ctx, args[0]); err != nil {
					return err
				}
				return c.emitLogins(context.WithoutCancel(ctx), p, fmt.Sprintf("%s %s\n", printableLine(args[0]), done))
			})
		},
	}
	c.jsonFlag(cmd)
	return cmd
}

func loginList(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the roles that the application may log in as",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withProvisioner(cmd.Context(), func(ctx context.Context, p *provision.Provisioner) error {
				return c.emitLogins(ctx, p, "")
			})
		},
	}
	c.jsonFlag(cmd)
	return cmd
}

// emitLogins prints the logins, or what was done instead, if anything was.
func (c *cli) emitLogins(ctx context.Context, p *provision.Provisioner, done string) error {
	logins, err := p.Logins(ctx)
	if err != nil {
		return err
	}
	return c.emit(logins, func(w io.Writer) error {
		text := done
		for _, login := range logins {
			if done == "" {
				text += printableLine(login) + "\n"
			}
		}
		_, err := io.WriteString(w, text)
		return err
	})
}
