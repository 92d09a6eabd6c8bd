package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/docex/docex/internal/config"
)

func configTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "config-file",
		Short: "What docex.yaml holds",
		Long: `docex.yaml is written by docex init, with a comment for each setting. The commands read it from the working
folder, or from where --config says.

It has a version (3), the environment that the database is for, the DSNs of administrator and application, how tenants
are made (provision) and what statements may use beside the tenant's own schema (policy).

${NAME} in a value stands for an environment variable. A file that docex init writes holds ${DOCEX_ADMIN_DSN} and
${DOCEX_APP_DSN} unless DSNs are given as flags; one with a password in it is readable by its owner only.

A password that is not in a DSN comes from the variable PGPASSWORD or the file ~/.pgpass, as with psql.

One file is for one environment: docex init --env staging --config docex.staging.yaml writes another.

These are all of the settings, with their defaults:

` + defaultFile(),
	}
}

// defaultFile is the file that docex init writes, indented.
func defaultFile() string {
	text, err := config.Default().Render()
	if err != nil {
		panic(err) // the template is the program's own, and a test renders it
	}
	return "  " + strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n  ")
}
