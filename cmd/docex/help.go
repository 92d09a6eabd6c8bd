package main

import "github.com/spf13/cobra"

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

One file is for one environment: docex init --env staging --config docex.staging.yaml writes another.`,
	}
}
