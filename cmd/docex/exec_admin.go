package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/plural"
	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/internal/sqlparse/text"
	"github.com/docex/docex/provision"
)

// adminOptions are the flags of docex exec --as-admin.
type adminOptions struct {
	on, reseal, yes bool
	reason          string
}

func adminFlags(cmd *cobra.Command, o *adminOptions) {
	f := cmd.Flags()
	f.BoolVar(&o.on, "as-admin", false, "run with the administrator's rights, unguarded, in one transaction")
	f.StringVar(&o.reason, "reason", "", "with --as-admin: a `text` for the audit log (required)")
	f.BoolVar(&o.reseal, "reseal", false, "with --as-admin: record the tenant's schema as it is then")
	f.BoolVarP(&o.yes, "yes", "y", false, "with --as-admin: do not ask")
	for _, flag := range []string{"user", "role"} { // triggers see the administrator's login
		cmd.MarkFlagsMutuallyExclusive("as-admin", flag)
	}
}

// check refuses flags that do not go together.
func (o adminOptions) check() error {
	switch {
	case !o.on && o != adminOptions{}:
		return usageError{errors.New("--reason, --reseal and --yes go with --as-admin")}
	case o.on && o.reason == "":
		return usageError{errors.New("--reason is required: the audit log keeps why somebody works with a tenant's data")}
	}
	return nil
}

// parsedStatements is splitStatements by PostgreSQL's own parser, which knows the semicolons of a function's BEGIN
// ATOMIC. A text that does not parse, such as one for a newer server, is split as ever.
func parsedStatements(script string) []string {
	found, errs := sqlparse.ParseDDL(script, text.Limits{})
	if len(errs) > 0 {
		return splitStatements(script)
	}
	statements := make([]string, len(found))
	for i := len(found) - 1; i >= 0; i-- {
		statements[i] = strings.TrimSpace(script[found[i].Offset:])
		script = script[:found[i].Offset]
	}
	return statements
}

// checkForAdmin refuses statements that are none of one transaction's.
func checkForAdmin(statements []string) error {
	for i, st := range statements {
		switch kind, _ := kindOf(st); kind {
		case sqlparse.KindBegin, sqlparse.KindCommit, sqlparse.KindRollback, sqlparse.KindTwoPhase:
			return usageError{fmt.Errorf("statement %d begins or ends a transaction, which --as-admin does", i+1)}
		case sqlparse.KindCopy:
			return usageError{fmt.Errorf("statement %d is COPY, for which there is psql", i+1)}
		}
	}
	return nil
}

func (c *cli) execAsAdmin(ctx context.Context, o execOptions, args []string) error {
	if err := o.admin.check(); err != nil {
		return err
	}
	if o.uc.TenantID == "" {
		return errNoTenant
	}
	statements, err := c.readStatements(o, args)
	if err != nil {
		return err
	}
	if err := checkForAdmin(statements); err != nil {
		return err
	}
	return c.withProvisioner(ctx, func(ctx context.Context, p *provision.Provisioner) error {
		if err := c.askForAdmin(ctx, p, o, len(statements)); err != nil {
			return err
		}
		return c.runAsAdmin(ctx, p, o, statements)
	})
}

// askForAdmin says what is about to happen, and asks.
func (c *cli) askForAdmin(ctx context.Context, p *provision.Provisioner, o execOptions, n int) error {
	t, err := p.Get(ctx, o.uc.TenantID)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.err, "%s: the guard does not check this SQL, and the administrator's rights reach every schema.\n", t.ID)
	if o.admin.yes {
		return nil
	}
	return c.confirmed(ctx, fmt.Sprintf("Run %s in tenant %s (%s, %s), schema %s?", plural.Count(n, "statement"), t.ID,
		printableLine(t.DisplayName), t.State, t.Schema), "--yes")
}

func (c *cli) runAsAdmin(ctx context.Context, p *provision.Provisioner, o execOptions, statements []string) error {
	options := provision.WithOptions{Reason: o.admin.reason, AsAdministrator: true, Reseal: o.admin.reseal,
		Accepted: func(t provision.Tenant, ds []provision.Difference) {
			for _, line := range differenceLines(ds) {
				fmt.Fprintf(c.err, "%s: accepted: %s\n", t.ID, line)
			}
			fmt.Fprintf(c.err, "%s: resealed\n", t.ID)
		}}
	var failed error
	err := p.WithTenant(ctx, o.uc.TenantID, options, func(ctx context.Context, tx *sql.Tx, t provision.Tenant) error {
		for i, st := range statements {
			if err := runRaw(ctx, tx, st, o.values(), c.resultWriter(o.csv, false)); err != nil {
				failed = otherStatements(explainForAdmin(t, st, err), i, len(statements), true)
				return err
			}
		}
		return nil
	})
	if failed != nil {
		return failed
	}
	return err
}
