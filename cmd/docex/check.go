package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fatih/color"
	"github.com/spf13/cobra"

	"github.com/docex/docex/cmd/docex/internal/sqlfile"
	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/plural"
)

func init() { commands = append(commands, checkCommand) }

// checkOptions are the flags of docex check.
type checkOptions struct {
	policyFlags
	ignore []string
	ddl    bool   // the files make tenants
	seed   string // with ddl: what fills their tables
}

func checkCommand(c *cli) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check FILE…|FOLDER…|-",
		Short: "Check SQL files against the guard, or as a DDL",
		Long: `check holds each statement of SQL files against the guard and prints what it would refuse, as a compiler does:
file:line:column: rule: object: reason, the line, and what to do instead. It needs no database. Of folders it takes all
files *.sql; - is the standard input.

Without --policy or --config the policy is the strictest one: nothing is shared, no function of the tenants' own is
known by its bare name. --policy docex.yaml takes the section "policy" of that file, and knows the functions that the
file's DDL makes.

It reads plain scripts, migrations (those of --ddl; of a folder what leads up), sqlc's queries (@name, sqlc.arg(name),
sqlc.narg, sqlc.slice, sqlc.embed), sqlx's (:name) and psql's scripts. Each statement is checked by itself, so BEGIN and
COMMIT may stand around others. In psql's scripts :'name' is an argument and :name may be a number that the script
itself sets with \set. What cannot be checked is refused by the rule "unchecked": commands that leave the connection,
run programs or read other files (\c, \!, \i, \copy, \gexec, …), text that is not known before it runs (:name, :"name",
goose's ENVSUB, and the %s, %name% and {{.Name}} of goyesql's and other templates) and settings that change how the
server reads text. The rows after a COPY … FROM STDIN are passed over; when the COPY fails, psql takes them for SQL
unless ON_ERROR_STOP is set.

Migrations are the administrator's business and full of DDL, which tenants may not run. --ignore statement-kind leaves
that out and checks the rest, such as their INSERT and UPDATE. The guard stops at the first rule that a statement
breaks: nothing else is looked at in a statement that is ignored. The summary counts these. The rules are ` +
			ruleList() + `

--json prints an array of objects with file, line, column (in characters), rule, object, reason, remedy and, where sqlc
gives the query a name, statement; what --ddl only warns of has warning.

With --ddl the files are checked as what makes a tenant, as docex init does with those of provision.ddl, and --seed as
what fills its tables. Each folder is a DDL of its own, read as provisioning reads it: one of golang-migrate, goose,
dbmate, sql-migrate, tern, Flyway, Atlas or sqlx-cli counts with what leads up, in the tool's order. Single files are
one DDL together. --policy then says which schemas of extensions there are, and without arguments which DDL and seed.

The exit code is 0 when all is allowed, 1 when something is refused, and 2 when a file cannot be read.`,
		Example: `  docex check queries/
  docex check --ddl schema/ --seed seed/
  docex check --ddl --policy docex.yaml
  docex check --policy docex.yaml queries/*.sql
  docex check --ignore statement-kind --ignore setting migrations/
  git show HEAD:report.sql | docex check --json -`,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.ddl { // a docex.yaml may name them
				return nil
			}
			return cobra.MinimumNArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case o.ddl:
				return c.checkDDL(cmd, o, args)
			case o.seed != "":
				return usageError{errors.New("check: --seed goes with --ddl")}
			}
			policy, err := o.load(cmd)
			if err != nil {
				return err
			}
			return c.check(cmd.Context(), o, policy, args)
		},
	}
	c.jsonFlag(cmd)
	o.add(cmd)
	cmd.Flags().StringArrayVar(&o.ignore, "ignore", nil, "leave out what this `rule` refuses; may be repeated")
	cmd.Flags().BoolVar(&o.ddl, "ddl", false, "check the files as what makes a tenant")
	cmd.Flags().StringVar(&o.seed, "seed", "", "with --ddl: `file` or folder that fills a tenant's tables")
	cmd.MarkFlagsMutuallyExclusive("ddl", "ignore")
	cmd.MarkFlagsMutuallyExclusive("ddl", "tenant-schema")
	_ = cmd.RegisterFlagCompletionFunc("ignore", cobra.FixedCompletions(checkRules(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// ruleList is checkRules in lines.
func ruleList() string {
	var lines []string
	for some := range slices.Chunk(checkRules(), 7) {
		lines = append(lines, strings.Join(some, ", "))
	}
	return strings.Join(lines, ",\n") + "."
}

// checkRules are the rules that a check can report.
func checkRules() []string {
	rules := []string{sqlfile.RuleUnchecked}
	for r := guard.RuleNone + 1; r.String() != guard.Rule(255).String(); r++ {
		rules = append(rules, r.String())
	}
	slices.Sort(rules)
	return rules
}

// denialJSON is how --json prints what was refused.
type denialJSON struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	Rule      string `json:"rule"`
	Object    string `json:"object"`
	Reason    string `json:"reason"`
	Hint      string `json:"remedy"`
	Statement string `json:"statement,omitempty"`
	Warning   bool   `json:"warning,omitempty"` // of a DDL: it is allowed

	excerpt excerpt
}

// checkRun adds up one run of docex check.
type checkRun struct {
	options    checkOptions
	checker    *sqlfile.Checker
	denied     []denialJSON
	unreadable []error

	statements, files, ignored int

	tools   []string // of migrations, whose folders there were
	refused int      // of a DDL
}

func (c *cli) check(ctx context.Context, o checkOptions, policy guard.Policy, args []string) error {
	checker, err := sqlfile.NewChecker(policy, o.schema)
	if err != nil {
		return err
	}
	for _, name := range o.ignore {
		if !slices.Contains(checkRules(), name) {
			return usageError{fmt.Errorf("--ignore: %q is no rule; the rules are %s", name, strings.Join(checkRules(), ", "))}
		}
	}
	run := checkRun{options: o, checker: checker, denied: []denialJSON{}}
	for _, arg := range args {
		if err := c.checkArgument(ctx, &run, arg); err != nil {
			return err
		}
	}
	if err := c.emit(run.denied, run.print); err != nil {
		return err
	}
	if run.files > 0 { // nothing was denied among nothing: that would read like a success
		fmt.Fprintln(c.err, run.summary())
	}
	switch {
	case len(run.unreadable) > 0:
		return usageError{fmt.Errorf("check: %w", errors.Join(run.unreadable...))}
	case len(run.denied) > 0:
		return errFound
	}
	return nil
}

// file checks the text of one file.
func (r *checkRun) file(ctx context.Context, name, text string) error {
	found, statements, err := r.checker.Check(ctx, text)
	if err != nil {
		return err
	}
	r.files++
	r.statements += statements
	for _, f := range found {
		if slices.Contains(r.options.ignore, f.Rule) {
			r.ignored++
			continue
		}
		r.denied = append(r.denied, denialJSON{File: name, Line: f.Line, Column: f.Column, Rule: f.Rule, Object: f.Object,
			Reason: inFile(f.Reason), Hint: inFile(f.Hint), Statement: f.Statement, excerpt: excerptAt(text, f.Offset)})
	}
	return nil
}

func (r *checkRun) print(w io.Writer) error {
	var b strings.Builder
	for _, d := range r.denied {
		subject := d.Rule
		if d.Warning {
			subject = "warning: " + subject
		}
		if d.Object != "" {
			subject += ": " + printable(d.Object)
		}
		fmt.Fprintf(&b, "%s %s %s\n", color.New(color.Bold).Sprintf("%s:%d:%d:", printable(d.File), d.Line, d.Column),
			color.RedString("%s:", subject), printable(d.Reason))
		d.excerpt.print(&b)
		if d.Hint != "" {
			fmt.Fprintf(&b, "  instead: %s\n", d.Hint)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *checkRun) summary() string {
	s := fmt.Sprintf("%s in %s, %d denied", plural.Count(r.statements, "statement"), plural.Count(r.files, "file"),
		len(r.denied))
	if r.ignored > 0 {
		s += fmt.Sprintf(", %d ignored (--ignore %s)", r.ignored, strings.Join(r.options.ignore, ", "))
	}
	if len(r.tools) > 0 {
		s += fmt.Sprintf("; without what leads down in the folders of %s", strings.Join(r.tools, ", "))
	}
	return s
}
