package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/plural"
	"github.com/docex/docex/provision"
)

// errUpgradeInterrupted ends an upgrade that the user has interrupted.
var errUpgradeInterrupted = errors.New("docex: interrupted; the same command again upgrades the rest")

func tenantUpgrade(c *cli) *cobra.Command {
	u := upgrade{c: c}
	var with, then string
	var from []string
	var all, yes bool
	var retries int
	cmd := &cobra.Command{
		Use:   "upgrade --all | --only ID,… [--with up.sql] [--to VERSION]",
		Short: "Bring tenants to the DDL of docex.yaml",
		Long: `upgrade turns the schemas of tenants that an older DDL made into what the DDL of docex.yaml makes. --to repeats
its label, provision.ddl_version. Programs of a tenant wait while it is at it, and other tenants' do not.

First comes a rehearsal, which is rolled back: in an empty schema of each older DDL the script is run, and what it makes
is compared with what the new DDL makes. A difference ends everything. Then each tenant is upgraded in a transaction of
its own, compared, and recorded. One that fails, or differs from its record before, is left as it was.

The script is a file, or a folder of *.sql, under the rules of the DDL; it may change rows, too. What cannot run in a
transaction, which is CREATE INDEX CONCURRENTLY and DROP INDEX CONCURRENTLY, stands in a second one, --then: its
statements run one by one behind the first, and an interrupted index is built again.

When it is interrupted, killed, or some tenants have failed, run the same command again: every tenant is old or new, or
has the second part to do. What became of each is written to a report as it happens: id, result (upgraded, current,
second part to do, drifted or failed), error, time. The exit code is 1 when a tenant was not upgraded.

A script that writes tables anew, by another type for a column for example, needs suspended tenants or --rewrite: a
statement that waits for such a table, and whose snapshot is older, finds it empty. That is so in REPEATABLE READ and
SERIALIZABLE, and in functions in plpgsql that are STABLE or IMMUTABLE.

--dry-run rehearses and lists the tenants. --from names the folder of an older DDL whose text the database has not.`,
		Example: `  docex tenant list --outdated
  docex tenant upgrade --with up.sql --to 2026-04 --all --dry-run
  docex tenant upgrade --with up.sql --to 2026-04 --only acme
  docex tenant upgrade --with up.sql --then indexes.sql --to 2026-04 --all --yes`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) > 0:
				return errors.New("the tenants are named by --only, or --all")
			case all == (len(u.o.Only) > 0):
				return errors.New("give --all, or the ids of tenants with --only")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := u.read(with, then, from); err != nil {
				return err
			}
			if u.o.Retries = retries; retries == 0 {
				u.o.Retries = -1
			}
			cfg, err := c.loadConfig()
			if err != nil {
				return err
			}
			if label := cfg.Provision.DDLVersion; u.o.To != "" && u.o.To != label {
				return wrongLabel(u.o.To, label)
			}
			return c.withProvisionerOf(cmd.Context(), cfg, func(ctx context.Context, p *provision.Provisioner) error {
				return u.run(ctx, p, yes)
			})
		},
	}
	c.jsonFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&with, "with", "", "the script: a `file`, or a folder; without one, nothing runs")
	flags.StringVar(&then, "then", "", "the second part: a `file`, or a folder")
	flags.StringVar(&u.o.To, "to", "", "the label of the DDL in docex.yaml, `provision.ddl_version`")
	flags.BoolVar(&all, "all", false, "every tenant that is behind")
	flags.StringSliceVar(&u.o.Only, "only", nil, "these tenants: `ID,…`")
	flags.StringArrayVar(&from, "from", nil, "`folder` of an older DDL; may be given several times")
	flags.BoolVar(&u.o.Rewrite, "rewrite", false,
		"allow a script that writes tables anew in tenants that are not suspended: see docs/upgrade.md")
	flags.BoolVar(&u.o.DryRun, "dry-run", false, "rehearse, list the tenants, and do nothing else")
	flags.IntVar(&u.o.Concurrency, "concurrency", standardConcurrency, "so many tenants at a time")
	flags.DurationVar(&u.o.LockTimeout, "lock-timeout", 3*time.Second,
		"how long to wait for a table that programs use, and keep others waiting, before the next try")
	flags.IntVar(&retries, "retries", 10, "how often to try again for such a table, a little later each time")
	flags.IntVar(&u.o.MaxFailures, "max-failures", 0, "stop when so many tenants have failed; 0: go on")
	flags.StringVar(&u.reportPath, "report", "",
		"`file` that says what became of each (default: up.report.csv for up.sql)")
	flags.BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// wrongLabel is the error for a --to that the configured DDL does not have.
func wrongLabel(to, label string) error {
	is := "is " + strconv.Quote(label)
	if label == "" {
		is = "is not set"
	}
	err := fmt.Errorf("tenant upgrade: the DDL of docex.yaml is not version %q: provision.ddl_version %s", to, is)
	return advisedError{usageError{err}, fmt.Sprintf("ddl_version: %q in docex.yaml, and in ddl the DDL of that version; "+
		"without --to the tenants get the one that is there", to)}
}

// run rehearses, asks, unless yes, and upgrades. What is wrong with the script leaves no report.
func (u *upgrade) run(ctx context.Context, p *provision.Provisioner, yes bool) error {
	dry := u.o
	dry.DryRun = true
	report, err := p.UpgradeTenants(ctx, dry)
	var differs *provision.RehearsalError
	switch {
	case errors.As(err, &differs) && differs.Err == nil && u.o.Script == nil:
		return advisedError{err, "--with FILE, a script that makes these changes, since none was named"}
	case err != nil:
		return err
	}
	found := asRehearsal(report)
	switch {
	case u.o.DryRun:
		return u.c.emit(found, found.print)
	case len(found.Tenants) == 0:
		u.done.Report = ""
		return u.c.emit(u.done, u.done.print)
	case !yes:
		if err := found.print(u.c.err); err != nil {
			return err
		}
		question := fmt.Sprintf("Upgrade %s?", plural.Count(len(found.Tenants), "tenant"))
		if err := u.c.confirmed(ctx, question, "--yes"); err != nil {
			return err
		}
	}
	return u.upgrade(ctx, p, len(found.Tenants))
}

// rehearsal is how --json prints a dry run.
type rehearsal struct {
	Rehearsed []rehearsedDDL `json:"rehearsed"`
	Tenants   []tenantJSON   `json:"tenants"`
}

type rehearsedDDL struct {
	Version   string   `json:"ddl_version"`
	Digest    string   `json:"ddl_digest"`
	Tenants   int      `json:"tenants"`
	Rewritten []string `json:"rewritten"`
}

func asRehearsal(r provision.UpgradeReport) rehearsal {
	data := rehearsal{Rehearsed: []rehearsedDDL{}, Tenants: []tenantJSON{}}
	for _, d := range r.Rehearsed {
		data.Rehearsed = append(data.Rehearsed,
			rehearsedDDL{d.DDLVersion, d.DDLDigest, d.Tenants, append([]string{}, d.Rewritten...)})
	}
	for _, t := range r.Tenants {
		data.Tenants = append(data.Tenants, asJSON(t))
	}
	return data
}

func (r rehearsal) print(w io.Writer) error {
	for _, t := range r.Tenants {
		part := ""
		if t.NextDDL != "" {
			part = ", second part to do"
		}
		fmt.Fprintf(w, "%s: %s%s\n", t.ID, printableLine(versionText(t.DDLVersion, t.DDLDigest)), part)
	}
	for _, d := range r.Rehearsed {
		fmt.Fprintf(w, "rehearsed from %s: %s\n", printableLine(versionText(d.Version, d.Digest)),
			plural.Count(d.Tenants, "tenant"))
		for _, table := range d.Rewritten {
			fmt.Fprintf(w, "the script writes table %s anew\n", printableLine(table))
		}
	}
	_, err := fmt.Fprintf(w, "%s behind\n", plural.Count(len(r.Tenants), "tenant"))
	return err
}

// versionText names a DDL.
func versionText(version, digest string) string {
	if version == "" {
		return "DDL " + digest
	}
	return "version " + version
}
