package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/config"
)

func init() { commands = append(commands, configCommand) }

func configCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Convert configurations of DocEX v2",
	}
	cmd.AddCommand(configMigrate(c))
	return cmd
}

func configMigrate(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate OLD.yaml|-",
		Short: "Print a DocEX v2 configuration in version 3",
		Long: `migrate reads a configuration of DocEX v2 and prints the docex.yaml that does the same, as far as version 3
can. What became of each old setting, and what has to be done by hand, goes to standard error.

Passwords are not printed: the new file has ${DOCEX_ADMIN_PASSWORD} and ${DOCEX_APP_PASSWORD} in their places.`,
		Example: "  docex config migrate config.yaml > docex.yaml",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return c.migrateConfig(args[0]) },
	}
	c.jsonFlag(cmd)
	return cmd
}

func (c *cli) migrateConfig(path string) error {
	old, err := c.readInput(path)
	if err != nil {
		return err
	}
	m, err := config.FromV2(old)
	if err != nil {
		return fmt.Errorf("%w: %s:%w", config.ErrInvalid, path, err)
	}
	text, err := m.Config.Render()
	if err != nil {
		return err
	}
	data := struct {
		File  string        `json:"file"`
		Notes []config.Note `json:"notes"`
		Steps []string      `json:"steps"`
	}{string(text), m.Notes, m.Steps}
	return c.emit(data, func(w io.Writer) error {
		fmt.Fprintln(c.err, "What became of the settings in "+path+":")
		for _, n := range m.Notes {
			fmt.Fprintf(c.err, "  %s: %s\n", printable(n.Key), printable(n.Text))
		}
		fmt.Fprintln(c.err, "\nWhat has to be done by hand:")
		for i, step := range m.Steps {
			fmt.Fprintf(c.err, "  %d. %s\n", i+1, step)
		}
		_, err := w.Write(text)
		return err
	})
}
