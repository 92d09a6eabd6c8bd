package vet_test

import (
	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/docex/docex/guard"
	"github.com/docex/docex/vet"
)

// The main function of a tool for go vet -vettool.
func Example() {
	unitchecker.Main(vet.Analyzer)
}

// A policy need not come from a docex.yaml.
func ExampleNew() {
	unitchecker.Main(vet.New(vet.Config{Policy: guard.Policy{SharedSchemas: []string{"ref"}}}))
}
