package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/internal/config"
	"github.com/docex/docex/vet"
)

// policyFlags are the flags of the commands that judge SQL without a database.
type policyFlags struct{ file, schema string }

// add gives cmd the flags.
func (f *policyFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "policy", "",
		"take the policy from this docex.yaml `file`, as --config does; the strictest without")
	cmd.Flags().StringVar(&f.schema, "tenant-schema", vet.DefaultTenantSchema,
		"the `schema` that stands for the tenant's own")
	_ = cmd.MarkFlagFilename("policy", "yaml", "yml") // fails only for a flag that is not there
}

// name returns the file that --policy, or else --config, names, and "" for none.
func (f policyFlags) name(cmd *cobra.Command) string {
	if flag := cmd.Flag("config"); f.file == "" && flag.Changed {
		return flag.Value.String()
	}
	return f.file
}

// load returns the policy of the file that --policy, or else --config, names: what lies around does not count.
func (f policyFlags) load(cmd *cobra.Command) (guard.Policy, error) {
	f.file = f.name(cmd)
	p, err := config.LoadPolicy(f.file)
	if err != nil {
		return p, err
	}
	g, err := guard.New(p)
	if err != nil {
		return p, fmt.Errorf("%w: %s: %w", config.ErrInvalid, f.file, err)
	}
	if err := g.Check(f.schema, "SELECT 1"); err != nil {
		return p, usageError{err}
	}
	return p, nil
}
