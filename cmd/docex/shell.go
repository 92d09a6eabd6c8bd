package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/scope"
)

func init() { commands = append(commands, shellCommand) }

func shellCommand(c *cli) *cobra.Command {
	var uc scope.UserContext
	cmd := &cobra.Command{
		Use:   "shell --tenant ID --user ID",
		Short: "Run SQL for one tenant as you type it, guarded",
		Long: `shell asks for SQL and runs it for one tenant with the docex driver, as docex exec does: pinned to the tenant's
schema, each statement checked by the guard with the policy of docex.yaml. A statement ends with ; and may take several
lines.

The prompt is the tenant and => before a statement, -> in the middle of one, =*> in a transaction, and !> in one that
has failed and can only be rolled back. Ctrl-C clears the line, or cancels the statement that is running; that closes
the connection, and an open transaction with it. Ctrl-D, \q, exit or quit ends the shell, and rolls an open transaction
back.

What was typed can be had again with the arrow keys. It is kept in memory only, for it may hold a tenant's data.

  \d        lists the tenant's tables, views and sequences
  \d NAME   describes one
  \x        shows each column on a line of its own, or no more
  \?        shows these commands
  \q        ends the shell

When its input is not a terminal, shell runs it as docex exec does.`,
		Example: `  docex shell -t acme -u ops`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !isTerminal(c.in) {
				return c.exec(cmd.Context(), execOptions{uc: uc}, nil)
			}
			return c.shell(cmd.Context(), uc)
		},
	}
	c.userFlags(cmd, &uc)
	return cmd
}

func (c *cli) shell(ctx context.Context, uc scope.UserContext) error {
	if err := requireUser(uc); err != nil {
		return err
	}
	cfg, err := c.loadConfig()
	if err != nil {
		return err
	}
	s, err := openSession(cfg, uc)
	if err != nil {
		return err
	}
	defer s.close()
	catalog, err := openCatalog(cfg)
	if err != nil {
		return err
	}
	defer catalog.Close()
	sh := &shell{cli: c, session: s, catalog: catalog}
	if err := sh.greet(scope.With(ctx, uc)); err != nil {
		return err
	}
	editor, err := newEditor(os.Stdin, c.err)
	if err != nil {
		return err
	}
	return sh.runOnTerminal(ctx, editor)
}

// openCatalog opens the handle for the shell's own queries. They may read the catalogs, which the policy for what is
// typed need not allow; they come from this program alone, and ask for the tenant's own schema.
func openCatalog(cfg config.Config) (*sql.DB, error) {
	cfg.Policy.Catalog = "" // the DSN's counts
	return openApp(cfg, "default_query_exec_mode", "exec", "docex_catalog", "orm")
}

// runOnTerminal runs the loop. An interrupt is for the statement that is running, so the shell goes on when the
// program's context has ended; the signals that end a process end it.
func (sh *shell) runOnTerminal(ctx context.Context, e *terminalEditor) error {
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	sh.interrupts, sh.readLine = interrupts, e.readLine
	defer e.restore() // an end may come while a line is read
	return sh.loop(ctx)
}

// greet says where the shell is.
func (sh *shell) greet(ctx context.Context) error {
	var database, version string
	err := sh.catalog.QueryRowContext(ctx, "SELECT current_database(), version()").Scan(&database, &version)
	if err != nil {
		return explainStatement("", err)
	}
	uc := sh.session.uc
	fmt.Fprintf(sh.err, "Tenant %s, user %s, database %s, %s\n", uc.TenantID, printable(uc.UserID), printable(database),
		shortVersion(version))
	fmt.Fprintln(sh.err, `Statements are guarded: they reach this tenant's schema only. \? shows the commands, \q ends.`)
	return nil
}
