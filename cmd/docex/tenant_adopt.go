package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/docex/docex/provision"
)

// errNotAdopted: a schema is not what the DDL makes.
var errNotAdopted = errors.New("docex: the schema is not what the DDL makes; nothing was done")

// errColumnOrder: nor is the order of columns, which no statement changes.
var errColumnOrder = fmt.Errorf("%w", errNotAdopted)

func tenantAdopt(c *cli) *cobra.Command {
	var from, name string
	cmd := c.tenantChange(cobra.ExactArgs(1), func(ctx context.Context, p *provision.Provisioner, args []string) (string,
		error) {
		t, err := p.Adopt(ctx, provision.Tenant{ID: args[0], DisplayName: name}, from)
		var drift *provision.DriftError
		if errors.As(err, &drift) {
			return "", c.notAdopted(args[0], from, drift.Differences)
		}
		return fmt.Sprintf("adopted, schema %s is %s now", from, t.Schema), err
	})
	cmd.Use, cmd.Short = "adopt ID --from SCHEMA", "Make a tenant of a schema that is there already"
	cmd.Long = `adopt makes a tenant of a schema that is there already, with its data, such as that of an application which
has had one tenant so far. The schema is renamed; of public the objects move. They become the administrator's, and all
rights on them are taken away but the tenant's own.

The schema must be what the DDL of docex.yaml makes: otherwise nothing happens, and the differences are listed, as
docex tenant verify does: missing is what the DDL makes and the schema has not. A function whose code or SET
search_path names the schema differs from what docex ddl import made of it: give it the DDL's form first, with CREATE OR
REPLACE FUNCTION.

Do it while the application is stopped: adopt waits for everybody who uses the tables.`
	cmd.Example = `  docex tenant adopt acme --from public --name 'Acme Ltd'`
	cmd.Flags().StringVar(&from, "from", "", "the `schema`")
	cmd.Flags().StringVar(&name, "name", "", "display `name` (default: the id)")
	_ = cmd.MarkFlagRequired("from") // fails only for a flag that is not there
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	return cmd
}

// notAdopted lists all that is to be changed first.
func (c *cli) notAdopted(id, from string, ds []provision.Difference) error {
	err := c.emit(tenantDrift{ID: id, Differences: differencesJSON(ds)}, func(w io.Writer) error {
		for _, line := range differenceLines(ds) {
			fmt.Fprintf(w, "%s: %s\n", from, line)
		}
		return nil
	})
	if err != nil {
		return err
	}
	cause := errNotAdopted
	if slices.ContainsFunc(ds, func(d provision.Difference) bool { return d.Kind == "column order" }) {
		cause = errColumnOrder
	}
	return fmt.Errorf("%w: differences in schema %q: %d", cause, from, len(ds))
}
