package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/docex/docex/provision"
)

func init() { commands = append(commands, auditCommand) }

func auditCommand(c *cli) *cobra.Command {
	var o provision.AuditOptions
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Print who did what to which tenant",
		Long: `audit prints the log of what was done with docex init and docex tenant, and of what was refused, failed or was
interrupted, the oldest entry first. It prints at most --limit entries; the next ones come with --after and the last id.

Interrupted is what was cut off, by Ctrl-C, --timeout or the loss of the connection. A docex that is killed can write
nothing: what it was doing is undone, and there is no entry.

Beside the role that logged in, an entry has an actor: the environment variable DOCEX_ACTOR, such as the number of a
ticket, or else who ran docex.`,
		Example: `  docex audit --tenant acme
  docex audit --outcome refused --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			outcomes := []provision.Outcome{"", provision.Done, provision.Refused, provision.Failed,
				provision.Interrupted}
			if !slices.Contains(outcomes, o.Outcome) {
				return usageError{fmt.Errorf("--outcome is %q, want done, refused, failed or interrupted", o.Outcome)}
			}
			return c.withProvisioner(cmd.Context(), func(ctx context.Context, p *provision.Provisioner) error {
				entries, err := p.Audit(ctx, o)
				if err != nil {
					return err
				}
				return c.emitAudit(entries)
			})
		},
	}
	c.jsonFlag(cmd)
	cmd.Flags().StringVar(&o.TenantID, "tenant", "", "only about the tenant with this `ID`")
	cmd.Flags().StringVar(&o.Action, "action", "", "only this `action`, such as create, suspend or drop")
	cmd.Flags().StringVar((*string)(&o.Outcome), "outcome", "", "only what was `done`, refused, failed or interrupted")
	cmd.Flags().Int64Var(&o.After, "after", 0, "only entries with a higher `id`")
	cmd.Flags().IntVar(&o.Limit, "limit", provision.DefaultAuditLimit, "at most so many")
	_ = cmd.RegisterFlagCompletionFunc("tenant", c.tenantIDs(1)) // these fail only for a flag that is not there
	_ = cmd.RegisterFlagCompletionFunc("outcome",
		cobra.FixedCompletions([]string{"done", "refused", "failed", "interrupted"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// auditJSON is how --json prints an entry.
type auditJSON struct {
	ID       int64     `json:"id"`
	At       time.Time `json:"at"`
	Login    string    `json:"login"`
	Actor    string    `json:"actor"`
	Action   string    `json:"action"`
	TenantID string    `json:"tenant_id"`
	Outcome  string    `json:"outcome"`
	Detail   string    `json:"detail"`
}

func (c *cli) emitAudit(entries []provision.AuditEntry) error {
	data := make([]auditJSON, len(entries))
	for i, e := range entries {
		data[i] = auditJSON{e.ID, e.At, e.Login, e.Actor, e.Action, e.TenantID, string(e.Outcome), e.Detail}
	}
	return c.emit(data, func(w io.Writer) error {
		t := newTable("id", "at", "login", "actor", "action", "tenant", "outcome", "detail")
		for _, e := range entries {
			t.AppendRow(row(e.ID, stamp(e.At), e.Login, e.Actor, e.Action, e.TenantID, string(e.Outcome), e.Detail))
		}
		return printTable(w, t)
	})
}
