package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/plural"
	"github.com/docex/docex/provision"
)

func init() { commands = append(commands, repairCommand) }

func repairCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "repair",
		Short: "Make roles and rights anew that the server lacks",
		Long: `repair makes anew what the registry says and the server lacks: the tenants' roles, the application's right to
take them on, and the rights on schemas, tables, sequences and functions. It is for a database that was restored without
the server's roles, as pg_dump saves it.

On Citus it also moves to the workers what of a tenant is on the coordinator, with its rows, as an older docex has left
all tables. The tenant waits meanwhile. It sends all rights again, which a worker that was added later lacks.

It makes nothing else: it drops nothing, changes no data, and resumes no suspended tenant. A tenant whose schema is gone
is named and left as it is. Each tenant has a transaction of its own; when repair is interrupted, call it again.

If the application logs in as another role there than the one that init has recorded, say so in docex.yaml
(provision.app_role). It is recorded when the old one does not exist on the server.

It prints a line for each tenant that it did something to. The exit code is 1 when something is left that it cannot
make; docex tenant verify names it too.`,
		Example: `  pg_restore --dbname "$DOCEX_ADMIN_DSN" docs.dump
  docex repair
  docex doctor`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withProvisioner(cmd.Context(), func(ctx context.Context, p *provision.Provisioner) error {
				return c.repair(ctx, p)
			})
		},
	}
	c.jsonFlag(cmd)
	return cmd
}

// repairJSON is how --json prints what was done.
type repairJSON struct {
	Tenants  int              `json:"tenants"`
	Repaired []tenantRepaired `json:"repaired"` // those that something was done to, or is left to do
}

type tenantRepaired struct {
	ID       string           `json:"id"`
	Repaired []differenceJSON `json:"repaired"`
	Left     []differenceJSON `json:"left"`
	Error    string           `json:"error,omitempty"` // why nothing was done
}

func (c *cli) repair(ctx context.Context, p *provision.Provisioner) error {
	bar, err := c.progressOfAll(ctx, p)
	if err != nil {
		return err
	}
	done := repairJSON{Repaired: []tenantRepaired{}}
	var failed, unwritten error
	err = p.Repair(ctx, func(o provision.RepairOutcome) {
		done.Tenants++
		if o.Err != nil {
			failed = errFound
		}
		if o.Err != nil || len(o.Repaired) > 0 {
			t, lines := repairedLines(o)
			done.Repaired = append(done.Repaired, t)
			bar.clear()
			unwritten = errors.Join(unwritten, c.printRepaired(t.ID, lines))
		}
		bar.step()
	})
	bar.clear()
	if err != nil {
		return err
	}
	err = c.emit(done, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s, %d repaired or named\n", plural.Count(done.Tenants, "tenant"), len(done.Repaired))
		return err
	})
	return errors.Join(err, unwritten, failed)
}

// printRepaired prints lines about a tenant, unless that waits for JSON.
func (c *cli) printRepaired(id string, lines []string) error {
	for _, line := range lines {
		if c.json {
			return nil
		}
		if _, err := fmt.Fprintf(c.out, "%s: %s\n", id, line); err != nil {
			return err
		}
	}
	return nil
}

// repairedLines are what became of a tenant, for people.
func repairedLines(o provision.RepairOutcome) (tenantRepaired, []string) {
	t := tenantRepaired{ID: o.Tenant.ID, Repaired: differencesJSON(o.Repaired), Left: []differenceJSON{}}
	var lines []string
	if len(o.Repaired) > 0 {
		lines = append(lines, "repaired: "+counted(o.Repaired))
	}
	var drift *provision.DriftError
	switch {
	case errors.As(o.Err, &drift):
		t.Left = differencesJSON(drift.Differences)
		lines = append(lines, differenceLines(drift.Differences)...)
	case o.Err != nil:
		t.Error = o.Err.Error()
		lines = append(lines, printableLine(t.Error))
	}
	return t, lines
}

// counted says how many differences there are of each kind.
func counted(ds []provision.Difference) string {
	var kinds []string
	numbers := map[string]int{}
	for _, d := range ds {
		if numbers[d.Kind]++; numbers[d.Kind] == 1 {
			kinds = append(kinds, d.Kind)
		}
	}
	slices.Sort(kinds)
	for i, kind := range kinds {
		kinds[i] = plural.Count(numbers[kind], kind)
	}
	return strings.Join(kinds, ", ")
}
