package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"

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

	began bool // flags and arguments are right, and the command has begun
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
	err := root.ExecuteContext(ctx)
	if err != nil && !c.began {
		return usageError{err}
	}
	return err
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "docex",
		Short: "Tenants in PostgreSQL, one schema each, kept apart",
		Long: `docex sets a PostgreSQL database up for the docex driver, provisions tenants in it, and proves that they are kept
apart.

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
			// cobra would do these behind this function.
			if err := errors.Join(cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups()); err != nil {
				return err
			}
			c.began = true
			return nil
		},
	}
	root.PersistentFlags().StringVarP(&c.configPath, "config", "c", config.Name, "configuration `file`")
	_ = root.MarkPersistentFlagFilename("config", "yaml", "yml") // fails only for a flag that is not there
	for _, add := range commands {
		root.AddCommand(add(c))
	}
	root.AddCommand(exitCodesTopic(), configTopic())
	return root
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
