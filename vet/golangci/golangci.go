// Package golangci makes docex's vet a linter of golangci-lint, "docexvet". golangci-lint builds it in; a program does
// not import it. docs/vet.md has the two files that this takes.
//
// It is a module of its own, so that programs that use docex do not get golangci-lint's.
package golangci

import (
	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"

	"github.com/docex/docex/vet"
)

// Name is the linter's, in .golangci.yml and behind //nolint:.
const Name = "docexvet"

// Settings are those of .golangci.yml, under linters.settings.custom.docexvet.settings. They are vet's flags.
type Settings struct {
	// Policy is the name of a docex.yaml, from the folder in which golangci-lint is called. Empty means the strictest
	// policy.
	Policy string `json:"policy"`
	// TenantSchema stands for the tenant's own schema. Empty means vet.DefaultTenantSchema.
	TenantSchema string `json:"tenant-schema"`
	// Dynamic reports SQL that is no constant.
	Dynamic bool `json:"dynamic"`
}

func init() { register.Plugin(Name, New) }

// New is called by golangci-lint with what its configuration holds. It refuses settings that it does not know. A policy
// that cannot be used fails the run.
func New(settings any) (register.LinterPlugin, error) {
	s, err := register.DecodeSettings[Settings](settings)
	return plugin{s}, err
}

type plugin struct{ settings Settings }

func (p plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) {
	a := vet.New(vet.Config{TenantSchema: p.settings.TenantSchema, Dynamic: p.settings.Dynamic})
	return []*analysis.Analyzer{a}, a.Flags.Set("policy", p.settings.Policy)
}

func (plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
