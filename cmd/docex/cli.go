package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/fatih/color"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/docex/docex/internal/config"
)

// cli is one run of the program.
type cli struct {
	in       io.Reader
	out, err io.Writer // out is for data alone: whatever else there is to say goes to err

	configPath string
	json       bool
	timeout    time.Duration // of the whole command; 0 is none
	timed      context.Context
	stop       context.CancelFunc

	command string // the command that ran, such as "docex tenant list"
	began   bool   // flags and arguments are right, and the command has begun
}

func newCLI(in io.Reader, out, err io.Writer) *cli {
	if !isTerminal(out) || !isTerminal(err) {
		color.NoColor = true
	}
	return &cli{in: in, out: out, err: err}
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (c *cli) execute(ctx context.Context, args []string) error {
	root := c.root()
	root.SetArgs(args)
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	cmd, err := root.ExecuteContextC(ctx)
	c.command = cmd.CommandPath()
	if err != nil && !c.began {
		return usageError{err}
	}
	return c.timeUp(err)
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "docex",
		Short: "Tenants in PostgreSQL, one schema each, kept apart",
		Long: `docex sets a PostgreSQL database up for the docex driver, provisions tenants in it, and proves that they are
kept apart.

A new installation:

  export DOCEX_ADMIN_DSN=postgres://admin@db.example/docs    a role that may create roles and schemas
  export DOCEX_APP_DSN=postgres://app@db.example/docs        the role that your program logs in as
  docex init                                                 writes docex.yaml, creates the registry
  docex tenant create acme
  docex tenant verify acme
  docex doctor                                               proves that tenants are kept apart`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			// cobra checks these only after this function.
			if err := errors.Join(cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups()); err != nil {
				return err
			}
			if err := c.limit(cmd); err != nil {
				return err
			}
			c.began = true
			return nil
		},
	}
	root.PersistentFlags().StringVarP(&c.configPath, "config", "c", config.Name, "configuration `file`")
	c.timeoutFlag(root)
	_ = root.MarkPersistentFlagFilename("config", "yaml", "yml") // fails only for a flag that is not there
	for _, add := range commands {
		root.AddCommand(add(c))
	}
	root.AddCommand(exitCodesTopic(), configTopic())
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.HasSubCommands() {
			group(cmd)
		}
	}
	checkHelp(root)
	return root
}

// group makes cmd, which only has other commands, refuse one that it has not. Of itself cobra prints the help then, and
// the exit code says that all is well.
func group(cmd *cobra.Command) {
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.DisableFlagsInUseLine = true
}

// checkHelp makes docex help refuse what there is no help about.
func checkHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, err := root.Find([]string{"help"})
	if err != nil {
		return
	}
	help.Args = func(_ *cobra.Command, args []string) error {
		if cmd, rest, err := root.Find(args); err != nil || cmd.HasSubCommands() && len(rest) > 0 {
			return fmt.Errorf("there is no help about %q", strings.Join(args, " "))
		}
		return nil
	}
}

// commands make the commands of the program. Each file adds its own.
var commands []func(*cli) *cobra.Command

// jsonFlag gives cmd the flag --json.
func (c *cli) jsonFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
}

// emit prints data as JSON when that was asked for, and what human writes otherwise.
func (c *cli) emit(data any, human func(w io.Writer) error) error {
	if !c.json {
		return human(c.out)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(data); err != nil {
		return err
	}
	_, err := c.out.Write(asciiControls(b.Bytes()))
	return err
}
