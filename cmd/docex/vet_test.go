package main

import (
	"bytes"
	"testing"
)

// TestVetExamples: the programs that people copy have nothing to find.
func TestVetExamples(t *testing.T) {
	var out, stderr bytes.Buffer
	c := newCLI(nil, &out, &stderr)
	if err := c.execute(t.Context(), []string{"vet", "--test=false", "github.com/docex/docex/examples/..."}); err != nil {
		t.Errorf("%v\n%s%s", err, out.String(), stderr.String())
	}
}
