package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/provision"
)

func tenantMove(c *cli) *cobra.Command {
	var to, node, pgBin, confirm string
	var o provision.NodeMove
	m := mover{c: c}
	cmd := &cobra.Command{
		Use:   "move ID (--to FILE | --to-node HOST:PORT)",
		Short: "Move a tenant to another database, or another node of Citus",
		Long: `move brings a tenant to the database of another configuration file, on this or another server: it suspends
the tenant here, exports it, imports it there, where it is compared with the export before it can be worked for, and
drops it here. Until it is there and compared, nothing of it is changed here but that it is suspended; when something
goes wrong before that, it is resumed. One that was suspended is suspended there, too.

When move is interrupted or killed, run it again: it goes on with the drop if the tenant is there, and begins anew if
not. With --keep the tenant stays here, suspended; move without it later drops it.

On a terminal it asks for the tenant's id once more; elsewhere --confirm repeats it. Programs must be told where the
tenant is: that is not docex's part.

On Citus, --to-node moves the tenant to another node of the same cluster: docex tenant list shows where each is.
Programs work for it meanwhile, and nothing has to be confirmed. Tables without a primary key need --block-writes.`,
		Example: `  docex tenant move acme --to other.yaml --confirm acme
  docex tenant move acme --to other.yaml --keep
  docex tenant move acme --to-node 10.0.0.3:5432`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: c.tenantIDs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if node != "" {
				return c.withProvisioner(cmd.Context(), func(ctx context.Context, p *provision.Provisioner) error {
					bar := c.newProgress(0, "bytes")
					o.Progress = func(moved, all int64) { bar.of(int(moved), int(all-moved)) }
					err := p.MoveToNode(ctx, args[0], node, o)
					bar.clear()
					if err != nil {
						return err
					}
					return c.changed(ctx, p, args[0], "on "+node)
				})
			}
			return c.withSite(cmd.Context(), pgBin, func(ctx context.Context, from site) error {
				cfg, err := config.Load(to)
				if err != nil {
					return err
				}
				m.id, m.from = args[0], from
				if m.to, err = openSite(cfg, pgBin); err != nil {
					return err
				}
				defer m.to.db.Close()
				if err := m.confirmed(ctx, confirm); err != nil {
					return err
				}
				return m.run(ctx)
			})
		},
	}
	c.jsonFlag(cmd)
	cmd.Flags().StringVar(&to, "to", "", "configuration `file` of the other database")
	cmd.Flags().StringVar(&confirm, "confirm", "", "the tenant's `ID` once more")
	cmd.Flags().BoolVar(&m.keep, "keep", false, "keep it here, suspended")
	cmd.Flags().StringVar(&m.dir, "dir", "", "`folder` for the archive, which is removed in the end (default: TMPDIR)")
	pgBinFlag(cmd, &pgBin)
	cmd.Flags().StringVar(&node, "to-node", "", "`HOST:PORT` of another node of Citus")
	cmd.Flags().BoolVar(&o.BlockWrites, "block-writes", false, "with --to-node: nobody writes until it is there")
	cmd.MarkFlagsOneRequired("to", "to-node")
	cmd.MarkFlagsMutuallyExclusive("to", "to-node")
	cmd.MarkFlagsMutuallyExclusive("to", "block-writes")
	cmd.MarkFlagsMutuallyExclusive("to-node", "keep")
	cmd.MarkFlagsMutuallyExclusive("to-node", "confirm")
	_ = cmd.MarkFlagFilename("to", "yaml", "yml") // these fail only for a flag that is not there
	_ = cmd.MarkFlagDirname("dir")
	return cmd
}
