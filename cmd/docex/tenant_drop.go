package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"github.com/docex/docex/provision"
)

// notReached is what no drop and no forgetting can delete.
const notReached = "not reached: backups and archived WAL; replicas, until they have caught up; exports and reports; " +
	"server logs, and statement texts in pg_stat_statements; old rows in the registry's files, until VACUUM"

// drop is one run of docex tenant drop.
type drop struct {
	c       *cli
	confirm []string
	forget  bool
}

func tenantDrop(c *cli) *cobra.Command {
	d := drop{c: c}
	cmd := &cobra.Command{
		Use:   "drop ID…",
		Short: "Delete suspended tenants with all their data",
		Long: `drop deletes a suspended tenant's schema with all its data, and its role. There is no way
back except by an archive that docex tenant export made of it before. The registry keeps its id, which no other tenant
can get.

On a terminal it asks for the tenant's id once more; elsewhere --confirm repeats it. Of several tenants it names each.

It prints what it has deleted: the objects by kind, the rows, and the bytes on the server's disk. Rows are counted where
the schema takes no more than 128 MB, and estimated from the server's statistics otherwise. It also prints what a drop
cannot reach.

With --forget it removes the tenant's display name from the registry and from the audit log as well, and whatever else
the tenant's entries in the log say that may hold a name. What stays is the id, and who did what to it and when. A
tenant that was dropped before is forgotten with the same command.

A tenant with very many tables is dropped in several transactions. When that is interrupted, call drop again.`,
		Example: `  docex tenant suspend acme
  docex tenant drop acme --confirm acme
  docex tenant drop acme --confirm acme --forget
  docex tenant drop acme globex --confirm acme,globex`,
		Args: someIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withProvisioner(cmd.Context(), func(ctx context.Context, p *provision.Provisioner) error {
				return c.eachTenant(ctx, args, func(id string) (outcome, error) {
					done, err := d.run(ctx, p, id)
					return outcome{done, done.print}, err
				})
			})
		},
	}
	c.jsonFlag(cmd)
	cmd.ValidArgsFunction = c.tenantIDs(math.MaxInt, provision.Suspended, provision.Dropping)
	cmd.Flags().StringSliceVar(&d.confirm, "confirm", nil, "the tenant's `ID` once more; of several, each")
	cmd.Flags().BoolVar(&d.forget, "forget", false, "remove its display name from the registry and the audit log")
	return cmd
}

// dropped is how --json prints what became of a tenant.
type dropped struct {
	tenantJSON
	Deleted    *contentsJSON `json:"deleted,omitempty"` // none of a tenant that was dropped before
	Forgotten  bool          `json:"forgotten"`
	NotReached string        `json:"not_reached"`
}

func (d drop) run(ctx context.Context, p *provision.Provisioner, id string) (done dropped, err error) {
	t, err := p.Get(ctx, id)
	before := err == nil && t.State == provision.Dropped
	repeated := ""
	if slices.Contains(d.confirm, id) {
		repeated = id
	}
	if len(d.confirm) == 0 && isTerminal(d.c.in) && err == nil {
		if repeated, err = d.c.askForID(ctx, t); err != nil {
			return done, err
		}
	}
	if before && d.forget && repeated != id {
		return done, &provision.Error{Op: "forget", TenantID: id, Err: provision.ErrNotConfirmed}
	}
	if !before || !d.forget {
		if done.Deleted, err = d.delete(ctx, p, id, repeated); err != nil {
			return done, err
		}
	}
	if d.forget {
		if err := p.Forget(ctx, id); err != nil {
			return done, err
		}
	}
	t, err = p.Get(context.WithoutCancel(ctx), id) // an interrupt comes too late
	done.tenantJSON, done.Forgotten, done.NotReached = asJSON(t), d.forget, notReached
	return done, err
}

// delete drops the tenant, and returns what it had; nil when that could not be told, which is no reason to keep it.
func (d drop) delete(ctx context.Context, p *provision.Provisioner, id, repeated string) (*contentsJSON, error) {
	held, counted := p.Contents(ctx, id)
	if err := p.Drop(ctx, id, repeated); err != nil {
		return nil, err
	}
	if counted != nil {
		fmt.Fprintf(d.c.err, "docex: %s: what it had could not be counted: %s\n", id, printableLine(counted.Error()))
		return nil, nil
	}
	data := contentsAsJSON(held)
	return &data, nil
}

func (d dropped) print(w io.Writer) error {
	if d.Deleted != nil || !d.Forgotten {
		fmt.Fprintf(w, "%s: dropped\n", d.ID)
	}
	if d.Deleted != nil {
		fmt.Fprintf(w, "%s: deleted %s\n", d.ID, d.Deleted)
	}
	if d.Forgotten {
		fmt.Fprintf(w, "%s: forgotten\n", d.ID)
	}
	_, err := fmt.Fprintf(w, "%s: %s\n", d.ID, d.NotReached)
	return err
}

func (c *cli) askForID(ctx context.Context, t provision.Tenant) (string, error) {
	question := fmt.Sprintf("This deletes tenant %s (%s), schema %s, with all its data.\nType its id to go on: ", t.ID,
		printableLine(t.DisplayName), t.Schema)
	if t.State == provision.Dropped {
		question = fmt.Sprintf("This removes the name of tenant %s (%s) for ever.\nType its id to go on: ", t.ID,
			printableLine(t.DisplayName))
	}
	return c.ask(ctx, question)
}
