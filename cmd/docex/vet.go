package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/docex/docex/vet"
)

// errPackages: Go packages cannot be looked at.
var errPackages = errors.New("docex: vet: packages")

type vetOptions struct {
	policyFlags
	config   vet.Config
	tests    bool
	format   string
	patterns []string
}

func init() { commands = append(commands, vetCommand) }

func vetCommand(c *cli) *cobra.Command {
	var o vetOptions
	cmd := &cobra.Command{
		Use:   "vet [packages]",
		Short: "Find what docex would refuse in a Go program",
		Long: `vet reads Go packages, ./... by default, that use docex or are to be switched to it, and lists what would go
wrong. It needs the go command, and packages that compile; it needs no database and no docex.yaml.

  sql        a constant that the guard refuses, at the place inside the literal; sqlx's :name and ? and pgx's @name are
             known
  context    a call that passes no context, or context.Background(): it gives scope.ErrNoUserContext. Handles that
             driver.Bind returns need none. They are followed through variables, fields, parameters and returns
  unguarded  a handle that goes around docex: sql.Open("pgx", …), pgx.Connect, pgxpool.New
  libpq      what lib/pq has and docex has not: checks for *pq.Error, which are never true, pq.CopyIn, pq.NewListener,
             options of a constant DSN
  dynamic    with --dynamic: SQL that is no constant, and is checked only when it runs
  directive  a comment //docex: that is not understood

It knows database/sql, sqlx and pgx, and interfaces that return their types. A comment with a reason accepts what is
right: on its line, or alone above a line, above a declaration for all of it, above the package clause for the whole
file:

  db, err := sql.Open("pgx", dsn) //docex:admin provisions tenants
  //docex:ignore runs before the switch
  db.Exec(…)

docex:admin also marks a handle, where it is opened or declared (a variable, parameter or field): what an administrator
does is not looked at. docex:bound, without a reason, says that a handle is one of driver.Bind where that cannot be
seen: a variable, parameter or field, all fields of a type, or what a function returns:

  func NewStore(db *sql.DB) *Store { //docex:bound

Name all packages of the program at once: what others hand out is not known.

Context findings of one function are one line, with the lines of all its calls. --format json, or --json, prints an
array of objects with file, line, column, category, rule, object, reason, remedy and function; rule and object are there
for SQL. --format sarif prints a SARIF 2.1.0 log, for code scanning. Both list each call.

This is a linter and no wall: it follows no SQL that is put together at run time. Build tags are set with GOFLAGS.
The exit code is 1 when something was found, and 2 when packages do not load.`,
		Example: `  docex vet
  docex vet --policy docex.yaml --test=false ./internal/... ./cmd/server
  docex vet --format sarif >docex.sarif
  docex vet --json | jq -r '.[] | select(.category == "sql") | .rule' | sort | uniq -c`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.format != "text" && o.format != "json" && o.format != "sarif" {
				return usageError{fmt.Errorf("--format is %q, want text, json or sarif", o.format)}
			}
			c.json = c.json || o.format != "text"
			if o.patterns = args; len(args) == 0 {
				o.patterns = []string{"./..."}
			}
			var err error
			if o.config.Policy, err = o.load(cmd); err != nil {
				return err
			}
			o.config.TenantSchema = o.schema
			return c.vet(cmd.Context(), o)
		},
	}
	c.jsonFlag(cmd)
	o.add(cmd)
	cmd.Flags().StringVar(&o.format, "format", "text", "text, json or sarif")
	cmd.MarkFlagsMutuallyExclusive("json", "format")
	cmd.Flags().BoolVar(&o.config.Dynamic, "dynamic", false, "list SQL that is no constant, too")
	cmd.Flags().BoolVar(&o.tests, "test", true, "look at test files, too")
	return cmd
}

func (c *cli) vet(ctx context.Context, o vetOptions) error {
	found, err := o.inBackground(ctx)
	if err != nil {
		return err
	}
	var data any = found
	if o.format == "sarif" {
		data = toSARIF(found)
	}
	if err := c.emit(data, func(w io.Writer) error { return writeFindings(w, found) }); err != nil {
		return err
	}
	if len(found) > 0 {
		return errFound
	}
	return nil
}

// afterInterrupt is how long an interrupted vet waits for the go command, which it has told to end.
const afterInterrupt = 2 * time.Second

// inBackground runs the analysis so that an interrupt need not wait for the type checker, which knows no context: that
// is left behind, and ends with the program.
func (o vetOptions) inBackground(ctx context.Context) ([]vetFinding, error) {
	var found []vetFinding
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		found, err = o.run(ctx)
	}()
	select {
	case <-done:
		return found, err
	case <-ctx.Done():
	}
	select {
	case <-done:
	case <-time.After(afterInterrupt):
	}
	return nil, context.Cause(ctx)
}

func (o vetOptions) run(ctx context.Context) ([]vetFinding, error) {
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.LoadSyntax | packages.NeedModule, Context: ctx, Tests: o.tests,
	}, o.patterns...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPackages, err)
	}
	if err := loadErrors(loaded, o.patterns); err != nil {
		return nil, err
	}
	graph, err := checker.Analyze([]*analysis.Analyzer{vet.New(o.config)}, loaded, nil)
	if err != nil {
		return nil, err
	}
	return collectFindings(graph)
}
