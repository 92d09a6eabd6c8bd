package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/sqlparse"
	"github.com/docex/docex/scope"
)

func init() { commands = append(commands, execCommand) }

// execOptions are the flags of docex exec.
type execOptions struct {
	uc     scope.UserContext
	args   []string
	file   string
	csv    bool
	single bool
	admin  adminOptions
}

func execCommand(c *cli) *cobra.Command {
	var o execOptions
	cmd := &cobra.Command{
		Use:   "exec --tenant ID --user ID [flags] [-- SQL | -]",
		Short: "Run SQL for one tenant, guarded",
		Long: `exec runs SQL for one tenant with the docex driver: as the application's role, pinned to the tenant's schema,
and each statement checked by the guard with the policy of docex.yaml, as in the application itself.

The SQL comes from the arguments, from --file, or from the standard input (with -, or when nothing else is given).
Several statements, with ; between them, run one after the other until one fails; each is committed by itself, unless
BEGIN and COMMIT are among them, or --single-transaction makes one transaction of all.

Results are tables, or with --json an array of objects for each result, or with --csv rows under a header. A table shows
NULL as <null>, and control characters that are in the data as escapes. --json and --csv are exact, in PostgreSQL's text
form; only where CSV goes to a terminal, it has the escapes, too. They write a result as it comes, however long it is.

--as-admin runs the SQL with the administrator's rights instead, in one transaction, and the guard does not check it:
for ALTER TABLE and other repairs, in suspended tenants too. The tenant's schema is on the search_path. These rights
reach every other schema, by its name. --reason stands in the audit log. --reseal records the changed tables with the
DDL of docex.yaml, as docex tenant reseal does, in the same transaction. What cannot run in a transaction is refused,
such as CREATE INDEX CONCURRENTLY.

Exit code 4 means that the guard or the registry has refused, 5 that the server reports an error: docex help
exit-codes.`,
		Example: `  docex exec -t acme -u ops -- 'SELECT id, name FROM document ORDER BY id LIMIT 10'
  docex exec -t acme -u ops --arg invoices --json -- 'SELECT * FROM docbasket WHERE name = $1'
  docex exec -t acme -u ops --single-transaction --file correction.sql
  docex exec -t acme -u ops --csv 'TABLE docbasket' > baskets.csv
  docex exec -t acme --as-admin --reason 'CHG-1043' --reseal -- 'ALTER TABLE document ADD invoice_no text'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.admin.on {
				return c.execAsAdmin(cmd.Context(), o, args)
			}
			return c.exec(cmd.Context(), o, args)
		},
	}
	c.jsonFlag(cmd)
	c.userFlags(cmd, &o.uc)
	f := cmd.Flags()
	f.StringArrayVar(&o.args, "arg", nil, "a `value`, as text, for $1; repeat it for $2 and so on (one statement only)")
	f.StringVarP(&o.file, "file", "f", "", "read the SQL from a `file`")
	f.BoolVar(&o.csv, "csv", false, "print CSV")
	f.BoolVarP(&o.single, "single-transaction", "1", false, "run all statements in one transaction")
	cmd.MarkFlagsMutuallyExclusive("json", "csv")
	adminFlags(cmd, &o.admin)
	return cmd
}

// userFlags gives cmd the flags for a UserContext.
func (c *cli) userFlags(cmd *cobra.Command, uc *scope.UserContext) {
	f := cmd.Flags()
	f.StringVarP(&uc.TenantID, "tenant", "t", "", "the tenant's `ID` (required)")
	f.StringVarP(&uc.UserID, "user", "u", "",
		"the `ID` of the user on whose behalf, for audit triggers, which read docex.user_id (required)")
	f.StringArrayVar(&uc.Roles, "role", nil, "a `role` of the user in the application; may be repeated")
	_ = cmd.RegisterFlagCompletionFunc("tenant", c.tenantIDs(math.MaxInt)) // fails only for a flag that is not there
}

var errNoTenant = usageError{errors.New("--tenant is required: name the tenant whose data the SQL is about")}

// requireUser says which flags of userFlags are missing. There is no default for either: a tenant must be meant, and a
// user's name that nobody chose would stand in the tenant's audit trail.
func requireUser(uc scope.UserContext) error {
	switch {
	case uc.TenantID == "":
		return errNoTenant
	case uc.UserID == "":
		return usageError{errors.New("--user is required: audit triggers of the tenant record it as the one who did this")}
	}
	return nil
}

func (c *cli) exec(ctx context.Context, o execOptions, args []string) error {
	if err := o.admin.check(); err != nil {
		return err
	}
	if err := requireUser(o.uc); err != nil {
		return err
	}
	statements, err := c.readStatements(o, args)
	if err != nil {
		return err
	}
	cfg, err := c.loadConfig()
	if err != nil {
		return err
	}
	s, err := openSession(cfg, o.uc)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.connect(ctx); err != nil {
		return err
	}
	return c.execAll(ctx, s, o, statements)
}

// readStatements returns what there is to run.
func (c *cli) readStatements(o execOptions, args []string) ([]string, error) {
	text, err := c.readSQL(o.file, args)
	if err != nil {
		return nil, err
	}
	split := splitStatements
	if o.admin.on {
		split = parsedStatements
	}
	statements := split(text)
	return statements, o.check(statements)
}

// check refuses what flags and statements do not allow together, before any of them runs.
func (o execOptions) check(statements []string) error {
	switch {
	case len(statements) == 0:
		return usageError{errors.New("there is no SQL to run")}
	case len(o.args) > 0 && len(statements) > 1:
		return usageError{fmt.Errorf("--arg goes with one statement, and these are %d", len(statements))}
	}
	for i, st := range statements {
		if word, _, _ := strings.Cut(strings.TrimSpace(st), " "); strings.HasPrefix(word, `\`) {
			return usageError{fmt.Errorf("%s is for docex shell on a terminal; here goes SQL", printableLine(word))}
		}
		switch kind, _ := kindOf(st); kind {
		case sqlparse.KindBegin, sqlparse.KindCommit, sqlparse.KindRollback:
			if o.single {
				return usageError{fmt.Errorf("statement %d begins or ends a transaction, which --single-transaction does", i+1)}
			}
		}
	}
	return nil
}

// values returns the arguments of the statement.
func (o execOptions) values() []any {
	values := make([]any, len(o.args))
	for i, a := range o.args {
		values[i] = a
	}
	return values
}

// execAll runs the statements until one fails.
func (c *cli) execAll(ctx context.Context, s *tenantSession, o execOptions, statements []string) error {
	if o.single {
		if err := s.run(ctx, "BEGIN", nil, silent{}); err != nil {
			return err
		}
	}
	for i, st := range statements {
		if err := s.run(ctx, st, o.values(), c.resultWriter(o.csv, false)); err != nil {
			return otherStatements(err, i, len(statements), s.tx != txNone)
		}
	}
	if o.single {
		return s.run(ctx, "COMMIT", nil, silent{})
	}
	if s.tx != txNone {
		return errors.New("exec: the SQL ends inside a transaction, which is rolled back: COMMIT is missing")
	}
	return nil
}

// otherStatements adds to the error of statement i of n, counted from 0, what became of the others.
func otherStatements(err error, i, n int, inTransaction bool) error {
	if n == 1 {
		return err
	}
	others := "those after it did not run"
	if inTransaction {
		others += ", and its transaction is rolled back"
	}
	return fmt.Errorf("%w\n\nThis is statement %d of %d; %s", err, i+1, n, others)
}

// resultWriter returns a writer for one result.
func (c *cli) resultWriter(csv, expanded bool) resultWriter {
	switch {
	case c.json:
		return &jsonWriter{out: c.out, tags: c.err}
	case csv:
		return newCSVWriter(c.out, c.err)
	}
	return &tableWriter{out: c.out, expanded: expanded}
}

// silent drops results.
type silent struct{}

func (silent) begin([]column) error { return nil }
func (silent) row([][]byte) error   { return nil }
func (silent) end(string) error     { return nil }
