package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/fatih/color"
	"github.com/spf13/cobra"

	"github.com/docex/docex/cmd/docex/internal/doctor"
	"github.com/docex/docex/internal/plural"
	"github.com/docex/docex/provision"
)

func init() { commands = append(commands, doctorCommand) }

func doctorCommand(c *cli) *cobra.Command {
	var o doctor.Options
	var strict bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Prove that tenants are kept apart",
		Long: `doctor checks an installation from end to end and prints a line for each check: ok, warning, failure or
skipped, what was found, and what to do about it.

It looks at the configuration file, at where the two DSNs lead, server and registry; on Citus at each node: whether it
answers, its versions, roles and rights; at the attributes, memberships,
belongings and rights of the application's login, at what everybody may do, and at settings that a database or role
brings along; at schemas and roles that are not as the registry says; and at poolers in between.

Then it makes two scratch tenants with random ids, docex_doctor_…_a and _b, works for them as the application does,
tries to get from one to the other through the driver and without it, suspends one, and drops both, with their registry
rows; when it is interrupted, too. Existing tenants are not touched. What stays is the audit log's account of that, and
the description of your tenants' tables if there was no tenant yet. --no-proof leaves this out.

At last it compares every tenant with what it was made as, as docex tenant verify does: 10,000 tenants take a minute or
two. --no-drift leaves this out.

A warning means that the installation works, and that one of its walls is thinner than it need be: with a superuser as
the application's login, for example, only the guard is between tenants. A failure means that tenants are not kept
apart, cannot be worked for, or are not what the registry says.

The exit code is 0 when there is no failure, 1 when there is one, and 3 when the administrator cannot log in, so that
nothing else could be checked. With --strict it is 1 for a warning, too.

--json prints an array of {"check", "status", "detail", "remedy"}.`,
		Example: `  docex doctor
  docex doctor --json | jq -r '.[] | select(.status == "failure") | .detail'
  docex doctor --strict                   for CI
  docex doctor --no-proof --no-drift      reads only, and takes seconds however many tenants there are`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.doctor(cmd.Context(), o, strict) },
	}
	c.jsonFlag(cmd)
	cmd.Flags().BoolVar(&strict, "strict", false, "warnings are failures: exit with 1 for them, too")
	cmd.Flags().BoolVar(&o.NoProof, "no-proof", false, "make no scratch tenants")
	cmd.Flags().BoolVar(&o.NoDrift, "no-drift", false, "do not compare every tenant with what it was made as")
	return cmd
}

// doctor fills in what the command line does not say.
func (c *cli) doctor(ctx context.Context, o doctor.Options, strict bool) error {
	cfg, err := c.loadConfig()
	if err != nil {
		return err
	}
	o.Config, o.Path, o.Remedy = cfg, c.configPath, remedy
	if o.AppDSN, err = cfg.Database.AppDSN.Expand("database.app_dsn"); err != nil {
		return err
	}
	if o.Admin, err = openAdmin(cfg); err != nil {
		return err
	}
	defer o.Admin.Close()
	if o.Provisioner, err = newProvisioner(o.Admin, cfg); err != nil {
		return err
	}
	return c.runDoctor(provision.WithActor(ctx, actor()), o, strict)
}

// runDoctor prints the findings as they come; JSON is one list at the end. When strict, warnings are failures.
func (c *cli) runDoctor(ctx context.Context, o doctor.Options, strict bool) error {
	bar := c.newProgress(0, "comparing tenants")
	o.Progress = func(done, total int) { bar.of(done, total-done) }
	found := []doctor.Finding{}
	var unwritten error
	o.Report = func(f doctor.Finding) {
		bar.clear()
		f.Remedy = c.advice(f.Remedy)
		found = append(found, f)
		if !c.json && unwritten == nil {
			unwritten = printFinding(c.out, f)
		}
	}
	err := doctor.Run(ctx, o)
	bar.clear()
	if ctx.Err() != nil {
		return err
	}
	if err := c.emit(found, func(io.Writer) error { return c.summarise(found) }); err != nil {
		return err
	}
	switch {
	case unwritten != nil:
		return unwritten
	case errors.Is(err, doctor.ErrUnreachable):
		return errUnreachable
	case err == nil && (number(found, doctor.Failure) > 0 || strict && number(found, doctor.Warning) > 0):
		return errFound
	}
	return err
}

var statusColor = map[doctor.Status]*color.Color{
	doctor.OK:      color.New(color.FgGreen),
	doctor.Warning: color.New(color.FgYellow),
	doctor.Failure: color.New(color.FgRed),
	doctor.Skipped: color.New(color.Faint),
}

func printFinding(w io.Writer, f doctor.Finding) error {
	status := statusColor[f.Status].Sprintf("%-7s", f.Status)
	text := fmt.Sprintf("%s  %-17s %s\n", status, f.Check, printableLine(f.Detail))
	if f.Remedy != "" {
		text += fmt.Sprintf("%28stry: %s\n", "", printableLine(f.Remedy))
	}
	_, err := io.WriteString(w, text)
	return err
}

func (c *cli) summarise(found []doctor.Finding) error {
	_, err := fmt.Fprintf(c.err, "%d ok, %s, %s, %d skipped\n", number(found, doctor.OK),
		plural.Count(number(found, doctor.Warning), "warning"), plural.Count(number(found, doctor.Failure), "failure"),
		number(found, doctor.Skipped))
	return err
}

func number(found []doctor.Finding, s doctor.Status) (n int) {
	for _, f := range found {
		if f.Status == s {
			n++
		}
	}
	return n
}
